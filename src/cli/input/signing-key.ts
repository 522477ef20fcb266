// A signing key that somebody brings along: from a file or standard input, never from argv.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import { fromUtf16 } from '../../core/signature/body-layers.ts'
import type { Context } from '../context.ts'

export interface SigningKeyFlags {
  readonly signingKeyFile?: string
  readonly signingKeyStdin?: boolean
}

/** A .env file with some settings in it fits. */
const KEY_BYTES_MAX = 4096

export interface BroughtKey {
  /** Without the white space and byte order mark around it. */
  readonly key: Secret
  /** Its character encoding, where that is not UTF-8. */
  readonly readAs?: string
}

/** Null when none was given. @throws USAGE, FILE_UNREADABLE */
export async function readSigningKey(ctx: Context, flags: SigningKeyFlags): Promise<BroughtKey | null> {
  const { signingKeyFile: file, signingKeyStdin } = flags
  if (file !== undefined && signingKeyStdin === true)
    throw new CalreconnectError('USAGE', 'Pass --signing-key-file or --signing-key-stdin, not both')
  if (file === undefined && signingKeyStdin !== true) return null
  if (file === undefined && ctx.host.stdin.isTTY) {
    throw new CalreconnectError('USAGE', '--signing-key-stdin reads the key from a pipe, and standard input is a terminal', {
      hint: 'Pass --signing-key-file',
    })
  }
  const bytes = Buffer.from(file === undefined ? await ctx.readStdin() : await ctx.readFile(file, KEY_BYTES_MAX))
  const name = file ?? 'standard input'
  if (bytes.length > KEY_BYTES_MAX) throw new CalreconnectError('FILE_UNREADABLE', `${name} is too long for a signing key`)
  const utf16 = fromUtf16(bytes)
  const text = (utf16 ?? bytes).toString('utf8').trim()
  if (text === '') throw new CalreconnectError('FILE_UNREADABLE', `There is no signing key in ${name}: it is empty`)
  return { key: new Secret(text), ...(utf16 === null ? {} : { readAs: "UTF-16, as PowerShell's > writes it: save the file as UTF-8" }) }
}
