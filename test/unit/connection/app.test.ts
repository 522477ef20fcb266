import { expect, test } from 'vitest'
import { checkApp, chooseApp, findApp, type KnownApps, type OAuthApp } from '../../../src/core/connection/app.ts'

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
