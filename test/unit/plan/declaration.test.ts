import { expect, test } from 'vitest'

import { checkDeclaration, declarationError, declaredConnection, declaredSpecs } from '../../../src/core/plan/declaration.ts'
import type { DeclaredWebhook, Declaration } from '../../../src/core/plan/declaration.ts'
import { aConnection, GROUP, HOOK_URL, ORGANIZATION, OTHER_GROUP, USER } from '../../support/builders.ts'
import { reportThrownBy, shownReport } from '../../support/shown.ts'

const STRICT = { allowHttp: false, allowEphemeralHost: false }

function aWebhook(differing: Partial<DeclaredWebhook> = {}): DeclaredWebhook {
  return { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'organization', group: null, place: 'c.yaml:5:9', ...differing }
}

function declared(...webhooks: DeclaredWebhook[]): Declaration {
  return { file: 'c.yaml', accounts: [{ name: 'acme', place: 'c.yaml:3:3', webhooks }] }
}

test('checkDeclaration gives each event once and leaves the rest as it is', () => {
  const given = declared(aWebhook({ events: [' invitee.created', 'invitee.canceled', 'invitee.created'] }))
  expect(checkDeclaration(given, STRICT)).toEqual(declared(aWebhook({ events: ['invitee.created', 'invitee.canceled'] })))
})

test('checkDeclaration says where an event is unknown and what comes near', () => {
  expect(reportThrownBy(() => checkDeclaration(declared(aWebhook({ events: ['invitee.create'] })), STRICT))).toMatchObject({
    code: 'UNKNOWN_EVENT',
    message: 'c.yaml:5:9: Calendly has no event invitee.create',
    hint: expect.stringContaining('invitee.created'),
  })
})

test('checkDeclaration refuses an event that its scope does not have', () => {
  expect(reportThrownBy(() => checkDeclaration(declared(aWebhook({ events: ['meeting_recap.created'] })), STRICT))).toMatchObject({
    code: 'EVENT_SCOPE_MISMATCH',
    message: expect.stringMatching(/^c\.yaml:5:9: event meeting_recap\.created exists in user scope only/),
  })
})

test('checkDeclaration refuses plain http unless it is allowed', () => {
  const given = declared(aWebhook({ callbackUrl: 'http://example.com/' }))
  expect(reportThrownBy(() => checkDeclaration(given, STRICT))).toMatchObject({
    code: 'INSECURE_URL',
    message: 'c.yaml:5:9: callback URL http://example.com/ is plain http',
  })
  expect(checkDeclaration(given, { ...STRICT, allowHttp: true })).toEqual(given)
})

test.each([
  ['group', null, 'c.yaml:5:9: scope group needs a group: the URI of a Calendly group'],
  ['user', GROUP, 'c.yaml:5:9: a group goes with scope group, not with scope user'],
] as const)('checkDeclaration refuses scope %s with group %s', (scope, group, message) => {
  expect(reportThrownBy(() => checkDeclaration(declared(aWebhook({ scope, group })), STRICT))).toMatchObject({ code: 'USAGE', message })
})

test('checkDeclaration refuses the same identity twice, however its URL is spelled', () => {
  const second = aWebhook({ callbackUrl: 'https://HOOKS.example.com:443/calendly', events: ['invitee.canceled'], place: 'c.yaml:8:9' })
  expect(reportThrownBy(() => checkDeclaration(declared(aWebhook(), second), STRICT))).toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^c\.yaml:8:9: the same webhook .* as at c\.yaml:5:9/),
  })
})

test('checkDeclaration allows one URL in two scopes', () => {
  const given = declared(aWebhook(), aWebhook({ scope: 'user', place: 'c.yaml:8:9' }))
  expect(checkDeclaration(given, STRICT)).toEqual(given)
})

test('checkDeclaration reports all problems at once', () => {
  const given = declared(aWebhook({ callbackUrl: 'nowhere' }), aWebhook({ events: ['x'], place: 'c.yaml:8:9' }))
  expect(reportThrownBy(() => checkDeclaration(given, STRICT))).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: 'c.yaml has 2 errors',
    details: [
      { parameter: 'c.yaml:5:9', message: 'callback URL nowhere is not an absolute URL' },
      { parameter: 'c.yaml:8:9', message: 'Calendly has no event x' },
    ],
  })
})

