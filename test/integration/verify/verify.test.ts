// `verify` over files and streams of every format, with real signatures.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { readCaptures, readHeaders, type CaptureInput } from '../../../src/adapters/captures/captures.ts'
import { inflate } from '../../../src/adapters/captures/inflate.ts'
import { batchOf, type CaptureBatch } from '../../../src/core/signature/capture.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { type CandidateKey, signatureHeader } from '../../../src/core/signature/verdict.ts'
import { verifyCaptures, type VerifyInput } from '../../../src/operations/verify/verify.ts'
import { errorOf } from '../../support/accounts.ts'

const folder = mkdtempSync(join(tmpdir(), 'calreconnect-verify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const KEY = new Secret('5mEzn9C-I28UtwOjZJtFoob0sAAFZ95GbZkqj4y3i0I')
const GIVEN: CandidateKey = { key: KEY, source: 'given', account: null, webhookUri: null }
const STORED: CandidateKey = { key: KEY, source: 'store', account: 'sales', webhookUri: 'https://api.calendly.com/webhook_subscriptions/W' }
const SIGNED_AT = 1_750_000_000
const BODY = Buffer.from('{"created_at":"2026-01-01T00:00:00.000000Z","event":"invitee.created","payload":{"name":"Zoë"}}')
const HEADER = signatureHeader(BODY, KEY, SIGNED_AT)

let files = 0
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `capture-${++files}`)
  writeFileSync(path, content)
  return path
}
const noStdin = Readable.from([])
const captures = (input: Partial<CaptureInput> & { file: string }) =>
  readCaptures({ stdin: noStdin, format: 'auto', header: null, ...input })
const verifyWhole = (source: AsyncIterable<CaptureBatch>, input: Partial<VerifyInput> = {}) =>
  verifyCaptures({
    captures: () => source,
    keys: [GIVEN],
    moreKeys: async () => [],
    inflate,
    nowMs: SIGNED_AT * 1000 + 5000,
    toleranceSeconds: null,
    all: false,
    ...input,
  })
const verify = async (source: AsyncIterable<CaptureBatch>, input: Partial<VerifyInput> = {}) => (await verifyWhole(source, input)).result
const ndjsonLine = (body: Buffer, header: string | null): string =>
  JSON.stringify({
    received_at: '2026-01-01T00:00:00Z',
    headers: header === null ? {} : { 'calendly-webhook-signature': header },
    body_base64: body.toString('base64'),
  })

