// What the search finds, in whose name, and where it ends.

import { createHmac } from 'node:crypto'

import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/secrets/secret.ts'
import { explainMismatch, type DiagnosisInput, type Recipe } from '../../../src/core/signature/diagnosis.ts'

const KEEP = 'keep the raw bytes as they were received'
const KEY = 'k!'
const BODY = '{"b":"é"}'

type Input = DiagnosisInput<{ readonly key: Secret }>

function explain(received: string | Buffer, signed: string | Buffer, differing: Partial<Input> & { readonly signedWith?: string } = {}) {
  const { signedWith = KEY, ...others } = differing
  const digest = createHmac('sha256', signedWith).update('17.').update(signed).digest()
  return explainMismatch({
    rawBody: Buffer.from(received),
    keys: [{ key: new Secret(KEY) }],
    signature: { timestamp: '17', seconds: 17, digests: [digest] },
    matches: (one, { digests }) => digests.some((other) => Buffer.from(other).equals(one)),
    inflate: () => null,
    likely: [],
    thorough: true,
    ...others,
  })
}

const told = (...given: Parameters<typeof explain>) => {
  const found = explain(...given)
  return found === null ? null : [found.reason, found.hint]
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each<[string, string, string, readonly [string, string]]>([
  ['a change', `${BODY}\n`, BODY, ['re_serialized_body', `A trailing newline was added: ${KEEP}`]],
  [
    'a form',
    '{ "b": "é" }',
    BODY,
    ['re_serialized_body', `The body was parsed and written again; what was signed is compact JSON: ${KEEP}`],
  ],
  [
    'a form with a newline that was signed',
    '{ "b": "é" }',
    `${BODY}\n`,
    ['re_serialized_body', `The body was parsed and written again; what was signed is compact JSON, with a trailing newline: ${KEEP}`],
  ],
  [
    'a form behind a BOM',
    '\uFEFF{ "b": "é" }',
    BODY,
    ['re_serialized_body', `The body was parsed and written again; what was signed is compact JSON: ${KEEP}`],
  ],
  ['a layer', base64(BODY), BODY, ['body_encoding', `The body is in base64: ${KEEP}`]],
  [
    'two layers',
    base64(JSON.stringify(BODY)),
    BODY,
    ['body_encoding', `The body is in base64, within a JSON string that holds the body: ${KEEP}`],
  ],
  ['a change within a layer', base64(`${BODY}\n`), BODY, ['body_encoding', `The body is in base64. A trailing newline was added: ${KEEP}`]],
  [
    'a form within a layer',
    base64('{ "b": "é" }'),
    BODY,
    ['body_encoding', `The body is in base64. The body was parsed and written again; what was signed is compact JSON: ${KEEP}`],
  ],
  [
    'three layers',
    base64(base64(base64(BODY))),
    BODY,
    ['body_encoding', `The body is in base64, within in base64, within in base64: ${KEEP}`],
  ],
])('explainMismatch tells %s', (_what, received, signed, expected) => {
  expect(told(received, signed)).toEqual(expected)
})

test.each([
  ['four layers', base64(base64(base64(base64(BODY)))), BODY],
  ['another body', '{"c":1}', BODY],
  ['no JSON', 'x', BODY],
  ['nothing', '', BODY],
])('explainMismatch finds no cause in %s', (_what, received, signed) => {
  expect(explain(received, signed)).toBe(null)
})

test('explainMismatch says what is wrong with the key, alone and beside what is wrong with the body', () => {
  const keys = [{ key: new Secret('other!') }, { key: new Secret(`"${KEY}"`) }]
  const hint = 'The key matches without the quotes around it'
  const alone = explain(BODY, BODY, { keys })
  expect(alone).toEqual({ reason: 'key_encoding', key: keys[1], hint, recipe: { layers: [], change: null, form: null } })
  expect(told(`${BODY}\n`, BODY, { keys })).toEqual(['re_serialized_body', `A trailing newline was added: ${KEEP}. ${hint}`])
  expect(told(base64(BODY), BODY, { keys })).toEqual(['body_encoding', `The body is in base64: ${KEEP}. ${hint}`])
})

test('explainMismatch prefers the key as it stands to one that must be spelled otherwise', () => {
  const [spelled, plain] = [{ key: new Secret(`"${KEY}"`) }, { key: new Secret(KEY) }]
  expect(explain(base64(BODY), BODY, { keys: [spelled, plain] })?.key).toBe(plain)
})

const others = (count: number) => Array.from({ length: count }, (_, n) => ({ key: new Secret(`other ${n}!`) }))

test('explainMismatch tries the first 50 keys on every body, and the first 8 in every spelling', () => {
  const [plain, quoted] = [{ key: new Secret(KEY) }, { key: new Secret(`"${KEY}"`) }]
  const foundBehind = (count: number, key: { readonly key: Secret }, received: string) =>
    explain(received, BODY, { keys: [...others(count), key] })?.key === key
  expect([49, 50].map((count) => foundBehind(count, plain, `${BODY}\n`))).toEqual([true, false])
  expect([7, 8].map((count) => foundBehind(count, quoted, BODY))).toEqual([true, false])
})

test('explainMismatch tries what explained others first, and alone when it is told to', () => {
  const recipeOf = (received: string): Recipe => {
    const recipe = explain(received, BODY)?.recipe
    if (recipe === undefined) throw new Error('It is explained')
    return recipe
  }
  const [newline, wrapped] = [recipeOf(`${BODY}\n`), recipeOf(base64(BODY))]
  const keys = [{ key: new Secret(`"${KEY}"`) }]
  const only = (received: string, likely: readonly Recipe[], more: Partial<Input> = {}) =>
    told(received, BODY, { likely, thorough: false, ...more })?.[0] ?? null
  expect([only(`${BODY}\n`, []), only(`${BODY}\n`, [wrapped]), only(`${BODY}\n`, [wrapped, newline])]).toEqual([
    null,
    null,
    're_serialized_body',
  ])
  expect([only(base64(BODY), [newline]), only(base64(BODY), [newline, wrapped])]).toEqual([null, 'body_encoding'])
  expect([only(`${BODY}\n`, [newline], { keys }), only(BODY, [], { keys })]).toEqual(['re_serialized_body', null])
  const asItIs = explain(BODY, BODY, { keys })?.recipe
  expect(only(BODY, asItIs === undefined ? [] : [asItIs], { keys })).toBe('key_encoding')
})

test('explainMismatch hands the compression to who can undo it', () => {
  const inflate = (bytes: Uint8Array) => (Buffer.from(bytes).toString() === 'zipped' ? Buffer.from(BODY) : null)
  expect(told('zipped', BODY, { inflate })).toEqual(['body_encoding', `The body is compressed (gzip): ${KEEP}`])
  expect(told(base64('zipped'), BODY, { inflate })).toEqual(['body_encoding', `The body is in base64, within compressed (gzip): ${KEEP}`])
})
