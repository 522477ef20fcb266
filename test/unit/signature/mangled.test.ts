// A real delivery, mangled as frameworks, functions, shells and databases mangle them: what verifyDelivery calls each, and what it
// tells a person to do.

import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { inflate } from '../../../src/adapters/captures/inflate.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { malformedHint, pastedSignature } from '../../../src/core/signature/header.ts'
import { type Delivery, verifyDelivery } from '../../../src/core/signature/verdict.ts'
import {
  ASCII_BODY_TEXT,
  BODY_TEXT,
  chunked,
  GIVEN_KEY,
  HEADER,
  jsonb,
  KEY_TEXT,
  RAW_BODY,
  sign,
  SIGNED_AT,
  sortedKeys,
} from '../../support/deliveries.ts'

function verdictOf(differing: Partial<Delivery>) {
  const usual: Delivery = { rawBody: RAW_BODY, header: HEADER, keys: [GIVEN_KEY], nowMs: SIGNED_AT * 1000, toleranceSeconds: null, inflate }
  const { reason, hint, key } = verifyDelivery({ ...usual, ...differing })
  return { reason, hint, key: key?.source ?? null }
}

const parsed: unknown = JSON.parse(BODY_TEXT)
const bom = Buffer.from([0xef, 0xbb, 0xbf])
const utf16le = (text: string, mark = true): Buffer => Buffer.concat([Buffer.from(mark ? [0xff, 0xfe] : []), Buffer.from(text, 'utf16le')])
const utf16be = (text: string, mark = true): Buffer =>
  Buffer.concat([Buffer.from(mark ? [0xfe, 0xff] : []), Buffer.from(text, 'utf16le').swap16()])