describe('readCaptures()', () => {
  const OK = { total: 1, valid: 1, invalid: 0 }
  const har = {
    log: {
      version: '1.2',
      entries: [
        { request: { method: 'GET', headers: [] } },
        {
          request: {
            method: 'POST',
            headers: [{ name: 'Calendly-Webhook-Signature', value: HEADER }],
            postData: { text: BODY.toString('utf8') },
          },
        },
      ],
    },
  }
  const http = Buffer.concat([
    Buffer.from(`POST /hook HTTP/1.1\r\nHost: x.test\r\nCalendly-Webhook-Signature: ${HEADER}\r\nContent-Length: ${BODY.length}\r\n\r\n`),
    BODY,
  ])

  test.each([
    ['a body with its header given', BODY, { header: HEADER }],
    ['a raw HTTP request', http, {}],
    ['a raw HTTP request with a newline after its Content-Length', Buffer.concat([http, Buffer.from('\n')]), {}],
    ['a HAR document', JSON.stringify(har), {}],
    ['NDJSON with base64', ndjsonLine(BODY, HEADER), {}],
    [
      'NDJSON with the body as text',
      JSON.stringify({ headers: { 'Calendly-Webhook-Signature': [HEADER] }, body: BODY.toString('utf8') }),
      {},
    ],
    ['NDJSON with CRLF and blank lines', `\r\n${ndjsonLine(BODY, HEADER)}\r\n\r\n`, { format: 'ndjson' as const }],
    [
      'NDJSON with a list of headers',
      JSON.stringify({ headers: [['calendly-webhook-signature', HEADER]], body: BODY.toString('utf8') }),
      {},
    ],
  ])('readCaptures() understands %s', async (_name, content, input) => {
    const { total, valid, invalid } = await verify(captures({ file: fileOf(content), ...input }))
    expect({ total, valid, invalid }).toEqual(OK)
  })

  test('readCaptures() reads standard input in whatever pieces it comes', async () => {
    const text = `${ndjsonLine(BODY, HEADER)}\n${ndjsonLine(BODY, HEADER)}\n`
    const pieces = [...Buffer.from(text)].map((byte) => Buffer.of(byte))
    const result = await verify(captures({ file: '-', stdin: Readable.from(pieces), format: 'ndjson' }))
    expect({ total: result.total, valid: result.valid }).toEqual({ total: 2, valid: 2 })
  })

  test('readCaptures() keeps a BOM, CRLF and bytes that are not UTF-8', async () => {
    const odd = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), BODY, Buffer.from('\r\n'), Buffer.from([0xff, 0xfe])])
    const { valid } = await verify(captures({ file: fileOf(odd), header: signatureHeader(odd, KEY, SIGNED_AT) }))
    expect(valid).toBe(1)
  })

  test('readCaptures() finds nothing in an empty file', async () => {
    expect((await verify(captures({ file: fileOf('') }))).total).toBe(0)
  })

  test.each([
    ['a file that is not there', () => join(folder, 'none'), 'auto' as const, 'there is no such file'],
    ['a folder', () => folder, 'auto' as const, 'it is a folder'],
    ['a HAR document without entries', () => fileOf('{}'), 'har' as const, 'it is not HAR'],
    ['HTTP without a body', () => fileOf('POST / HTTP/1.1\r\nHost: x\r\n'), 'http' as const, 'no empty line'],
  ])('readCaptures() of %s is FILE_UNREADABLE', async (_name, file, format, reason) => {
    const error = await errorOf(verify(captures({ file: file(), format })))
    expect({ code: error.code, message: error.message }).toEqual({ code: 'FILE_UNREADABLE', message: expect.stringContaining(reason) })
  })

  test('readCaptures() reads on behind lines that are no captures, and names them', async () => {
    const good = ndjsonLine(BODY, HEADER)
    const lines = [good, 'nonsense', '', '{"a":1}', good, good.slice(0, 100)]
    const { result, unreadable, unreadableTotal } = await verifyWhole(captures({ file: fileOf(lines.join('\n')) }))
    expect({ total: result.total, valid: result.valid, unreadable, unreadableTotal }).toEqual({
      total: 2,
      valid: 2,
      unreadable: [
        { line: 2, why: 'is not JSON' },
        { line: 4, why: 'is no capture: it needs headers, and body_base64 or body' },
        { line: 6, why: 'is cut off: the file ends within it' },
      ],
      unreadableTotal: 3,
    })
  })

  test.each([
    ['raw lines', `Host: x.test\r\ncalendly-webhook-signature: ${HEADER}\r\n`],
    ['raw lines after a request line', `POST / HTTP/1.1\nCalendly-Webhook-Signature: ${HEADER}\n`],
    ['a JSON object', JSON.stringify({ 'Calendly-Webhook-Signature': HEADER })],
    ['a JSON object that holds the headers', JSON.stringify({ headers: { 'calendly-webhook-signature': HEADER } })],
    ['a JSON list', JSON.stringify([{ name: 'calendly-webhook-signature', value: HEADER }])],
    ["a list of names and values (Node's rawHeaders)", JSON.stringify(['Host', 'x', 'Calendly-Webhook-Signature', HEADER])],
    ['a list of lines', JSON.stringify([`Calendly-Webhook-Signature: ${HEADER}`])],
    ['curl -v', `> POST / HTTP/1.1\n> Host: x\n> Calendly-Webhook-Signature: ${HEADER}\n`],
    ['CGI names (PHP, Rails, Django)', JSON.stringify({ HTTP_HOST: 'x', HTTP_CALENDLY_WEBHOOK_SIGNATURE: HEADER })],
    ['an environment', `HTTP_HOST=x\nHTTP_CALENDLY_WEBHOOK_SIGNATURE=${HEADER}\n`],
    ['print_r', `Array\n(\n    [Calendly-Webhook-Signature] => ${HEADER}\n)\n`],
    ['a Python dict', `{'Host': 'x', 'Calendly-Webhook-Signature': '${HEADER}'}`],
    [
      'a table (PowerShell)',
      `Key                          Value\n---                          -----\nCalendly-Webhook-Signature   ${HEADER}\n`,
    ],
    ['the signature alone', `${HEADER}\n`],
    ['a file with a BOM', `\uFEFFCalendly-Webhook-Signature: ${HEADER}\r\n`],
  ])('readHeaders() finds the signature in %s', async (_name, text) => {
    expect(await readHeaders(fileOf(text))).toBe(HEADER)
  })

  test('readHeaders() finds the signature in UTF-16', async () => {
    const text = `Calendly-Webhook-Signature: ${HEADER}\r\n`
    expect(await readHeaders(fileOf(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])))).toBe(HEADER)
  })

  test('readHeaders() gives null where there is no signature', async () => {
    expect(await readHeaders(fileOf('Host: x.test\n'))).toBe(null)
  })
})

