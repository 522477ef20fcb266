// The text of an answer. No compression is asked for; what a proxy compresses all the same is undone within the size limit.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { RawAnswer } from './send.ts'

/** @throws UNEXPECTED_ANSWER for an encoding that is unknown, broken or larger than `bytesMax` when undone */
export async function decodeBody(raw: RawAnswer, url: URL, bytesMax: number): Promise<string> {
  const encoding = (raw.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '' || raw.body.length === 0) return raw.body.toString('utf8')
  const zlib = await import('node:zlib')
  const limit = { maxOutputLength: bytesMax }
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(raw.body, limit).toString('utf8')
      case 'deflate':
        return zlib.inflateSync(raw.body, limit).toString('utf8')
      case 'br':
        return zlib.brotliDecompressSync(raw.body, limit).toString('utf8')
      default:
    }
  } catch (cause) {
    throw undecodable(raw, url, encoding, cause)
  }
  throw undecodable(raw, url, encoding, null)
}

function undecodable(raw: RawAnswer, url: URL, encoding: string, cause: unknown): CalreconnectError {
  return new CalreconnectError('UNEXPECTED_ANSWER', `The answer of ${url.host} cannot be read as ${encoding}`, {
    requestSent: true,
    status: raw.status,
    cause,
  })
}
