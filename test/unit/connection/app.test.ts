import { describe, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { reportThrownBy } from '../../support/shown.ts'
import { checkApp, chooseApp, findApp, labelOf, setCommand, type KnownApps, type OAuthApp } from '../../../src/core/connection/app.ts'

const app = (clientId: string, name: string | null = null): OAuthApp => ({ clientId, name, kind: 'native', clientSecret: null })
const [a, b, env] = [app('aaaa', 'Staging'), app('bbbb'), app('eeee')]
const none: KnownApps = { environment: null, stored: [] }
const one: KnownApps = { environment: null, stored: [a] }
const two: KnownApps = { environment: null, stored: [a, b] }
const all: KnownApps = { environment: env, stored: [a, b] }

test.each([
  ['the only one', one, {}, a, 'store'],
  ['the only one, for tokens of an unknown app', one, { issuedTo: 'zzzz' }, a, 'store'],
  ['the one that tokens were issued to', two, { issuedTo: 'bbbb' }, b, 'store'],
  ['the one that was authorized before', two, { before: 'bbbb' }, b, 'store'],
  ['the one that is named', two, { named: 'STAGING' }, a, 'store'],
  ['the one named by a prefix of its id', two, { named: 'bb' }, b, 'store'],
  ["the environment's", all, {}, env, 'environment'],
  ["the environment's, whatever was before", all, { before: 'aaaa' }, env, 'environment'],
  ["the environment's, for tokens of an unknown app", all, { issuedTo: 'zzzz' }, env, 'environment'],
  ["the environment's, for its own tokens", all, { issuedTo: 'eeee' }, env, 'environment'],
  ['the kept one, for its tokens', all, { issuedTo: 'aaaa' }, a, 'store'],
  ['the named one, beside the environment', all, { named: 'staging' }, a, 'store'],
  ["the environment's by its id", all, { named: 'eeee' }, env, 'environment'],
  ["the environment's, of two with one id", { environment: a, stored: [a] }, { issuedTo: 'aaaa' }, a, 'environment'],
] as const)('chooseApp takes %s', (_, known, wanted, chosen, from) => {
  expect(chooseApp(known, wanted)).toEqual({ app: chosen, from })
})

test.each([
  ['none is known', none, {}, 'CALENDLY_CLIENT_ID is not set, and no OAuth app is kept here to connect with'],
  ['none is known, of some tokens', none, { issuedTo: 'zzzz' }, 'The OAuth app zzzz, which the tokens were issued to, is not known here'],
  ['several are kept', two, {}, '2 OAuth apps are kept here, and none was named'],
  [
    'several are kept, of tokens of another',
    two,
    { issuedTo: 'zzzz' },
    'The OAuth app zzzz, which the tokens were issued to, is not known here',
  ],
  ['the named one is not there', two, { named: 'cccc' }, 'No OAuth app that is kept here is called cccc'],
] as const)('chooseApp refuses when %s', (_, known, wanted, message) => {
  expect(() => chooseApp(known, wanted)).toThrow(expect.objectContaining({ code: 'SETTING_MISSING', message }))
})

test('findApp refuses what fits several, and nothing at all', () => {
  const stored = [app('same-1'), app('same-2')]
  expect(() => findApp(stored, 'same')).toThrow(expect.objectContaining({ message: 'same fits several OAuth apps' }))
  expect(() => findApp(stored, ' ')).toThrow(expect.objectContaining({ code: 'SETTING_MISSING' }))
})

test('checkApp refuses a name that another app answers to', () => {
  for (const name of ['staging', 'BBBB'])
    expect(() => checkApp(app('cccc', name), [a, b])).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(() => checkApp(app('aaaa', 'staging'), [a, b])).not.toThrow()
  expect(() => checkApp(app('cccc', 'other'), [a, b])).not.toThrow()
})

describe('findApp()', () => {
  const apps = [
    { clientId: 'abc-1', name: 'Sales', kind: 'web', clientSecret: null },
    { clientId: 'abc-2', name: null, kind: 'native', clientSecret: null },
    { clientId: 'sales', name: 'Other', kind: 'web', clientSecret: null },
    { clientId: 'zzz', name: 'abc-2-old', kind: 'web', clientSecret: null },
  ] as const
  const none = (query: string) => ['SETTING_MISSING', `No OAuth app that is kept here is called ${query}`, 'calreconnect app show']
  const several = (query: string) => ['SETTING_MISSING', `${query} fits several OAuth apps`, 'calreconnect app show']

  test.each([
    ['abc-1', 'abc-1'],
    [' ABC-1 ', 'abc-1'],
    // Whole beats beginning: abc-2-old begins with it too.
    ['abc-2', 'abc-2'],
    ['zz', 'zzz'],
    ['oth', 'sales'],
  ])('findApp() of %j is %s', (query, clientId) => {
    expect(findApp(apps, query).clientId).toBe(clientId)
  })

  test.each([
    ['nobody', none('nobody')],
    ['', none('')],
    ['  ', none('  ')],
    ['abc', several('abc')],
    // A name and another one's client id.
    ['sales', several('sales')],
  ])('findApp() of %j is refused', (query, refusal) => {
    const refused = (): unknown[] => {
      try {
        return [findApp(apps, query)]
      } catch (error) {
        return error instanceof CalreconnectError ? [error.code, error.message, error.hint] : [error]
      }
    }
    expect(refused()).toEqual(refusal)
  })
})

test('setCommand() gives a client id that begins with a hyphen as the value of its option', () => {
  const id = `-${'x'.repeat(42)}`
  expect([String(setCommand('abc')), String(setCommand(id))]).toEqual([
    'calreconnect app set abc',
    `calreconnect app set --client-id=${id}`,
  ])
})

describe('checkApp()', () => {
  test.each(['a', 'A_b.c~d-e', '0'.repeat(200), `-${'x'.repeat(42)}`])('checkApp() takes the client id %s', (clientId) => {
    expect(() => checkApp(app(clientId), [])).not.toThrow()
  })

  test.each(['', '-h', '--client-secret', 'a b', ' a', 'a ', 'a\n', 'ä', 'a/b', '0'.repeat(201)])(
    'checkApp() refuses the client id %j, and shows no more than 200 characters of it',
    (clientId) => {
      const shown = JSON.stringify(clientId.slice(0, 200))
      expect(() => checkApp(app(clientId), [])).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `${shown} is no client id: it has letters, digits, - and _ only`,
          hint: 'Copy it from https://developer.calendly.com, My apps',
        }),
      )
    },
  )

  test('checkApp() refuses a name that another app has, as its name or id, and takes the app’s own', () => {
    const stored = [app('one', 'Sales'), app('two')]
    for (const name of ['sales', 'TWO']) {
      const owner = name === 'TWO' ? 'two' : 'one'
      expect(() => checkApp(app('three', name), stored)).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `The OAuth app ${owner} is called ${name} already`,
          hint: 'Choose another --name',
        }),
      )
    }
    expect(() => checkApp(app('one', 'Sales'), stored)).not.toThrow()
    expect(() => checkApp(app('three', 'Support'), stored)).not.toThrow()
    expect(() => checkApp(app('three', '-x'), stored)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})

