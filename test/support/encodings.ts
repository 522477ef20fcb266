// The usual encodings of a secret, written down on their own, for tests that look for any of them in what is shown.

/** At least this much of a base64 form depends on the secret alone. */
const CERTAIN_LENGTH_MIN = 8

export function encodingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  return [...new Set([secret, json, url, encodeURIComponent(url), bytes.toString('hex'), ...base64Forms(bytes)])]
}

function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const certain = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    return certain.length < CERTAIN_LENGTH_MIN ? [] : [certain]
  })
}
