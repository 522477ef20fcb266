// What each layer takes off, and what it leaves alone.

import { expect, test } from 'vitest'

import { BODY_LAYERS, fromChunks, fromUtf16 } from '../../../src/core/signature/body-layers.ts'

/** The body inside, as text; null where the layer is not there. */
function inside(says: string, bytes: string | Buffer): string | null {
  const layer = BODY_LAYERS.find((one) => one.says.includes(says))
  const inner = layer?.unwrap(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'utf8'), () => null)
  return inner?.toString('utf8') ?? null
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

test.each<[string, Buffer, string | null]>([
  ['little-endian with its mark', Buffer.from('\uFEFF{é}', 'utf16le'), '{é}'],
  ['big-endian with its mark', utf16be('\uFEFF{é}'), '{é}'],
  ['little-endian without a mark', Buffer.from('{é', 'utf16le'), '{é'],
  ['big-endian without a mark', utf16be('{é'), '{é'],
  ['big-endian with a byte too many', Buffer.concat([utf16be('{é'), Buffer.from([0])]), '{é'],
  ['one character', Buffer.from('{', 'utf16le'), null],
  ['three bytes', Buffer.from([0x7b, 0, 0x7d]), null],
  ['text that is no UTF-16', Buffer.from('{"a":1}'), null],
  ['half a mark, little-endian', Buffer.from([0xff, 0x7b, 0, 0x7d]), null],
  ['half a mark, big-endian', Buffer.from([0xfe, 0x7b, 0, 0x7d]), null],
  ['marks the wrong way round', Buffer.from([0x7b, 0xff, 0x7d, 0xfe]), null],
  ['zeros', Buffer.alloc(8), null],
  ['a zero at one place only, the second', Buffer.from([0x7b, 0, 0x7d, 0x7d]), null],
  ['a zero at one place only, the first', Buffer.from([0, 0x7b, 0x7d, 0x7d]), null],
  ['zeros at three places, the second counted', Buffer.from([0x7b, 0, 0, 0]), null],
  ['zeros at three places, the first counted', Buffer.from([0, 0x7b, 0, 0]), null],
])('fromUtf16 of %s', (_what, bytes, text) => {
  expect(fromUtf16(bytes)?.toString('utf8') ?? null).toBe(text)
})

test.each<[string, string | null]>([
  ['3\r\nabc\r\n0\r\n\r\n', 'abc'],
  ['3\nabc\n0\n\n', 'abc'],
  ['3\r\nabc2\r\nde0\r\n', null],
  ['3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\n', 'abc0123456789'],
  ['0\r\n\r\n', ''],
  ['3\r\nabc\r\n', null],
  ['3\r\nabc', null],
  ['4\r\nabc', null],
  ['9\r\nabc\r\n0\r\n', null],
  ['3\r\nabcX\r\n0\r\n', null],
  ['x3\r\nabc\r\n0\r\n', null],
  ['', null],
])('fromChunks of %j', (text, body) => {
  expect(fromChunks(Buffer.from(text))?.toString('utf8') ?? null).toBe(body)
})

test('fromChunks takes 20,000 chunks and no more', () => {
  const chunks = (count: number) => Buffer.from(`${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`)
  expect([fromChunks(chunks(19_999))?.length, fromChunks(chunks(20_001))]).toEqual([19_999, null])
})