describe('verifyCaptures()', () => {
  async function* batches(...list: { rawBody: Uint8Array; header: string | null }[]) {
    yield batchOf(list)
  }
  const good = { rawBody: BODY, header: HEADER }
  const reasons = async (capture: { rawBody: Uint8Array; header: string | null }, input: Partial<VerifyInput> = {}) =>
    (await verify(batches(capture), input)).results.map(({ reason, valid }) => ({ reason, valid }))

  test('verifyCaptures() says which key matched, when it was signed and how old it is', async () => {
    expect(await verify(batches(good), { keys: [], moreKeys: async () => [STORED] })).toEqual({
      total: 1,
      valid: 1,
      invalid: 0,
      unknown: 0,
      results: [
        {
          index: 0,
          valid: true,
          reason: 'ok',
          timestamp: new Date(SIGNED_AT * 1000).toISOString(),
          ageSeconds: 5,
          key: { source: 'store', account: 'sales', webhookUri: STORED.webhookUri },
          hint: null,
        },
      ],
    })
  })

  test.each([
    ['a changed body', { rawBody: Buffer.from(BODY.toString().replace('Zoë', 'Zoe')), header: HEADER }, {}, 'wrong_key'],
    ['another key', good, { keys: [{ ...GIVEN, key: new Secret('another') }] }, 'wrong_key'],
    ['no key at all', good, { keys: [] }, 'no_key'],
    ['no header', { rawBody: BODY, header: null }, {}, 'missing_header'],
    ['a malformed header', { rawBody: BODY, header: 'v1=abc' }, {}, 'malformed_header'],
    ['a trailing newline', { rawBody: Buffer.concat([BODY, Buffer.from('\n')]), header: HEADER }, {}, 're_serialized_body'],
    [
      'a pretty-printed body',
      { rawBody: Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 2)), header: HEADER },
      {},
      're_serialized_body',
    ],
    ['a key with white space', good, { keys: [{ ...GIVEN, key: new Secret(` ${KEY.reveal()}\n`) }] }, 'key_encoding'],
    ['an old one', good, { toleranceSeconds: 4 }, 'too_old'],
    ['one from the future', good, { toleranceSeconds: 180, nowMs: (SIGNED_AT - 181) * 1000 }, 'in_future'],
  ])('verifyCaptures() refuses %s', async (_name, capture, input, reason) => {
    expect(await reasons(capture, input)).toEqual([{ reason, valid: false }])
  })

  test('verifyCaptures() accepts the tolerance itself in both directions', async () => {
    const both = [180, -180].map((age) => reasons(good, { toleranceSeconds: 180, nowMs: (SIGNED_AT + age) * 1000 }))
    expect(await Promise.all(both)).toEqual([[{ reason: 'ok', valid: true }], [{ reason: 'ok', valid: true }]])
  })

  test('verifyCaptures() asks for stored keys only when the keys at hand do not match', async () => {
    let asked = 0
    const moreKeys = async () => {
      asked += 1
      return [STORED]
    }
    await verify(batches(good, good), { moreKeys })
    const before = asked
    await verify(batches(good, good, good), { keys: [{ ...GIVEN, key: new Secret('another') }], moreKeys })
    expect({ before, after: asked }).toEqual({ before: 0, after: 1 })
  })

  test('verifyCaptures() lists only invalid ones of more than 1,000, and all with all', async () => {
    const list = Array.from({ length: 1001 }, (_, index) => (index === 500 ? { rawBody: BODY, header: null } : good))
    const short = await verify(batches(...list))
    const long = await verify(batches(...list), { all: true })
    const exact = await verify(batches(...list.slice(0, 1000)))
    expect({
      short: { total: short.total, valid: short.valid, listed: short.results.map(({ index, reason }) => ({ index, reason })) },
      long: long.results.length,
      exact: exact.results.length,
    }).toEqual({ short: { total: 1001, valid: 1000, listed: [{ index: 500, reason: 'missing_header' }] }, long: 1001, exact: 1000 })
  })

  test('verifyCaptures() tells keys apart although several are tried', async () => {
    const many = Array.from({ length: 40 }, (_, n): CandidateKey => ({ ...STORED, key: new Secret(`key ${n}`), webhookUri: `uri ${n}` }))
    const signed = [39, 0, 39].map((n) => ({ rawBody: BODY, header: signatureHeader(BODY, new Secret(`key ${n}`), SIGNED_AT) }))
    const { results } = await verify(batches(...signed), { keys: many })
    expect(results.map(({ key }) => key?.webhookUri)).toEqual(['uri 39', 'uri 0', 'uri 39'])
  })
})