const ascii = (text: string, capitals = false): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (one) => {
    const hex = one.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${capitals ? hex.toUpperCase() : hex}`
  })
const python = (text: string): string => {
  const out: string[] = []
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '"' && text.charAt(at - 1) !== '\\') inString = !inString
    out.push(!inString && (character === ':' || character === ',') ? `${character} ` : character)
  }
  return out.join('')
}
const C1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'
// TextDecoder of Node 20 takes windows-1252 for Latin-1.
const windows1252 = (body: Buffer): Buffer =>
  Buffer.from([...body].map((byte) => (byte >= 0x80 && byte < 0xa0 ? C1.charAt(byte - 0x80) : String.fromCharCode(byte))).join(''), 'utf8')

describe('verifyDelivery says re_serialized_body of', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['a body with a newline at its end (an editor, echo)', `${BODY_TEXT}\n`, /trailing newline was added/],
    ['a body with CRLF at its end (Windows)', `${BODY_TEXT}\r\n`, /trailing newline was added/],
    ['a body with many newlines at its end', `${BODY_TEXT}${'\n'.repeat(50)}`, /trailing newline was added/],
    ['a body with a BOM (Notepad)', Buffer.concat([bom, RAW_BODY]), /BOM was added/],
    [
      'a body with a BOM and CRLF (PowerShell -Encoding utf8)',
      Buffer.concat([bom, RAW_BODY, Buffer.from('\r\n')]),
      /BOM and a trailing newline/,
    ],
    ['a body with spaces around it (cmd echo)', `  ${BODY_TEXT} \r\n`, /White space was added/],
    ['a body with a zero byte behind it (a C string)', `${BODY_TEXT}\0`, /White space was added/],
    ['a body pretty-printed with 2 spaces (express, JSON.stringify)', JSON.stringify(parsed, null, 2), /compact JSON/],
    ['a body pretty-printed with 4 spaces (json.tool)', JSON.stringify(parsed, null, 4), /compact JSON/],
    ['a body pretty-printed with tabs', JSON.stringify(parsed, null, '\t'), /compact JSON/],
    [
      'a body pretty-printed with CRLF (PowerShell ConvertTo-Json)',
      JSON.stringify(parsed, null, 2).replaceAll('\n', '\r\n'),
      /compact JSON/,
    ],
    ['a body pretty-printed with a newline at its end (jq)', `${JSON.stringify(parsed, null, 2)}\n`, /compact JSON/],
    ['a body of json.dumps (Flask, Django)', ascii(python(BODY_TEXT)), /compact JSON/],
    ['a body of json.dumps with ensure_ascii off', python(BODY_TEXT), /compact JSON/],
    ['a body with every non-ASCII character escaped', ascii(BODY_TEXT), /compact JSON/],
    ['a body with capital escapes', ascii(BODY_TEXT, true), /compact JSON/],
    ['a body with / escaped (PHP json_encode)', ascii(BODY_TEXT).replaceAll('/', String.raw`\/`), /compact JSON/],
    [
      'a body with <, > and & escaped (Go, Rails)',
      BODY_TEXT.replaceAll(/[<>&]/g, (one) => ascii(one).replace(one, `\\u00${one.charCodeAt(0).toString(16)}`)),
      /compact JSON/,
    ],
    ['a body whose keys were sorted (ksort, sort_keys)', JSON.stringify(sortedKeys(parsed)), /keys in Calendly's order/],
    ['a body from a jsonb column (PostgreSQL)', jsonb(parsed), /keys in Calendly's order/],
    ['a body from a jsonb column, with a newline (psql -t)', `${jsonb(parsed)}\n`, /keys in Calendly's order/],
    ['a body from a json column (MySQL prints spaces)', python(BODY_TEXT), /compact JSON/],
    [
      'a body that zsh or dash echoed',
      `${BODY_TEXT.replaceAll(String.raw`\\`, '\\')
        .replaceAll(String.raw`\n`, '\n')
        .replaceAll(String.raw`\t`, '\t')}\n`,
      /shell's echo/,
    ],
    ['a body decomposed by macOS (NFD)', BODY_TEXT.normalize('NFD'), /decomposed/],
    ['a body with no-break spaces (a web page)', BODY_TEXT.replaceAll(' ', '\u00a0'), /No-break spaces/],
  ])('%s', (_what, mangled, hint) => {
    expect(verdictOf({ rawBody: Buffer.from(mangled) })).toEqual({
      reason: 're_serialized_body',
      hint: expect.stringMatching(hint),
      key: 'given',
    })
  })

  test.each<[string, string, string, RegExp]>([
    [
      'compact JSON in which Rails escaped <, > and &',
      BODY_TEXT,
      BODY_TEXT.replaceAll(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`),
      /<, > and & escaped/,
    ],
    ['compact JSON with non-ASCII escaped', BODY_TEXT, ascii(BODY_TEXT), /non-ASCII characters escaped/],
    ['compact JSON with / escaped', BODY_TEXT, BODY_TEXT.replaceAll('/', String.raw`\/`), /\/ escaped/],
    [
      'an amount of 30.0 that JavaScript wrote as 30',
      '{"event":"x","payload":{"payment":{"amount":30}}}',
      '{"event":"x","payload":{"payment":{"amount":30.0}}}',
      /amounts with a decimal/,
    ],
    [
      'routing answers in the documented order',
      '{"a":[{"answer":"A","question":"Q","question_uuid":"U"}]}',
      '{"a":[{"question_uuid":"U","question":"Q","answer":"A"}]}',
      /keys in Calendly's order/,
    ],
    ['pretty-printed JSON', BODY_TEXT, JSON.stringify(parsed, null, 2), /2 spaces/],
  ])('what was signed as %s', (_what, received, signed, hint) => {
    expect(verdictOf({ rawBody: Buffer.from(received), header: sign(signed) })).toEqual({
      reason: 're_serialized_body',
      hint: expect.stringMatching(hint),
      key: 'given',
    })
  })
})

