// URL globs as people type them: `*` stands for any run of characters, everything else for itself.

import { normalizeUrl } from './identity.ts'

/**
 * Whether the whole of `text` (a URL or a host) fits `glob`. Scheme and host are compared without regard to case, the rest with.
 * A URL fits when its text or its normalised form does, so that `https://x.test` and `https://X.test:443/` are found alike.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const globs = [lowerCaseHost(glob), glob]
  const texts = [lowerCaseHost(text), normalizeUrl(text)]
  return globs.some((pattern) => texts.some((candidate) => fits(pattern, candidate)))
}

/** In linear space, and without a regular expression that a hostile glob could make slow. */
function fits(glob: string, text: string): boolean {
  let globAt = 0
  let textAt = 0
  let starAt = -1
  let retryAt = 0
  while (textAt < text.length) {
    if (glob[globAt] === '*') {
      starAt = globAt++
      retryAt = textAt
    } else if (globAt < glob.length && glob[globAt] === text[textAt]) {
      globAt++
      textAt++
    } else if (starAt >= 0) {
      globAt = starAt + 1
      textAt = ++retryAt
    } else return false
  }
  while (glob[globAt] === '*') globAt++
  return globAt === glob.length
}

function lowerCaseHost(text: string): string {
  const scheme = text.indexOf('://')
  const slash = text.indexOf('/', scheme < 0 ? 0 : scheme + 3)
  const end = slash < 0 ? text.length : slash
  return text.slice(0, end).toLowerCase() + text.slice(end)
}
