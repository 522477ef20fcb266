// What people have instead of a body and a header: requests as functions, frameworks, proxies and browsers wrote them down.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import * as zlib from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { type CaptureInput, readCaptures } from '../../../src/adapters/captures/captures.ts'
import { inflate } from '../../../src/adapters/captures/inflate.ts'
import { verifyCaptures } from '../../../src/operations/verify/verify.ts'
import { errorOf } from '../../support/accounts.ts'
import { BODY_TEXT, GIVEN_KEY, HEADER, RAW_BODY, sign, SIGNED_AT } from '../../support/deliveries.ts'

const folder = mkdtempSync(join(tmpdir(), 'calreconnect-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** As a pipe may bring it. */
const byteByByte = (content: string | Uint8Array): Partial<CaptureInput> => ({
  file: '-',
  stdin: Readable.from(Array.from(Buffer.from(content), (byte) => Buffer.of(byte))),
})

async function reasonsOf(content: string | Uint8Array, input: Partial<CaptureInput> = {}): Promise<string[]> {
  const file = join(folder, `capture-${++files}`)
  writeFileSync(file, content)
  const captures = readCaptures({ file, stdin: Readable.from([]), format: 'auto', header: null, ...input })
  const usual = { keys: [GIVEN_KEY], moreKeys: async () => [], inflate, nowMs: SIGNED_AT * 1000, toleranceSeconds: null, all: false }
  return (await verifyCaptures({ ...usual, captures: () => captures })).result.results.map(({ reason }) => reason)
}

const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
const NAME = 'Calendly-Webhook-Signature'
const v1 = {
  resource: '/hooks',
  path: '/hooks',
  httpMethod: 'POST',
  headers: { Host: 'x', [NAME]: HEADER },
  multiValueHeaders: { Host: ['x'], [NAME]: [HEADER] },
  queryStringParameters: null,
  requestContext: { stage: 'prod', identity: { sourceIp: '203.0.113.9' } },
  body: BODY_TEXT,
  isBase64Encoded: false,
}
const v2 = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/',
  headers: { 'content-type': 'application/json', 'calendly-webhook-signature': HEADER },
  requestContext: { http: { method: 'POST', path: '/' } },
  body: RAW_BODY.toString('base64'),
  isBase64Encoded: true,
}
const netlify = {
  path: '/.netlify/functions/hook',
  httpMethod: 'POST',
  headers: { 'calendly-webhook-signature': HEADER },
  multiValueHeaders: {},
  body: BODY_TEXT,
  isBase64Encoded: false,
  rawUrl: 'https://x.netlify.app/',
  rawQuery: '',
}
const alb = {
  requestContext: { elb: {} },
  httpMethod: 'POST',
  multiValueHeaders: { 'calendly-webhook-signature': [HEADER] },
  body: RAW_BODY.toString('base64'),
  isBase64Encoded: true,
}
const vercel = {
  Action: 'Invoke',
  body: JSON.stringify({
    method: 'POST',
    headers: { 'calendly-webhook-signature': HEADER },
    path: '/',
    encoding: 'base64',
    body: RAW_BODY.toString('base64'),
  }),
}
const azure = { Data: { req: { Url: 'https://x', Method: 'POST', Headers: { [NAME]: [HEADER] }, Body: BODY_TEXT } } }
const gcf = {
  headers: { 'calendly-webhook-signature': HEADER },
  body: JSON.parse(BODY_TEXT),
  rawBody: { type: 'Buffer', data: [...RAW_BODY] },
}
const node = { method: 'POST', rawHeaders: ['Host', 'x', NAME, HEADER], body: BODY_TEXT }
const django = { HTTP_HOST: 'x', HTTP_CALENDLY_WEBHOOK_SIGNATURE: HEADER, body: BODY_TEXT }
const nested = { level: 'info', message: 'delivery', request: { headers: { [NAME]: HEADER }, body: BODY_TEXT } }
const pretty = (value: unknown): string => JSON.stringify(value, null, 2)
const pythonRepr = (value: unknown): string => {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, one]) => `'${key}': ${pythonRepr(one)}`)
      .join(', ')}}`
  return JSON.stringify(value)
}

describe('readCaptures() understands a logged event of', () => {
  test.each<[string, string | Uint8Array]>([
    ['API Gateway v1, on one line', JSON.stringify(v1)],
    ['API Gateway v1, pretty-printed', pretty(v1)],
    ['API Gateway v1 with only multi-value headers', pretty({ ...v1, headers: null })],
    ['API Gateway v2 in base64, on one line', JSON.stringify(v2)],
    ['API Gateway v2 in base64, pretty-printed', pretty(v2)],
    ['API Gateway v2, pretty-printed by PowerShell (UTF-16, CRLF)', utf16(pretty(v2).replaceAll('\n', '\r\n'))],
    ['API Gateway v2 with a BOM', `\uFEFF${pretty(v2)}\r\n`],
    ['an ALB', pretty(alb)],
    ['Netlify, on one line', JSON.stringify(netlify)],
    ['Netlify, pretty-printed', pretty(netlify)],
    ['Vercel', pretty(vercel)],
    ['Azure Functions', pretty(azure)],
    ['Cloud Functions with a rawBody', pretty(gcf)],
    ["Node's rawHeaders", pretty(node)],
    ['CGI names', pretty(django)],
    ['a logger that wraps the request', pretty(nested)],
    ['a logger that wraps it on one line', JSON.stringify(nested)],
    ['a list of one', pretty([v2])],
    ['CloudWatch: a prefix before it', `2026-11-20T10:00:00.000Z\tc0ffee\tINFO\t${JSON.stringify(v1)}\n`],
    ['console.log in Node (util.inspect)', inspect(v1, { depth: 5, maxStringLength: Infinity })],
    ['console.log in Node with a prefix, line ends as \\r', `INFO ${inspect(v2, { depth: 5 }).replaceAll('\n', '\r')}`],
    ['print(event) in Python', pythonRepr(v1)],
    ['print(event) in Python, base64', pythonRepr(v2)],
  ])('%s', async (_what, content) => {
    expect(await reasonsOf(content)).toEqual(['ok'])
  })

  test('several, one a line', async () => {
    expect(await reasonsOf([v1, v2, netlify, alb].map((one) => JSON.stringify(one)).join('\n'))).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('several in a list', async () => {
    expect(await reasonsOf(pretty([v1, v2, { ...v1, headers: {}, multiValueHeaders: {} }]))).toEqual(['ok', 'ok', 'missing_header'])
  })

  test.each<[string, unknown, string]>([
    ['a body in base64 that it calls plain', { ...v2, isBase64Encoded: false }, 'body_encoding'],
    ['no signature', { ...v1, headers: { Host: 'x' }, multiValueHeaders: {} }, 'missing_header'],
    ['a changed body', { ...v1, body: BODY_TEXT.replace('created', 'canceled') }, 'wrong_key'],
    ['no body', { ...v1, body: null }, 'wrong_key'],
  ])('one with %s is judged as it is', async (_what, event, reason) => {
    expect([await reasonsOf(pretty(event)), await reasonsOf(JSON.stringify(event))]).toEqual([[reason], [reason]])
  })

  test('one whose body the framework parsed is judged by how it stands in the text', async () => {
    const event = { headers: { [NAME]: HEADER }, body: JSON.parse(BODY_TEXT) }
    expect([await reasonsOf(pretty(event)), await reasonsOf(JSON.stringify(event))]).toEqual([['re_serialized_body'], ['ok']])
  })

  test('several in a log, with what else is in it', async () => {
    const log = [
      'START RequestId: 1',
      `2026-11-20\tINFO\t${JSON.stringify(v1)}`,
      'END',
      `2026-11-20\tINFO\t${inspect(v2, { depth: 5 })}`,
      'REPORT {',
      `INFO ${pythonRepr(netlify)}`,
    ]
    expect(await reasonsOf(log.join('\n'))).toEqual(['ok', 'ok', 'ok'])
  })

  test('none in a bare body, whatever it holds', async () => {
    expect(await reasonsOf(BODY_TEXT)).toEqual(['missing_header'])
    expect(await reasonsOf(pretty(v1), { header: sign(pretty(v1)) })).toEqual(['ok'])
  })
})

describe('readCaptures() understands a raw request', () => {
  const head = (lines: readonly string[], end = '\r\n'): string =>
    ['POST /hook HTTP/1.1', 'Host: x.test', `${NAME}: ${HEADER}`, ...lines, '', ''].join(end)
  const chunks = Buffer.concat([
    Buffer.from(`${RAW_BODY.length.toString(16)};x=1\r\n`),
    RAW_BODY,
    Buffer.from('\r\n0\r\nTrailer: t\r\n\r\n'),
  ])
  test.each<[string, Uint8Array]>([
    ['with CRLF', Buffer.concat([Buffer.from(head([`Content-Length: ${RAW_BODY.length}`])), RAW_BODY])],
    ['with LF', Buffer.concat([Buffer.from(head([`Content-Length: ${RAW_BODY.length}`], '\n')), RAW_BODY, Buffer.from('\n')])],
    ['without a length', Buffer.concat([Buffer.from(head([])), RAW_BODY])],
    ['in chunks', Buffer.concat([Buffer.from(head(['Transfer-Encoding: chunked'])), chunks])],
    ['said to be in chunks, which were undone', Buffer.concat([Buffer.from(head(['Transfer-Encoding: chunked'])), RAW_BODY])],
    ['in gzip', Buffer.concat([Buffer.from(head(['Content-Encoding: gzip'])), gzipSync(RAW_BODY)])],
    ['in gzip that was undone', Buffer.concat([Buffer.from(head(['Content-Encoding: gzip'])), RAW_BODY])],
    ['in Brotli', Buffer.concat([Buffer.from(head(['Content-Encoding: br'])), brotliCompressSync(RAW_BODY)])],
    ['in UTF-16', utf16(head([]) + BODY_TEXT)],
    ['behind a blank line', Buffer.concat([Buffer.from(`\r\n${head([])}`), RAW_BODY])],
    ['without its request line', Buffer.concat([Buffer.from(head([]).slice('POST /hook HTTP/1.1\r\n'.length)), RAW_BODY])],
  ])('%s', async (_what, content) => {
    expect(await reasonsOf(content)).toEqual(['ok'])
  })
})

describe('readCaptures() understands a recording', () => {
  const entry = (headers: readonly { name: string; value: string }[], postData: unknown) => ({
    request: { method: 'POST', url: 'https://x', headers, postData },
  })
  const har = (...entries: unknown[]): string => pretty({ log: { version: '1.2', entries } })
  const signed = entry([{ name: NAME, value: HEADER }], { text: BODY_TEXT })
  const page = { request: { method: 'GET', url: 'https://x', headers: [{ name: 'User-Agent', value: 'Mozilla/5.0' }] } }

  test.each<[string, string | Uint8Array, readonly string[]]>([
    ['with a signed delivery among other traffic', har(page, signed, page), ['ok']],
    [
      'with a body in base64',
      har(entry([{ name: NAME, value: HEADER }], { text: RAW_BODY.toString('base64'), encoding: 'base64' })),
      ['ok'],
    ],
    ['in UTF-16', utf16(har(signed)), ['ok']],
    [
      'with an unsigned delivery, by its user agent',
      har(entry([{ name: 'User-Agent', value: 'Calendly' }], { text: '{}' })),
      ['missing_header'],
    ],
    [
      'with an unsigned delivery, in small letters',
      har(entry([{ name: 'user-agent', value: 'Calendly' }], { text: BODY_TEXT })),
      ['missing_header'],
    ],
    ['with an unsigned delivery, by its body', har(entry([], { text: BODY_TEXT })), ['missing_header']],
    ['with both, in their order', har(entry([], { text: BODY_TEXT }), page, signed), ['missing_header', 'ok']],
  ])('%s', async (_what, content, reasons) => {
    expect(await reasonsOf(content)).toEqual(reasons)
  })

  test('that holds no delivery at all', async () => {
    expect(await reasonsOf(har(page))).toEqual([])
  })
})

describe('readCaptures() understands an archive', () => {
  const line = JSON.stringify({
    received_at: '2026-01-01T00:00:00Z',
    headers: { 'calendly-webhook-signature': HEADER },
    body_base64: RAW_BODY.toString('base64'),
  })
  const archive = `${line}\n${line}\n${line}\n`
  const three = ['ok', 'ok', 'ok']

  test.each<[string, string | Uint8Array]>([
    ['as it is', archive],
    ['with a BOM', `\uFEFF${archive}`],
    ['in UTF-16', utf16(archive)],
    ['in gzip', gzipSync(archive)],
    ['in gzip, in two members', Buffer.concat([gzipSync(`${line}\n${line}\n`), gzipSync(line)])],
    ['whose first lines are spoilt', `nonsense\n\n${archive}`],
    [
      'whose lines are longer than what tells the format',
      JSON.stringify({ headers: { a: 'x'.repeat(70_000), [NAME]: HEADER }, body: BODY_TEXT })
        .concat('\n')
        .repeat(3),
    ],
  ])('%s', async (_what, content) => {
    expect(await reasonsOf(content)).toEqual(three)
  })

  test.each<[string, string | Uint8Array]>([
    ['as it is', archive],
    ['in UTF-16', utf16(archive)],
    ['in gzip', gzipSync(archive)],
  ])('that comes from a pipe byte by byte, %s', async (_what, content) => {
    expect(await reasonsOf('', byteByByte(content))).toEqual(three)
  })

  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync')
  test('in zstd where this Node has it, and else says what to do', async () => {
    if (typeof compress === 'function') return expect(await reasonsOf(compress(Buffer.from(archive)))).toEqual(three)
    const error = await errorOf(reasonsOf(Buffer.from('28b52ffd0000', 'hex')))
    expect({ code: error.code, hint: error.hint }).toEqual({
      code: 'FILE_UNREADABLE',
      hint: expect.stringMatching(/^zstd -dc .* \| calreconnect verify -$/),
    })
  })

  test.each([
    ['cut off', gzipSync(archive).subarray(0, 60), 'cut off'],
    ['damaged', Buffer.concat([gzipSync(archive).subarray(0, 40), Buffer.alloc(100, 7)]), 'damaged'],
  ])('whose gzip is %s, and says so', async (_what, content, reason) => {
    const error = await errorOf(reasonsOf(content))
    expect({ code: error.code, message: error.message }).toEqual({ code: 'FILE_UNREADABLE', message: expect.stringContaining(reason) })
  })
})
