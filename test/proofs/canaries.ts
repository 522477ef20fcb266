// Finds secrets in texts and files, in every encoding that they might leak in. Knows nothing of what produced those.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Canary {
  /** What kind of secret: `access token`. */
  readonly kind: string
  readonly secret: string | Uint8Array
}

export interface Sighting {
  readonly kind: string
  readonly encoding: string
  readonly where: string
}

/** Of a long secret this much of its end is looked for as well: half a token is a leak too. */
const TAIL_LENGTH = 24
const TAIL_OF_LENGTH_MIN = 40

/** @param places what was written, by where */
export function findCanaries(canaries: readonly Canary[], places: ReadonlyMap<string, Uint8Array>): readonly Sighting[] {
  const sought = canaries.flatMap(({ kind, secret }) => formsOf(secret).map(({ encoding, bytes }) => ({ kind, encoding, bytes })))
  const sightings: Sighting[] = []
  for (const [where, content] of places) {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    for (const { kind, encoding, bytes } of sought) if (buffer.includes(bytes)) sightings.push({ kind, encoding, where })
  }
  return sightings
}

/** Every file below a folder, as it is on the disk. */
export function filesBelow(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name))]))
}

interface Form {
  readonly encoding: string
  readonly bytes: Buffer
}

function formsOf(secret: string | Uint8Array): readonly Form[] {
  const raw = Buffer.from(secret)
  const binary: Form[] = [
    { encoding: 'raw', bytes: raw },
    { encoding: 'hex', bytes: Buffer.from(raw.toString('hex')) },
    { encoding: 'HEX', bytes: Buffer.from(raw.toString('hex').toUpperCase()) },
    ...base64Forms(raw),
  ]
  if (typeof secret !== 'string') return binary
  const escaped = [
    ['url', encodeURIComponent(secret)],
    ['form', new URLSearchParams({ v: secret }).toString().slice(2)],
    ['json', JSON.stringify(secret).slice(1, -1)],
    ['json of json', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['html', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')],
  ] as const
  const tail = secret.length >= TAIL_OF_LENGTH_MIN ? [{ encoding: 'end', bytes: Buffer.from(secret.slice(-TAIL_LENGTH)) }] : []
  const formEncoded = Buffer.from(new URLSearchParams({ v: secret }).toString().slice(2))
  // An Authorization header has the base64 of `id:secret`, both form-encoded.
  const different = escaped.filter(([, text]) => text !== secret).map(([encoding, text]) => ({ encoding, bytes: Buffer.from(text) }))
  return [...binary, ...different, ...tail, ...(formEncoded.equals(raw) ? [] : base64Forms(formEncoded))]
}

/** The base64 of a longer text depends on where in it the secret begins: three ways, without the ends that its neighbours share. */
function base64Forms(raw: Buffer): readonly Form[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), raw])
      .toString('base64')
      .replace(/=+$/, '')
    const middle = text.slice(shift === 0 ? 0 : 4, text.length - 2)
    const forms = [
      { encoding: `base64, ${shift} off`, bytes: Buffer.from(middle) },
      { encoding: `base64url, ${shift} off`, bytes: Buffer.from(middle.replaceAll('+', '-').replaceAll('/', '_')) },
    ]
    return middle.length < 8 ? [] : forms
  })
}
