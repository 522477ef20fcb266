// Values from the environment, as the person who set them meant them: without what an editor or an env file put around them.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Host } from '../output/streams.ts'
import { nonEmpty } from './globals.ts'

/** Trimmed (a byte order mark and CRLF too); null when it is not set, or empty. @throws USAGE when it is quoted */
export function setting(env: Host['env'], name: string): string | null {
  const text = nonEmpty(env[name])
  // Never shown: it may be a secret.
  if (text !== null && /^(["']).*\1$/s.test(text)) {
    throw new CalreconnectError('USAGE', `${name} begins and ends with quotation marks, which no shell took away`, {
      hint: `Set ${name} without them: an env file is read as it is`,
    })
  }
  return text
}

/** As `setting`, for what comes out of a file or standard input. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes).trim()
}
