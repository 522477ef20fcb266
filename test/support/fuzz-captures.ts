// Captures of one delivery as files, functions and proxies keep them, damaged; whatever is read of them, only the very bytes that were
// signed may be called authentic.

import { ndjsonIn } from '../../src/adapters/captures/ndjson.ts'
import { printedRequestsIn, requestsIn } from '../../src/adapters/captures/logged-request.ts'
import { looksLikeHar, looksLikeHttp, readHar, readHttp } from '../../src/adapters/captures/whole-file.ts'
import { inflate } from '../../src/adapters/captures/inflate.ts'
import type { Capture } from '../../src/core/signature/capture.ts'
import { parseSignature } from '../../src/core/signature/header.ts'
import { suspectBody } from '../../src/core/signature/suspicion.ts'
import { verifyDelivery } from '../../src/core/signature/verdict.ts'
import { BODY_TEXT, GIVEN_KEY, HEADER, RAW_BODY, SIGNED_AT } from './deliveries.ts'
import { mutated } from './mutations.ts'

const NAME = 'calendly-webhook-signature'
const DOCUMENTS: readonly string[] = [
  `POST /hooks HTTP/1.1\r\nHost: a.example\r\n${NAME}: ${HEADER}\r\nContent-Length: ${RAW_BODY.length}\r\n\r\n${BODY_TEXT}`,
  `POST /hooks HTTP/1.1\n${NAME}: ${HEADER}\nTransfer-Encoding: chunked\n\n${RAW_BODY.length.toString(16)}\n${BODY_TEXT}\n0\n\n`,
  JSON.stringify({ log: { entries: [{ request: { headers: [{ name: NAME, value: HEADER }], postData: { text: BODY_TEXT } } }] } }),
  `${JSON.stringify({ received_at: '2026-01-01T00:00:00Z', headers: { [NAME]: HEADER }, body_base64: RAW_BODY.toString('base64') })}\n`,
  `${JSON.stringify({ headers: { [NAME]: HEADER }, body: BODY_TEXT })}\n`,
  JSON.stringify({ version: '2.0', headers: { [NAME]: HEADER }, body: RAW_BODY.toString('base64'), isBase64Encoded: true }),
  JSON.stringify({ httpMethod: 'POST', multiValueHeaders: { 'Calendly-Webhook-Signature': [HEADER] }, body: BODY_TEXT }, null, 2),
]

function read(text: string): readonly Capture[] {
  const bytes = Buffer.from(text, 'utf8')
  if (looksLikeHttp(text)) return [readHttp(bytes, 'a file')]
  if (looksLikeHar(text)) return readHar(bytes, 'a file')
  return requestsIn(text) ?? printedRequestsIn(text) ?? ndjsonIn(text).captures
}

/** `ok`, `not ok`, or `none` when no delivery is found. @throws when what is called authentic is not what was signed */
export function readPrintedOrLogged(chance: () => number): string {
  const found = read(mutated(chance, DOCUMENTS))
  // The search for a cause costs hundreds of HMACs: now and then is often enough, over a million.
  const diagnosis = chance() < 0.005 ? 'thorough' : 'none'
  let word = 'none'
  for (const { rawBody, header } of found) {
    const body = Buffer.from(rawBody)
    suspectBody(body)
    const signature = header === null ? null : parseSignature(header)
    const verdict = verifyDelivery({
      rawBody: body,
      header,
      keys: [GIVEN_KEY],
      nowMs: SIGNED_AT * 1000,
      toleranceSeconds: null,
      inflate,
      diagnosis,
    })
    if (verdict.valid && (!body.equals(RAW_BODY) || signature?.timestamp !== String(SIGNED_AT))) {
      throw new Error(`called authentic: ${JSON.stringify(header)} over ${body.length} bytes`)
    }
    word = verdict.valid ? 'ok' : word === 'ok' ? word : 'not ok'
  }
  return word
}
