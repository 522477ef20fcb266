import { expect, test } from 'vitest'
import { barOf, changeOf, strandedHint, strandedOf, strandedText } from '../../../src/core/connection/whereabouts.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { aConnection, ORGANIZATION, OTHER_ORGANIZATION } from '../../support/builders.ts'

const robin = aConnection('robin', { organizationUri: ORGANIZATION, role: 'admin' })
const URI = 'https://api.calendly.com/webhook_subscriptions/W'
const place = { uri: URI, callbackUrl: 'https://a.example/h', scope: 'organization', organization: ORGANIZATION } as const

test.each([
  ['the same', { organizationUri: ORGANIZATION, role: 'admin' }, robin, null],
  [
    'another role',
    { organizationUri: ORGANIZATION, role: 'user' },
    robin,
    { kind: 'role', text: 'The role of robin is user now, and was admin' },
  ],
  [
    'another organization',
    { organizationUri: OTHER_ORGANIZATION, role: 'admin' },
    robin,
    { kind: 'organization', text: 'robin has moved from organization ORG0000000000001 to ORG0000000000002' },
  ],
  [
    'no member, wherever',
    { organizationUri: OTHER_ORGANIZATION, role: null },
    robin,
    { kind: 'removed', text: 'robin is no longer a member of organization ORG0000000000002' },
  ],
  ['a role where none was known', { organizationUri: ORGANIZATION, role: 'user' }, { ...robin, role: null }, null],
  [
    'an organization where none was known',
    { organizationUri: OTHER_ORGANIZATION, role: 'admin' },
    { ...robin, organizationUri: null },
    null,
  ],
])('changeOf: %s', (_what, now, stored, wanted) => {
  const was = { organizationUri: stored.organizationUri, role: stored.role }
  expect(changeOf(stored, now)).toEqual(wanted === null ? null : { ...wanted, was, now })
})

test.each([
  ['organization', ORGANIZATION, 'admin', null],
  ['organization', ORGANIZATION, 'owner', null],
  ['organization', ORGANIZATION, 'an unknown role', null],
  ['organization', ORGANIZATION, 'user', 'demoted'],
  ['group', ORGANIZATION, 'user', 'demoted'],
  ['user', ORGANIZATION, 'user', null],
  ['user', ORGANIZATION, null, 'removed'],
  ['organization', ORGANIZATION, null, 'removed'],
  ['user', OTHER_ORGANIZATION, 'owner', 'moved'],
  ['organization', OTHER_ORGANIZATION, null, 'moved'],
])('barOf what is in %s scope of %s, for role %s: %s', (scope, organization, role, bar) => {
  expect(barOf({ scope, organization }, { organizationUri: ORGANIZATION, role })).toBe(bar)
})

const others = {
  elsewhere: aConnection('elsewhere', { organizationUri: OTHER_ORGANIZATION, role: 'owner' }),
  member: aConnection('member', { organizationUri: ORGANIZATION, role: 'user' }),
  lapsed: aConnection('lapsed', { organizationUri: ORGANIZATION, role: 'owner', needsConnect: 'revoked' }),
  admin: aConnection('admin', { organizationUri: ORGANIZATION, role: 'admin', accessToken: new Secret('t') }),
  owner: aConnection('owner', { organizationUri: ORGANIZATION, role: 'owner', accessToken: new Secret('t') }),
}

test.each([
  [[others.elsewhere, others.member, others.lapsed], null],
  [[others.elsewhere, others.admin, others.owner], `calreconnect --account admin webhooks delete ${URI}`],
  [[others.lapsed, others.owner], `calreconnect --account owner webhooks delete ${URI}`],
])('strandedOf names the first who may remove it', (connections, command) => {
  const stranded = strandedOf(place, 'demoted', connections)
  expect({ ...stranded, command: stranded.command?.toString() ?? null }).toEqual({
    uri: URI,
    callbackUrl: place.callbackUrl,
    scope: 'organization',
    organizationUri: ORGANIZATION,
    why: 'demoted',
    command,
  })
})

test('in user scope nobody but the user may remove it', () => {
  expect(strandedOf({ ...place, scope: 'user' }, 'moved', [others.owner]).command).toBe(null)
})

const WHERE = `(${URI})`

test.each([
  ['moved', 'is in another organization now'],
  ['demoted', 'is no owner or admin any more'],
  ['removed', 'is no member any more'],
] as const)('strandedText of %s says why, and who can remove it', (why, words) => {
  const what = `The webhook for https://a.example/h in organization scope of organization ORG0000000000001 ${WHERE} stays and goes on delivering: its user ${words}.`
  const able = strandedOf(place, why, [others.admin])
  expect(String(strandedText(able))).toBe(`${what} To remove it: calreconnect --account admin webhooks delete ${URI}`)
  expect(String(strandedHint(able))).toBe(`calreconnect --account admin webhooks delete ${URI}`)
  const nobody = strandedOf(place, why, [])
  const steps = `An owner or admin of organization ORG0000000000001 can remove it: calreconnect connect --name admin --no-webhook, then calreconnect --account admin webhooks delete ${URI}`
  expect(String(strandedText(nobody))).toBe(`${what} ${steps}`)
  expect(String(strandedHint(nobody))).toBe(steps)
})

test('strandedText of one in user scope says that it ends by itself', () => {
  expect(String(strandedText(strandedOf({ ...place, scope: 'user' }, 'removed', [others.owner])))).toBe(
    `The webhook for https://a.example/h in user scope of organization ORG0000000000001 ${WHERE} is out of reach; Calendly ends such webhooks of people who leave, and nobody else may delete it`,
  )
})
