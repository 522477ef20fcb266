import { expect, test } from 'vitest'
import { SecretRegistry } from '../../../src/core/secrets/registry.ts'

const SECRET = 'qW3rty-uIop_0123456789'
const redact = (secrets: readonly string[], text: string) => new SecretRegistry(secrets).redact(text)
const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex')
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')

test('SecretRegistry knows secrets of six characters and more', () => {
  expect(redact(['abc12', 'abc345'], 'abc12 abc345')).toBe('abc12 [secret]')
})

test('SecretRegistry without a secret that it could know leaves every text as it is', () => {
  expect([redact([], SECRET), redact(['short'], `${SECRET} short`), redact([SECRET], '')]).toEqual([SECRET, `${SECRET} short`, ''])
})

test('SecretRegistry masks the beginning of a secret from eight characters on, at the end of a text only', () => {
  const [seven, eight] = [SECRET.slice(0, 7), SECRET.slice(0, 8)]
  expect([seven, eight, `${eight} `, `${eight}x`].map((end) => redact([SECRET], `is ${end}`))).toEqual([
    `is ${seven}`,
    'is [secret]',
    `is ${eight} `,
    `is ${eight}x`,
  ])
  expect([redact(['abcdef'], 'is abcdef'), redact(['abcdef'], 'is abcde')]).toEqual(['is [secret]', 'is abcde'])
})

test('SecretRegistry tells a secret from what begins, or ends, like it', () => {
  const near = [
    `${SECRET.slice(0, -1)}x end`,
    `x${SECRET.slice(1)} end`,
    `${SECRET.slice(0, 4)} end`,
    `${SECRET.slice(0, 8)} ${SECRET.slice(8)} end`,
  ]
  for (const text of near) expect(redact([SECRET], text)).toBe(text)
})

test('SecretRegistry compares 48 characters of a longer secret, and masks with them what follows without a gap', () => {
  const exact = `${SECRET}${'x'.repeat(48 - SECRET.length)}`
  expect([exact, `${exact}y`].map((secret) => redact([secret], `<${secret}and-more, and more>`))).toEqual([
    '<[secret]and-more, and more>',
    '<[secret], and more>',
  ])
  const long = `${exact}${'y'.repeat(60)}`
  expect(redact([long], `${long} ${long}.${long}~%41+/=\\${long}!`)).toBe('[secret] [secret]!')
  expect(redact([long], `cut ${long.slice(0, 20)}`)).toBe('cut [secret]')
})

test('SecretRegistry masks hexadecimal digits that stand apart, and what is cut off of them', () => {
  const pairs = hex(SECRET).match(/../g) ?? []
  for (const separator of [':', ' ', '-']) {
    const text = pairs.join(separator)
    expect(redact([SECRET], `key ${text.toUpperCase()}.`)).toBe('key [secret].')
    expect(redact([SECRET], `key ${text.slice(0, 30)}`)).toBe('key [secret]')
  }
  expect(redact([SECRET], `key ${pairs.join(',')}.`)).toBe(`key ${pairs.join(',')}.`)
})

test('SecretRegistry masks a secret in base64 wherever it begins there, of six characters only where that leaves eight', () => {
  for (const before of ['', 'a', 'ab', 'abc']) {
    const shown = redact([SECRET], base64(`${before}${SECRET}${before}`))
    expect(shown).toContain('[secret]')
    expect(shown.length).toBeLessThan('[secret]'.length + 12)
  }
  expect(redact(['abcdef'], `${base64('abcdef')}.`)).toBe('[secret].')
  expect(redact(['abcdef'], `${base64('xabcdef')}.`)).toBe(`${base64('xabcdef')}.`)
})

test('SecretRegistry masks several secrets in the order in which they stand', () => {
  const other = 'zxcvbn-9876543210'
  expect(redact([SECRET, other], `1 ${hex(SECRET)} 2 ${other} 3 ${SECRET} 4 ${hex(other)} 5`)).toBe(
    '1 [secret] 2 [secret] 3 [secret] 4 [secret] 5',
  )
  expect(redact([SECRET, other], `${SECRET}${other}`)).toBe('[secret][secret]')
  const within = SECRET.slice(3, 12)
  expect(redact([within, SECRET], `${SECRET} ${within}`)).toBe('[secret] [secret]')
})

test('SecretRegistry forgets the one that was not seen for longest, and nothing that only begins like it', () => {
  const registry = new SecretRegistry(['pinned-secret'])
  registry.add('same-first', 'same-second')
  for (let index = 0; index < 62; index += 1) registry.add(`other-secret-${index}`, 'pinned-secret')
  const all = 'same-first same-second other-secret-0. pinned-secret'
  expect(registry.redact(all)).toBe('[secret] [secret] [secret]. [secret]')
  registry.add('other-secret-62')
  expect(registry.redact(all)).toBe('same-first [secret] [secret]. [secret]')
  expect(registry.redact(`${hex('same-first')} ${base64('same-first')} ${hex('same-second')}`)).toBe(
    `${hex('same-first')} ${base64('same-first')} [secret]`,
  )
  registry.add('same-second', 'same-first')
  expect(registry.redact(`${all} other-secret-1.`)).toBe('[secret] [secret] other-secret-0. [secret] [secret].')
})

test('SecretRegistry knows a secret that was forgotten again once it is seen again', () => {
  const registry = new SecretRegistry()
  registry.add(SECRET)
  for (let index = 0; index < 64; index += 1) registry.add(`other-secret-${index}.`)
  expect(registry.redact(SECRET)).toBe(SECRET)
  registry.add(SECRET)
  expect(registry.redact(SECRET)).toBe('[secret]')
})

test('SecretRegistry masks the backslash of a first character with it, so that JSON stays JSON', () => {
  const secret = '"quoted"-secret'
  const shown = redact([secret], JSON.stringify({ a: secret, b: 1 }))
  expect(JSON.parse(shown)).toEqual({ a: '[secret]', b: 1 })
})

test('SecretRegistry takes no place, and no form, for what is too short to be known', () => {
  const registry = new SecretRegistry()
  registry.add(SECRET)
  for (let index = 0; index < 100; index += 1) registry.add(`s${index}`)
  expect(registry.redact(`${SECRET} ${hex('s12')} s12`)).toBe(`[secret] ${hex('s12')} s12`)
})

test('SecretRegistry does not mask the few letters that an escaped secret comes down to', () => {
  expect(redact(['%61%62', '&amp;a'], 'ab &a a%62, and nothing else')).toBe('ab &a a%62, and nothing else')
})