test('declaredConnection finds by whole name, then by e-mail in any case, and never by a prefix', () => {
  const acme = aConnection('acme', { email: 'ada@example.com' })
  const other = aConnection('other', { email: 'bob@example.com' })
  const [account] = declared().accounts
  if (account === undefined) throw new Error('no account')
  expect(declaredConnection(account, [other, acme])).toBe(acme)
  expect(declaredConnection({ ...account, name: 'BOB@example.com' }, [other, acme])).toBe(other)
  expect(reportThrownBy(() => declaredConnection({ ...account, name: 'acm' }, [other, acme]))).toMatchObject({
    code: 'ACCOUNT_UNKNOWN',
    message: 'c.yaml:3:3: no connected account is called acm',
    hint: 'calreconnect accounts list',
  })
})

test('declaredConnection takes neither of two connections with one e-mail, and the one that is called by it', () => {
  const [account] = declared().accounts
  if (account === undefined) throw new Error('no account')
  const [one, another] = ['one', 'another'].map((name) => aConnection(name, { email: 'ada@example.com' }))
  const named = aConnection('ada@example.com', { email: null })
  if (one === undefined || another === undefined) throw new Error('no connections')
  const asked = { ...account, name: 'ada@example.com' }
  expect(reportThrownBy(() => declaredConnection(asked, [one, another]))).toMatchObject({ code: 'ACCOUNT_UNKNOWN' })
  expect(declaredConnection(asked, [one, another, named])).toBe(named)
})

test('declaredConnection suggests connecting where nothing is connected', () => {
  const [account] = declared().accounts
  if (account === undefined) throw new Error('no account')
  expect(reportThrownBy(() => declaredConnection(account, []))).toMatchObject({ hint: 'calreconnect connect --name acme' })
})

test('declaredSpecs puts in organization, user and group as the scope needs them', () => {
  const [account] = declared(aWebhook(), aWebhook({ scope: 'user' }), aWebhook({ scope: 'group', group: GROUP })).accounts
  if (account === undefined) throw new Error('no account')
  const spec = { callbackUrl: HOOK_URL, events: ['invitee.created'], organization: ORGANIZATION }
  expect(declaredSpecs(account, { organizationUri: ORGANIZATION, userUri: USER })).toEqual([
    { ...spec, scope: 'organization', user: null, group: null },
    { ...spec, scope: 'user', user: USER, group: null },
    { ...spec, scope: 'group', user: null, group: GROUP },
  ])
})

test('checkDeclaration lets an event that it does not know pass where somebody insists', () => {
  const given = declared(aWebhook({ events: ['invitee.rescheduled'] }))
  expect(checkDeclaration(given, { ...STRICT, allowUnknownEvents: true })).toEqual(given)
  expect(() => checkDeclaration(given, { ...STRICT, allowUnknownEvents: false })).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_EVENT' }),
  )
})

test('checkDeclaration takes one URL in two scopes, for two groups and for two accounts for different webhooks', () => {
  const webhooks = [
    aWebhook(),
    aWebhook({ scope: 'user' }),
    aWebhook({ scope: 'group', group: GROUP }),
    aWebhook({ scope: 'group', group: OTHER_GROUP }),
  ]
  const accounts = ['acme', 'globex'].map((name) => ({ name, place: 'c.yaml:3:3', webhooks }))
  expect(checkDeclaration({ file: 'c.yaml', accounts }, STRICT)).toEqual({ file: 'c.yaml', accounts })
})

test('declarationError names the file where nothing in it is told, and gives the hint of the first of several', () => {
  const problems = [
    { place: 'c.yaml:1:1', message: 'one', hint: 'Do this' },
    { place: 'c.yaml:2:1', message: 'two' },
  ]
  expect(shownReport(declarationError('c.yaml', []))).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: 'c.yaml cannot be used',
    hint: null,
  })
  expect(shownReport(declarationError('c.yaml', problems))).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: 'c.yaml has 2 errors',
    hint: 'Do this',
    details: [
      { parameter: 'c.yaml:1:1', message: 'one' },
      { parameter: 'c.yaml:2:1', message: 'two' },
    ],
  })
})

test('checkDeclaration does not take a fault of the program for one of the file', () => {
  const broken = declared(aWebhook({ events: null as unknown as string[] }))
  expect(() => checkDeclaration(broken, STRICT)).toThrow(TypeError)
})