test.each<[string, string, string | null]>([
  ['in base64', 'eyJhIjoxfQ==', '{"a":1}'],
  ['in base64', ' eyJh\nIjox\r\nfQ== ', '{"a":1}'],
  ['in base64', 'data:application/json;charset=utf-8;base64,eyJhIjoxfQ==', '{"a":1}'],
  ['in base64', '  data:,eyJhIjoxfQ', '{"a":1}'],
  ['in base64', 'eyJhIjo', null],
  ['in base64', 'eyJhIjox', '{"a":1'],
  ['in base64', 'Pj4-Pz8_', '>>>???'],
  ['in base64', 'Pj4+Pz8/', '>>>???'],
  ['in base64', 'Pj4-Pz8/', null],
  ['in base64', '{"a":1,"b":2}', null],
  ['in base64', 'eyJhIjoxfQ==x', null],
  ['in base64', '!eyJhIjoxfQ==', null],
  ['in hexadecimal', '7b7d', '{}'],
  ['in hexadecimal', '7B 7D', '{}'],
  ['in hexadecimal', '7b:7d\n', '{}'],
  ['in hexadecimal', String.raw`\x7b7d`, '{}'],
  ['in hexadecimal', '0x7b7d', '{}'],
  ['in hexadecimal', "X'7b7d'", '{}'],
  ['in hexadecimal', '7b', null],
  ['in hexadecimal', '7b7', null],
  ['in hexadecimal', '7b7d7', null],
  ['in hexadecimal', '7b7dx', null],
  ['in hexadecimal', 'x7b7d', null],
  ['in hexadecimal', '7b0x7d', null],
  ['a JSON string', String.raw`"{\"a\":1}"`, '{"a":1}'],
  ['a JSON string', String.raw` {\"a\":1} `, '{"a":1}'],
  ['a JSON string', '{"a":1}', null],
  ['a JSON string', '"a', null],
  ['a JSON string', '["a"]', null],
  ['in quotes', `'{"a":1}'`, '{"a":1}'],
  ['in quotes', ' `{}` ', '{}'],
  ['in quotes', '"{""a"":1}"', '{"a":1}'],
  ['in quotes', `''`, null],
  ['in quotes', `'a'`, 'a'],
  ['in quotes', `'{}"`, null],
  ['in quotes', '{}', null],
  ['in quotes', 'x{}x', null],
  ['Python', String.raw`b'\x7b\'a\'\n\r\t\\\q}'`, `{'a'\n\r\t\\q}`],
  ['Python', String.raw` b"\X7b}" `, '{}'],
  ['Python', `b''`, ''],
  ['Python', `b'`, null],
  ['Python', `b'{}"`, null],
  ['Python', `'{}'`, null],
  ['Python', `ab'{}'`, null],
  ['a Buffer as JSON', '{"type":"Buffer","data":[123,125]}', '{}'],
  ['a Buffer as JSON', ' { "type" : "Buffer", "data": [ 123, 125 ] }', '{}'],
  ['a Buffer as JSON', '{"type":"Buffer","data":"{}"}', null],
  ['a Buffer as JSON', '{"type":"Buffer"}', null],
  ['a Buffer as JSON', '{"type":"Buffer",', null],
  ['a Buffer as JSON', '{"data":[123],"type":"Buffer"}', null],
  ['a Buffer as JSON', 'x{"type":"Buffer","data":[123]}', null],
  ['percent-encoded', '%7B%22a%22%3A1%7D', '{"a":1}'],
  ['percent-encoded', 'payload=%7b%22a+b%22%3a1%7d', '{"a b":1}'],
  ['percent-encoded', ' %7B%C3%A9%7D ', '{é}'],
  ['percent-encoded', '{"a":"%7b"}', null],
  ['percent-encoded', 'a&b=%7b%7d', null],
  ['percent-encoded', `${'x'.repeat(41)}=%7b%7d`, null],
  ['percent-encoded', '%7b=%7b%7d', '{={}'],
  ['HTML', '{&quot;a&quot;:&lt;&gt;&amp;&apos;&#39;&#x27;&AMP;}', `{"a":<>&'''&}`],
  ['HTML', '{&#34;a&#x22;}', '{"a"}'],
  ['HTML', '&quot;&#128512;&#x1f600;', '"😀😀'],
  ['HTML', '&quot;&#999999;&nbsp;', '"\u{F423F}&nbsp;'],
  ['HTML', '{"a":"&lt;"}', null],
  ['read as Latin-1', '{"a":"Ã©"}', '{"a":"é"}'],
  ['read as Latin-1', '{"a":"é€"}', null],
  ['read as Latin-1', '{"a":"e"}', null],
  ['read as Windows-1252', '{"a":"â‚¬ Ãœ"}', '{"a":"€ Ü"}'],
  ['read as Windows-1252', '{"a":"Ã©"}', '{"a":"é"}'],
  ['read as Windows-1252', '{"a":"Ł"}', null],
  ['read as Windows-1252', '{"a":"e"}', null],
])('%s: the layer around %j', (says, text, body) => {
  expect(inside(says, text)).toBe(body)
})

test('the layer of Latin-1 turns what is no ASCII into UTF-8, and leaves ASCII alone', () => {
  expect([inside('in Latin-1 instead', Buffer.from('{é}', 'latin1')), inside('in Latin-1 instead', '{}')]).toEqual(['{é}', null])
})

test('the layer of a compression takes what its inflate gives, in a view of a larger buffer as well', () => {
  const [gzip] = BODY_LAYERS.filter(({ says }) => says.includes('gzip'))
  const inner = gzip?.unwrap(Buffer.from('x'), () => new Uint8Array(Buffer.from('[{}]')).subarray(1, 3))
  expect([inner?.toString(), gzip?.unwrap(Buffer.from('x'), () => null)]).toEqual(['{}', null])
})
