// Identifiers as the client sees them. At Calendly they are URLs of its API host; with `--origin self` they are the emulator's own,
// for clients that send requests to the URLs that they are given. What is kept always has Calendly's origin.
import { API_ORIGIN } from './lookup.ts'

/** Whose origin identifiers and page links are shown with. */
export type OriginChoice = 'calendly' | 'self'

/** Serialised JSON or HTML with every identifier in the origin that the client is shown. */
export function shownWith(origin: string, text: string): string {
  return origin === API_ORIGIN ? text : text.replaceAll(`${API_ORIGIN}/`, `${origin}/`)
}

/** Turns a client's identifier into the one that is kept; anything else stays. `localhost` is the same emulator as 127.0.0.1. */
export function keptFrom(origin: string, text: string): string {
  if (origin === API_ORIGIN) return text
  for (const own of [origin, origin.replace('//127.0.0.1', '//localhost')])
    if (text.startsWith(`${own}/`)) return API_ORIGIN + text.slice(own.length)
  return text
}
