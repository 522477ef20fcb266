import { expect, test } from 'vitest'

import { baselineText, newSince, parseBaseline } from '../../../src/core/audit/baseline.ts'

const duplicate = { code: 'DUPLICATE' as const, uris: ['b', 'c', 'a'], message: 'two of one', owner: 'ada@example.com' }
const absent = { code: 'DRIFT' as const, uris: [], message: 'acme has none' }

test('baselineText writes code, sorted URIs and message of each finding, and nothing else of it', () => {
  expect(baselineText([duplicate, absent])).toBe(`{
  "version": 1,
  "findings": [
    {
      "code": "DUPLICATE",
      "uris": [
        "a",
        "b",
        "c"
      ],
      "message": "two of one"
    },
    {
      "code": "DRIFT",
      "uris": [],
      "message": "acme has none"
    }
  ]
}
`)
})

test('parseBaseline reads what baselineText wrote', () => {
  expect(parseBaseline(baselineText([duplicate, absent]), 'accepted.json')).toEqual({
    findings: [{ code: 'DUPLICATE', uris: ['a', 'b', 'c'], message: 'two of one' }, absent],
  })
  expect(parseBaseline(baselineText([]), 'accepted.json')).toEqual({ findings: [] })
})

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['a text', '"version"'],
  ['a list', '[]'],
  ['no version', '{"findings":[]}'],
  ['another version', '{"version":2,"findings":[]}'],
  ['no findings', '{"version":1}'],
  ['findings that are no list', '{"version":1,"findings":{"length":0}}'],
  ['a finding that is null', '{"version":1,"findings":[null]}'],
  ['a finding that is a text', '{"version":1,"findings":["DRIFT"]}'],
  ['one finding that is right and one that is not', '{"version":1,"findings":[{"code":"DRIFT","message":"m","uris":[]},{}]}'],
  ['a finding without a code', '{"version":1,"findings":[{"message":"m","uris":[]}]}'],
  ['a finding without a message', '{"version":1,"findings":[{"code":"DRIFT","uris":[]}]}'],
  ['a finding without URIs', '{"version":1,"findings":[{"code":"DRIFT","message":"m"}]}'],
  ['URIs that are no list', '{"version":1,"findings":[{"code":"DRIFT","message":"m","uris":"u"}]}'],
  ['one URI that is a text and one that is a number', '{"version":1,"findings":[{"code":"DRIFT","message":"m","uris":["u",7]}]}'],
])('parseBaseline refuses %s', (_what, text) => {
  expect(() => parseBaseline(text, 'accepted.json')).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: 'accepted.json is no baseline of an audit',
      hint: 'Write one with --write-baseline FILE',
    }),
  )
})

test('newSince leaves out what the baseline names under the same code, whatever the message says by now', () => {
  const baseline = parseBaseline(baselineText([duplicate, absent]), 'accepted.json')
  const retrying = { code: 'RETRYING' as const, uris: ['a'], message: '3 hours left' }
  const grown = { code: 'DUPLICATE' as const, uris: ['a', 'd'], message: 'two of one' }
  const fewer = { code: 'DUPLICATE' as const, uris: ['c'], message: 'one of one' }
  const other = { ...absent, message: 'kim has none' }
  expect(newSince([duplicate, absent, retrying, grown, fewer, other], baseline)).toEqual([retrying, grown, other])
})
