// Standard input, read to its end.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Host } from '../output/streams.ts'

const STDIN_BYTES_MAX = 64 * 1024 * 1024

/** @throws USAGE when more is piped in than any delivery or token can be */
export async function readAll(host: Host): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of host.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > STDIN_BYTES_MAX) throw new CalreconnectError('USAGE', 'Standard input is larger than 64 MiB')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
