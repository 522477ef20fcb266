// An archive read for sending its deliveries again: every header, the bytes, the time, and the number of each line.

import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readRecorded } from '../../../src/adapters/captures/recorded.ts'

async function recordedIn(...content: readonly (string | Uint8Array)[]) {
  const deliveries = []
  for await (const one of readRecorded('-', Readable.from(content.map((chunk) => Buffer.from(chunk))), undefined)) deliveries.push(one)
  return deliveries.map(({ line, recorded }) => [line, recorded && { ...recorded, rawBody: Buffer.from(recorded.rawBody).toString() }])
}

const entry = (differing: object = {}) =>
  JSON.stringify({ received_at: '2026-01-02T03:04:05Z', headers: { a: 'x', b: ['y', 'z'] }, body: '{"one":1}', ...differing })
const AT = Date.UTC(2026, 0, 2, 3, 4, 5)
const HEADERS = [
  ['a', 'x'],
  ['b', 'y'],
  ['b', 'z'],
]
const whole = { headers: HEADERS, rawBody: '{"one":1}', receivedAtMs: AT }

test('readRecorded() numbers lines as they stand, blank ones too, and says which hold nothing', async () => {
  const other = entry({ body_base64: Buffer.from('{"two":2}').toString('base64'), body: undefined })
  expect(await recordedIn(`\uFEFF${entry()}\n\n  \nnonsense\n{"a":1}\n[]\r\n${other}`)).toEqual([
    [1, whole],
    [4, null],
    [5, null],
    [6, null],
    [7, { ...whole, rawBody: '{"two":2}' }],
  ])
})

test.each<[string, string, readonly (readonly [string, string])[]]>([
  [
    'pairs',
    '[["A","1"],["a","2"]]',
    [
      ['A', '1'],
      ['a', '2'],
    ],
  ],
  [
    'names and values',
    '[{"name":"A","value":"1"},{"name":"B","value":"2"}]',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  [
    'what is none among them',
    '[["A","1"],null,["B"],{"name":"C"},[1,"x"],["D","4"]]',
    [
      ['A', '1'],
      ['D', '4'],
    ],
  ],
  [
    'an object with numbers in it',
    '{"A":1,"B":["2",3],"C":"4"}',
    [
      ['B', '2'],
      ['C', '4'],
    ],
  ],
  ['none', '{}', []],
])('readRecorded() takes headers that are %s, in their order', async (_what, headers, found) => {
  const text = entry({ headers: 'HEADERS' }).replace('"HEADERS"', headers)
  expect(await recordedIn(text)).toEqual([[1, { ...whole, headers: found }]])
})

test.each([
  ['a time of another zone', '2026-01-02T04:04:05+01:00', AT],
  ['no time', 'yesterday', null],
  ['a number', 1_700_000_000, null],
])('readRecorded() takes %s for when it was received', async (_what, received_at, receivedAtMs) => {
  expect(await recordedIn(entry({ received_at }))).toEqual([[1, { ...whole, receivedAtMs }]])
})

test('readRecorded() reads a packed archive, however it comes in pieces', async () => {
  const packed = gzipSync(`${entry()}\n${entry({ body: '{"two":2}' })}\n`)
  const found = [
    [1, whole],
    [2, { ...whole, rawBody: '{"two":2}' }],
  ]
  expect(await recordedIn(packed)).toEqual(found)
  expect(await recordedIn(...Array.from(packed, (byte) => Uint8Array.of(byte)))).toEqual(found)
})

test('readRecorded() reads a line that is longer than what it looks at first', async () => {
  const body = JSON.stringify({ long: 'x'.repeat(200_000) })
  expect(await recordedIn(`${entry({ body })}\n${entry()}`)).toEqual([
    [1, { ...whole, rawBody: body }],
    [2, whole],
  ])
})