describe('verifyDelivery says body_encoding of', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['UTF-16 with a mark (PowerShell >)', utf16le(BODY_TEXT), /UTF-16/],
    ['UTF-16 with a mark and CRLF (PowerShell >)', utf16le(`${BODY_TEXT}\r\n`), /UTF-16.*trailing newline/],
    ['UTF-16 big-endian', utf16be(BODY_TEXT), /UTF-16/],
    ['UTF-16 without a mark', utf16le(BODY_TEXT, false), /UTF-16/],
    ['UTF-16 big-endian without a mark', utf16be(BODY_TEXT, false), /UTF-16/],
    ['UTF-16, pretty-printed', utf16le(JSON.stringify(parsed, null, 2)), /UTF-16.*compact JSON/],
    ['base64 (isBase64Encoded)', RAW_BODY.toString('base64'), /base64/],
    ['base64 in lines of 76 (base64, openssl)', RAW_BODY.toString('base64').replaceAll(/.{76}/g, '$&\n'), /base64/],
    ['base64url', RAW_BODY.toString('base64url'), /base64/],
    ['a data: URL', `data:application/json;base64,${RAW_BODY.toString('base64')}`, /base64/],
    ['base64 of base64', Buffer.from(RAW_BODY.toString('base64')).toString('base64'), /base64, within in base64/],
    ['gzip', gzipSync(RAW_BODY), /gzip/],
    ['deflate', deflateSync(RAW_BODY), /gzip/],
    ['base64 of gzip (CloudWatch)', gzipSync(RAW_BODY).toString('base64'), /base64, within compressed/],
    ['chunks', chunked(RAW_BODY), /chunk/],
    ['gzip in chunks', chunked(gzipSync(RAW_BODY)), /chunks.*compressed/],
    ['hexadecimal (xxd -p)', RAW_BODY.toString('hex').replaceAll(/.{60}/g, '$&\n'), /hexadecimal/],
    ['bytea (PostgreSQL)', `\\x${RAW_BODY.toString('hex')}`, /hexadecimal/],
    ['a hex literal (MySQL)', `0x${RAW_BODY.toString('hex').toUpperCase()}`, /hexadecimal/],
    ['a JSON string', JSON.stringify(BODY_TEXT), /JSON string/],
    ['a JSON string without its quotes', JSON.stringify(BODY_TEXT).slice(1, -1), /JSON string/],
    ['JSON in JSON, twice', JSON.stringify(JSON.stringify(BODY_TEXT)), /JSON string/],
    ["single quotes (.env, cmd's set)", `'${ASCII_BODY_TEXT}'`, /quotes/],
    ['a CSV field', `"${ASCII_BODY_TEXT.replaceAll('"', '""')}"`, /quotes/],
    [
      'a Python bytes literal (print(request.data))',
      `b'${[...RAW_BODY].map((byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')}'`,
      /Python/,
    ],
    ['a Buffer as JSON (Node)', JSON.stringify(RAW_BODY), /Buffer/],
    ['percent-encoding', encodeURIComponent(BODY_TEXT), /percent/],
    ['a form field', `payload=${new URLSearchParams({ p: BODY_TEXT }).toString().slice(2)}`, /percent/],
    ['HTML entities', BODY_TEXT.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'), /HTML/],
    ['UTF-8 read as Latin-1 and written again', Buffer.from(RAW_BODY.toString('latin1'), 'utf8'), /Latin-1|1252/],
    ['UTF-8 read as Windows-1252 and written again', windows1252(RAW_BODY), /1252/],
  ])('%s', (_what, mangled, hint) => {
    const isAscii = String(mangled).includes('Ada')
    const header = isAscii ? sign(ASCII_BODY_TEXT) : HEADER
    expect(verdictOf({ rawBody: Buffer.from(mangled), header })).toEqual({
      reason: 'body_encoding',
      hint: expect.stringMatching(hint),
      key: 'given',
    })
  })

  test('Latin-1 of a body that was UTF-8', () => {
    const body = '{"event":"invitee.created","payload":{"name":"Zoë"}}'
    expect(verdictOf({ rawBody: Buffer.from(body, 'latin1'), header: sign(body) })).toEqual({
      reason: 'body_encoding',
      hint: expect.stringMatching(/Latin-1/),
      key: 'given',
    })
  })
})

