// A signing key that somebody brings along: from a file or standard input, never from argv.

import { readFile } from 'node:fs/promises'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Context } from '../context.ts'

export interface SigningKeyFlags {
  readonly signingKeyFile?: string
  readonly signingKeyStdin?: boolean
}

const KEY_BYTES_MAX = 4096

/** Null when none was given. The newline that editors put at the end is no part of it. @throws USAGE, FILE_UNREADABLE */
export async function readSigningKey(ctx: Context, flags: SigningKeyFlags): Promise<Secret | null> {
  const { signingKeyFile: file, signingKeyStdin } = flags
  if (file !== undefined && signingKeyStdin === true)
    throw new CalreconnectError('USAGE', 'Pass --signing-key-file or --signing-key-stdin, not both')
  if (file === undefined && signingKeyStdin !== true) return null
  if (file === undefined && ctx.host.stdin.isTTY) {
    throw new CalreconnectError('USAGE', '--signing-key-stdin reads the key from a pipe, and standard input is a terminal', {
      hint: 'Pass --signing-key-file',
    })
  }
  const bytes = file === undefined ? await ctx.readStdin() : await readKeyFile(file)
  const name = file ?? 'standard input'
  if (bytes.length > KEY_BYTES_MAX) throw new CalreconnectError('FILE_UNREADABLE', `${name} is too long for a signing key`)
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') throw new CalreconnectError('FILE_UNREADABLE', `There is no signing key in ${name}: it is empty`)
  return new Secret(text)
}

async function readKeyFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CalreconnectError('FILE_UNREADABLE', `Cannot read the signing key: ${reason}`, { cause: error })
  }
}
