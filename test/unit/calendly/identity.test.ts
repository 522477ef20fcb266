import { expect, test } from 'vitest'

import { checkCallbackUrl, identityOf, normalizeUrl, sameEvents } from '../../../src/core/calendly/identity.ts'
import { GROUP, OTHER_GROUP, OTHER_ORGANIZATION, OTHER_USER, USER, aSpec, aSubscription } from '../../support/builders.ts'

test.each([
  ['https://HOOKS.Example.com/Hook', 'https://hooks.example.com/Hook'],
  ['HTTPS://hooks.example.com:443/hook', 'https://hooks.example.com/hook'],
  ['http://hooks.example.com:80', 'http://hooks.example.com/'],
  ['https://hooks.example.com:8443/hook', 'https://hooks.example.com:8443/hook'],
  ['https://hooks.example.com?b=2&a=%20', 'https://hooks.example.com/?b=2&a=%20'],
  ['https://hooks.example.com/hook#part', 'https://hooks.example.com/hook'],
  ['https://hooks.example.com/hook/', 'https://hooks.example.com/hook/'],
  ['not a URL', 'not a URL'],
])('normalizeUrl writes %s as %s', (url, normal) => {
  expect(normalizeUrl(url)).toBe(normal)
})

const base = identityOf(aSpec())

test.each([
  ['a host in capitals', aSpec({ callbackUrl: 'https://HOOKS.example.com/calendly' }), true],
  ['the default port', aSpec({ callbackUrl: 'https://hooks.example.com:443/calendly' }), true],
  ['other events', aSpec({ events: ['invitee.created'] }), true],
  ['a subscription with a user that organization scope does not need', aSubscription('A', { user: USER }), true],
  ['a slash at the end of a path', aSpec({ callbackUrl: 'https://hooks.example.com/calendly/' }), false],
  ['a query', aSpec({ callbackUrl: 'https://hooks.example.com/calendly?a=1' }), false],
  ['another organization', aSpec({ organization: 'https://api.calendly.com/organizations/OTHER' }), false],
  ['user scope', aSpec({ scope: 'user', user: USER }), false],
  ['group scope', aSpec({ scope: 'group', group: GROUP }), false],
])('identityOf is told whether %s makes a difference', (_difference, spec, same) => {
  expect(identityOf(spec) === base).toBe(same)
})

test('identityOf tells two of everything apart: organizations, users, groups, and one user in two organizations', () => {
  const specs = [
    aSpec(),
    aSpec({ organization: OTHER_ORGANIZATION }),
    aSpec({ scope: 'user', user: USER }),
    aSpec({ scope: 'user', user: OTHER_USER }),
    aSpec({ scope: 'user', user: USER, organization: OTHER_ORGANIZATION }),
    aSpec({ scope: 'group', group: GROUP }),
    aSpec({ scope: 'group', group: OTHER_GROUP }),
    aSpec({ scope: 'group', group: GROUP, organization: OTHER_ORGANIZATION }),
  ]
  expect(new Set(specs.map(identityOf)).size).toBe(specs.length)
})

test.each([
  [['a', 'b'], ['b', 'a'], true],
  [['a', 'a', 'b'], ['a', 'b'], true],
  [['a'], ['a', 'b'], false],
  [['a', 'c'], ['a', 'b'], false],
])('sameEvents compares %s and %s as sets', (a, b, same) => {
  expect(sameEvents(a, b)).toBe(same)
})

test.each([
  ['hooks.example.com', false, 'INVALID_URL'],
  ['/hook', false, 'INVALID_URL'],
  ['ftp://hooks.example.com/', true, 'INVALID_URL'],
  ['https://user:pass@hooks.example.com/', false, 'INVALID_URL'],
  ['https://user@hooks.example.com/', false, 'INVALID_URL'],
  ['https://:pass@hooks.example.com/', false, 'INVALID_URL'],
  ['https://hooks.example.com/#part', false, 'INVALID_URL'],
  ['http://hooks.example.com/', false, 'INSECURE_URL'],
])('checkCallbackUrl refuses %s (http allowed: %s) with %s', (text, allowHttp, code) => {
  expect(() => checkCallbackUrl(text, { allowHttp, allowEphemeralHost: true })).toThrow(expect.objectContaining({ code }))
})

test.each([
  ['https://7f3a.ngrok-free.app/hook', 'is a tunnel'],
  ['http://localhost:3000/hook', 'is this machine'],
  ['http://[::1]/hook', 'is this machine'],
  ['https://192.168.1.4/hook', 'is in a private network'],
])('checkCallbackUrl refuses %s unless that was allowed: it %s', (text, why) => {
  const refused = expect.objectContaining({ code: 'EPHEMERAL_HOST', message: expect.stringContaining(why) })
  expect(() => checkCallbackUrl(text, { allowHttp: true, allowEphemeralHost: false })).toThrow(refused)
  expect(checkCallbackUrl(text, { allowHttp: true, allowEphemeralHost: true })).toBe(text)
})

test('checkCallbackUrl never repeats a password', () => {
  expect(() => checkCallbackUrl('https://user:hunter2@hooks.example.com/', { allowHttp: false, allowEphemeralHost: false })).toThrow(
    /^(?!.*hunter2)/,
  )
})

test('checkCallbackUrl returns the text as it was given', () => {
  expect(checkCallbackUrl('http://Example.com', { allowHttp: true, allowEphemeralHost: false })).toBe('http://Example.com')
})

test('identityOf goes by everything that an unknown scope may go by', () => {
  const strange = { ...aSpec({ user: USER, group: GROUP }), scope: 'team' }
  const others = [
    strange,
    { ...strange, user: null },
    { ...strange, group: null },
    { ...strange, group: OTHER_GROUP },
    { ...strange, user: OTHER_USER },
  ]
  expect(new Set(others.map(identityOf)).size).toBe(others.length)
})

test('checkCallbackUrl says what to write instead, shows an address without its password, and takes no masked one', () => {
  const strict = { allowHttp: false, allowEphemeralHost: false }
  const hint = 'Use an absolute URL such as https://example.com/calendly'
  const refusal = (message: string) => expect.objectContaining({ code: 'INVALID_URL', message, hint })
  expect(() => checkCallbackUrl('https://user:hunter2@hooks.example.com/a', strict)).toThrow(
    refusal('Callback URL https://hooks.example.com/a carries a user name or password'),
  )
  expect(() => checkCallbackUrl('https://hooks.example.com/?key=[secret]', strict)).toThrow(
    refusal(
      'Callback URL https://hooks.example.com/?key=[secret] is masked: a token that belongs into it was not shown (--show-secrets shows it)',
    ),
  )
})