describe('verifyDelivery says key_encoding of', () => {
  test.each<[string, string, string | Buffer, RegExp]>([
    ['white space around it', `  ${KEY_TEXT}\n`, KEY_TEXT, /white space/],
    ['a BOM before it', `\uFEFF${KEY_TEXT}`, KEY_TEXT, /byte order mark/],
    ['double quotes (.env)', `"${KEY_TEXT}"`, KEY_TEXT, /quotes/],
    ['single quotes', `'${KEY_TEXT}'`, KEY_TEXT, /quotes/],
    ['typographic quotes', `“${KEY_TEXT}”`, KEY_TEXT, /quotes/],
    ['a variable name before it', `CALENDLY_WEBHOOK_SIGNING_KEY=${KEY_TEXT}`, KEY_TEXT, /name/],
    ['export and quotes', `export CALENDLY_WEBHOOK_SIGNING_KEY="${KEY_TEXT}"`, KEY_TEXT, /name.*quotes/],
    ["the header's name before it", `Calendly-Webhook-Signature: ${KEY_TEXT}`, KEY_TEXT, /name/],
    ['a label before it', `Webhook signing key: ${KEY_TEXT}`, KEY_TEXT, /name/],
    ['JSON around it', `{"signing_key": "${KEY_TEXT}"}`, KEY_TEXT, /name/],
    ['YAML', `signing_key: '${KEY_TEXT}'`, KEY_TEXT, /name/],
    ['other settings beside it', `CALENDLY_CLIENT_ID=abc\nCALENDLY_WEBHOOK_SIGNING_KEY=${KEY_TEXT}\nX=1`, KEY_TEXT, /name/],
    [String.raw`\n written after it`, `${KEY_TEXT}\\n`, KEY_TEXT, /written after/],
    ['a zero-width space in it', `${KEY_TEXT.slice(0, 10)}\u200b${KEY_TEXT.slice(10)}`, KEY_TEXT, /invisible/],
    ['a line break in it', `${KEY_TEXT.slice(0, 20)}\n${KEY_TEXT.slice(20)}`, KEY_TEXT, /line ends within/],
    ['hexadecimal', 'c0ffee00c0ffee00', Buffer.from('c0ffee00c0ffee00', 'hex'), /hex/],
    ['hexadecimal in quotes', '"c0ffee00c0ffee00"', Buffer.from('c0ffee00c0ffee00', 'hex'), /hex.*quotes/],
    ['base64', Buffer.from('a key of bytes').toString('base64'), 'a key of bytes', /base64/],
    ['base64url', KEY_TEXT, Buffer.from(KEY_TEXT, 'base64url'), /base64/],
    ['percent-encoding', encodeURIComponent('a/key+with=signs'), 'a/key+with=signs', /percent/],
  ])('a key with %s', (_what, text, signedWith, hint) => {
    const keys = [{ ...GIVEN_KEY, key: new Secret(text) }]
    expect(verdictOf({ keys, header: sign(RAW_BODY, signedWith) })).toEqual({
      reason: 'key_encoding',
      hint: expect.stringMatching(hint),
      key: 'given',
    })
  })

  test('a key that was read from UTF-16', () => {
    expect(verdictOf({ keys: [{ ...GIVEN_KEY, readAs: 'UTF-16' }] })).toEqual({
      reason: 'key_encoding',
      hint: expect.stringContaining('UTF-16'),
      key: 'given',
    })
  })

  test('neither key nor body as it should be: both are said', () => {
    const keys = [{ ...GIVEN_KEY, key: new Secret(`"${KEY_TEXT}"`) }]
    const both = /UTF-16.*quotes/
    expect(verdictOf({ keys, rawBody: utf16le(BODY_TEXT) })).toEqual({
      reason: 'body_encoding',
      hint: expect.stringMatching(both),
      key: 'given',
    })
  })
})

