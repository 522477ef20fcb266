import { expect, test } from 'vitest'

import { suspectBody } from '../../../src/core/signature/suspicion.ts'

const CUT = (bytes: number, common: boolean) =>
  `The body is cut off: its JSON does not end. It has ${bytes} bytes${common ? ', which is where many columns and logs cut' : ''}. Keep the whole of it`
const EMPTY = 'The body is empty: it was read before it was kept, or not at all'
const LOST = 'Bytes of the body were lost: it was decoded as text of another encoding. Keep the raw bytes'
const QUOTES = 'The body lost its quotes, as a shell does with an argument that is not quoted: pass the file itself'
const PRINTED = 'The body is a printed object, not JSON: it was parsed and printed. Keep the raw bytes'
const OBJECT = 'The body is “[object Object]”: an object was turned into text. Keep the raw bytes'
const OTHER = 'The body is not an object, as every delivery of Calendly is: it was changed before it was kept'
const REQUEST = 'The body looks like a whole request with headers: pass it without --signature, so that it is read as a capture'
const PART = 'The body has no “event”: it is a part of a delivery. Keep all of it'
const PAYLOAD = 'The body is the payload alone, without the delivery around it. Keep all of it'
const JSONB =
  'The JSON was re-written by PostgreSQL (jsonb orders keys by length): its bytes are not what was signed. Keep the raw text in a text or bytea column'
const SPACED =
  'The JSON was parsed and written again: Calendly sends it without white space. Its bytes are not what was signed: keep the raw body'

test.each<[string, string | null]>([
  ['', EMPTY],
  ['{"event":"\uFFFD"}', LOST],
  ['{"event":"e"', CUT(12, false)],
  [' ["a"', CUT(5, false)],
  ['{"a":"'.padEnd(255, 'x'), CUT(255, true)],
  ['{"a":"'.padEnd(254, 'x'), CUT(254, false)],
  ['{event:invitee.created}', QUOTES],
  [' { event: x } ', QUOTES],
  ["{'event':1}", PRINTED],
  [" { 'event': 1 } ", PRINTED],
  ['{"a":1,}', null],
  ['{"a":1] \n', null],
  ['x{event:1}', null],
  ["x{'event':1}", null],
  ['event={"a":1', null],
  ['x [object Object]', OBJECT],
  ['hello', null],
  ['[]', OTHER],
  ['"x"', OTHER],
  [' 7 ', OTHER],
  ['{"body":"","headers":{}}', REQUEST],
  ['{"body":""}', null],
  ['{"headers":{}}', null],
  ['{"payload":{}}', PART],
  ['{"event":"e","payload":{}}', null],
  ['{"uri":"u","email":"e"}', PAYLOAD],
  [String.raw`{"\u0075ri":"u","email":"e"}`, PAYLOAD],
  ['{"uri":"u"}', null],
  ['{"email":"e"}', null],
  ['{"event":"e","uri":"u","email":"e","payload":{}}', null],
  ['{"b":1,"aa":2}', JSONB],
  ['{"x":[{"b":1,"aa":2}]}', JSONB],
  ['{"b":1,"aa":{"d":1,"cc":2}}', JSONB],
  ['{"b":1,"aa":{"cc":2,"d":1}}', null],
  ['{"b":1,"aa":[{"cc":2,"d":1}]}', null],
  ['{"a":1,"bb":2}', null],
  ['{"aa":1,"ab":2,"b":3}', null],
  ['{"é":1,"aaa":2}', JSONB],
  ['{"b":1,"a":2}', null],
  ['{"a": 1}', SPACED],
  ['{"a" :1}', SPACED],
  ['{"a":[ 1]}', SPACED],
  ['{"a":[1,[ ]]}', SPACED],
  ['{"a":{"b": 1}}', SPACED],
  ['{"a":[{"b": 1}]}', SPACED],
  ['{"a":"b : [ c"}', null],
  ['  {"a":1}\n', null],
])('suspectBody of %j', (text, hint) => {
  expect(suspectBody(Buffer.from(text))).toBe(hint)
})

test('suspectBody looks at a body in a view of a larger buffer, and at none beyond 4 MiB', () => {
  expect(suspectBody(Buffer.from('xx[]xx').subarray(2, 4))).toBe(OTHER)
  const list = (length: number) => Buffer.from('[]'.padEnd(length))
  expect([suspectBody(list(4 * 1024 * 1024)), suspectBody(list(4 * 1024 * 1024 + 1))]).toEqual([OTHER, null])
})