test('labelOf() is the name, else the client id', () => {
  expect([labelOf(app('c', 'n')), labelOf(app('c'))]).toEqual(['n', 'c'])
})

test('chooseApp and findApp say what to run, with the name of an app that is kept', () => {
  const hintOf = (work: () => unknown) => reportThrownBy(work).hint
  expect(hintOf(() => chooseApp(two, {}))).toBe('calreconnect connect --app Staging')
  expect(hintOf(() => chooseApp({ environment: null, stored: [b, a] }, {}))).toBe('calreconnect connect --app bbbb')
  expect(hintOf(() => chooseApp(two, { issuedTo: 'zzzz' }))).toBe(
    'calreconnect app set zzzz keeps it here. Or set CALENDLY_CLIENT_ID and CALENDLY_CLIENT_SECRET',
  )
  expect(hintOf(() => chooseApp(none, {}))).toBe(
    'calreconnect app set CLIENT_ID keeps one; calreconnect connect says how to make it. Or use calreconnect connect --token-stdin',
  )
})

test('checkApp takes a client id that begins with a hyphen from 20 characters on', () => {
  expect(() => checkApp(app(`-${'x'.repeat(19)}`), [])).not.toThrow()
  expect(() => checkApp(app(`-${'x'.repeat(18)}`), [])).toThrow(expect.objectContaining({ code: 'USAGE' }))
})
