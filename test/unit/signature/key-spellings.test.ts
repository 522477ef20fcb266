import { expect, test } from 'vitest'

import { keySpellings } from '../../../src/core/signature/key-spellings.ts'

/** [text of the key, what has to be done] of each. */
const spellings = (text: string) => keySpellings(text).map(({ hint, key }) => [key.toString(), hint])
const values = (text: string) => keySpellings(text).map(({ key }) => Buffer.from(key).toString('utf8'))

test.each<[string, string, string | null]>([
  ['nothing around it', 'k!', null],
  ['a BOM', '\uFEFFk!', 'the byte order mark before it'],
  ['white space around it', ' k! \n', 'the white space around it'],
  ['a written line end', String.raw`k!\r\n`, String.raw`the \n written after it`],
  ['a name', 'KEY=k!', 'the name before it'],
  ['quotes', '"k!"', 'the quotes around it'],
  ['invisible characters', 'k\u200b!\u00ad', 'the invisible characters in it'],
  ['a tab within', 'k\t!', 'the space and line ends within it'],
  ['quotes around name and key', "'KEY=k!'", 'the quotes around it and the name before it'],
  ['quotes around a name and quotes', `'KEY="k!"'`, 'the quotes around it and the name before it'],
  ['all of it', ` export KEY = "k!" `, 'the white space around it and the name before it and the quotes around it'],
])('keySpellings finds a key with %s', (_what, text, undone) => {
  const found = spellings(text).filter(([key]) => key === 'k!')
  expect(found).toEqual(undone === null ? [] : [['k!', `The key matches without ${undone}`]])
})

test('keySpellings finds nothing in nothing', () => {
  expect(spellings('')).toEqual([])
})

test.each([
  ['set KEY=k!', 'k!'],
  ['const key = k!;', 'k!'],
  ['$env:KEY=k!', 'k!'],
  [`'key' => k!,`, 'k!'],
  ['key := k!', 'k!'],
  ['{ "signing_key": k! }', 'k!'],
  ['{"signing_key":k!};', 'k!'],
  ['my.webhook-key 2: k!', 'k!'],
  ['signing_key": k!', 'k!'],
])('keySpellings takes the name off %j', (text, key) => {
  expect(values(text)).toContain(key)
})

test.each(['1KEY=k!', '!KEY=k!', 'KEY==', 'KEY=', 'KEY= ', `${'K'.repeat(82)}=k!`, 'k! KEY=k'])(
  'keySpellings sees no name in %j',
  (text) => {
    expect(spellings(text).filter(([, hint]) => hint?.includes('the name'))).toEqual([])
  },
)

test.each([
  ["'k!'", true],
  ['`k!`', true],
  ['“k!”', true],
  ['‘k!’', true],
  ['<k!>', true],
  [`'k!"`, false],
  ['“k!“', false],
  ['(k!)', false],
  ['k!', false],
])('keySpellings takes the quotes off %j: %s', (text, isTaken) => {
  expect(spellings(text)).toEqual(isTaken ? [['k!', 'The key matches without the quotes around it']] : [])
})

test('keySpellings leaves two quotes alone, which are no key', () => {
  expect(spellings('""')).toEqual([])
})

test.each<[string, readonly (readonly [string, string])[]]>([
  [
    '6b21',
    [
      ['k!', 'hex'],
      ['\u00e9\u00bd\u00b5', 'base64'],
    ],
  ],
  [
    '6B21',
    [
      ['k!', 'hex'],
      ['\u00e8\u001d\u00b5', 'base64'],
    ],
  ],
  ['6b2', [['\u00e9\u00bd', 'base64']]],
  ['6b2!', []],
  ['!6b21', []],
  ['ayEh', [['k!!', 'base64']]],
  ['ayE=', [['k!', 'base64']]],
  ['YQ==', [['a', 'base64']]],
  ['ayE===', []],
  ['!ayE=', []],
  ['-_-_', [['\u00fb\u00ff\u00bf', 'base64']]],
  ['k%21', [['k!', 'percent-encoding']]],
  ['k%2', []],
  ['k%zz', []],
  ['k%21%', []],
  ['k%C3%A9%7A', [['k\u00c3\u00a9z', 'percent-encoding']]],
])('keySpellings decodes %s', (text, expected) => {
  expect(keySpellings(text).map(({ key, hint }) => [Buffer.from(key).toString('latin1'), hint])).toEqual(
    expected.map(([key, name]) => [key, `The key matches once it is decoded from ${name}`]),
  )
})

test('keySpellings says both where a key must be cleaned and decoded', () => {
  expect(spellings('"k%21"')).toEqual([
    ['k%21', 'The key matches without the quotes around it'],
    ['"k!"', 'The key matches once it is decoded from percent-encoding'],
    ['k!', 'The key matches once it is decoded from percent-encoding and taken without the quotes around it'],
  ])
})

test('keySpellings gives each key once, by the first thing that has to be done', () => {
  const all = keySpellings(' "a1b2" \n "a1b2"').map(({ key }) => Buffer.from(key).toString('latin1'))
  expect(all.length).toBe(new Set(all).size)
})

test.each(['\n', '\r\n', '\r'])('keySpellings tries the lines of a file by themselves, up to 20 that are not blank (%j)', (end) => {
  const file = (count: number) => [...Array.from({ length: count }, (_, n) => `S${n}!`), '', 'KEY=k!'].join(end)
  expect([values(file(19)).includes('k!'), values(file(20)).includes('k!')]).toEqual([true, false])
  expect(spellings('k!').length).toBe(0)
  expect(spellings(`${end}k!${end}`)).toEqual([['k!', 'The key matches without the white space around it']])
})