describe('verifyDelivery says wrong_key, and what is odd, of', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['a body cut at 1,024 bytes (a log line)', RAW_BODY.subarray(0, 1024), /cut off.*1024/],
    ['a body cut anywhere', BODY_TEXT.slice(0, 700), /cut off/],
    ['an empty body (the stream was read before)', '', /empty/],
    [
      'a body whose bytes were replaced',
      RAW_BODY.toString('ascii')
        .replaceAll(/[\u0080-\uffff]/g, '\uFFFD')
        .replaceAll('C', '\uFFFD'),
      /another encoding/,
    ],
    ['a body without quotes (a shell)', BODY_TEXT.replaceAll('"', ''), /lost its quotes/],
    ['a printed object (util.inspect)', "{ 'event': 'invitee.created' }", /printed object/],
    ['[object Object]', '[object Object]', /object Object/],
    ['the payload alone', JSON.stringify({ uri: 'u', email: 'e' }), /payload alone/],
    ['a list', '[]', /not an object/],
    ['a whole request', JSON.stringify({ headers: {}, body: BODY_TEXT }), /whole request/],
    ['jsonb of a changed body', jsonb({ ...(parsed as object), event: 'invitee.canceled' }), /jsonb/],
    [
      'a changed and pretty-printed body',
      JSON.stringify({ ...(parsed as object), event: 'invitee.canceled' }, null, 2),
      /parsed and written again/,
    ],
    ['a changed body', BODY_TEXT.replace('created', 'canceled'), /another key/],
  ])('%s', (_what, mangled, hint) => {
    expect(verdictOf({ rawBody: Buffer.from(mangled) })).toEqual({ reason: 'wrong_key', hint: expect.stringMatching(hint), key: null })
  })

  test('the signature in the place of the key', () => {
    const keys = [{ ...GIVEN_KEY, key: new Secret(HEADER) }]
    expect(verdictOf({ keys })).toEqual({ reason: 'wrong_key', hint: expect.stringMatching(/signature itself/), key: null })
  })
})

describe('pastedSignature() finds the value in', () => {
  test.each([
    ['the value', HEADER],
    ['the whole header line', `Calendly-Webhook-Signature: ${HEADER}`],
    ['a header in small letters', `calendly-webhook-signature: ${HEADER}`],
    ['a header without a space', `Calendly-Webhook-Signature:${HEADER}`],
    ['quotes', `"${HEADER}"`],
    ['single quotes', `'${HEADER}'`],
    ['JSON', `"calendly-webhook-signature": "${HEADER}",`],
    ['PHP', `'HTTP_CALENDLY_WEBHOOK_SIGNATURE' => '${HEADER}',`],
    ['an environment', `HTTP_CALENDLY_WEBHOOK_SIGNATURE=${HEADER}`],
    ['curl -v', `> Calendly-Webhook-Signature: ${HEADER}`],
    ["curl's argument", `-H 'Calendly-Webhook-Signature: ${HEADER}'`],
    ['a terminal that broke the line', `Calendly-Webhook-Signature: ${HEADER.slice(0, 40)}\n${HEADER.slice(40)}\n`],
    ['white space', `  ${HEADER}\r\n`],
  ])('%s', (_what, pasted) => {
    expect(pastedSignature(pasted)).toBe(HEADER)
  })
})

describe('malformedHint() names', () => {
  test.each([
    ['an ellipsis', `t=${SIGNED_AT},v1=05e2…`, /shortened/],
    ['capitals', HEADER.toUpperCase().replace('T=', 't=').replace('V1=', 'v1='), /capitals/],
    ['a cut', HEADER.slice(0, -3), /cut off/],
    ['a missing digest', `t=${SIGNED_AT}`, /cut off/],
    ['a missing beginning', HEADER.slice(HEADER.indexOf('v1')), /beginning/],
    ['a digest alone', HEADER.slice(-64), /digest alone/],
    ['two headers joined', `${HEADER}, ${HEADER}`, /two signatures/],
    ['the signing key', KEY_TEXT, /signing key/],
    ['anything else', 'a=b', /malformed/],
    ['something endless', 'x'.repeat(10_000), /longer/],
  ])('%s', (_what, header, hint) => {
    expect(malformedHint(header)).toMatch(hint)
  })
})
