// What webhook is wanted, and which OAuth scopes it needs.

import { describe, expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import {
  checkAllowed,
  declinedScopes,
  desiredFrom,
  NOTHING_WANTED,
  oauthScopesFor,
  wholeDesired,
} from '../../../src/core/connection/desired.ts'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import { GROUP, HOOK_URL } from '../../support/builders.ts'
import { reportThrownBy } from '../../support/shown.ts'

const REMEMBERED: DesiredWebhook = { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'user', group: null }
const IN_ORGANIZATION: DesiredWebhook = { ...REMEMBERED, scope: 'organization' }

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof CalreconnectError ? error.code : 'other'
  }
  return 'none'
}

test('desiredFrom lets an unknown event pass for whoever insists or has insisted, and for nobody else', () => {
  const strange = { ...IN_ORGANIZATION, events: ['invitee.rescheduled'] }
  const asked = { ...NOTHING_WANTED, events: ['invitee.rescheduled'] }
  expect(desiredFrom(strange, NOTHING_WANTED).events).toEqual(strange.events)
  expect(desiredFrom(IN_ORGANIZATION, { ...asked, allowUnknownEvents: true }).events).toEqual(asked.events)
  expect(reportThrownBy(() => desiredFrom(IN_ORGANIZATION, { ...asked, allowUnknownEvents: false })).code).toBe('UNKNOWN_EVENT')
  expect(reportThrownBy(() => desiredFrom(strange, asked)).code).toBe('UNKNOWN_EVENT')
})

test('desiredFrom says which option a group lacks', () => {
  expect(reportThrownBy(() => desiredFrom(null, { ...NOTHING_WANTED, group: GROUP }))).toMatchObject({
    message: '--group is for --scope group, not for --scope organization',
    hint: 'Add --scope group',
  })
})

test('declinedScopes takes :write for :read at the end of a scope only', () => {
  expect(declinedScopes(['a:read:b'], ['a:write:b'])).toEqual(['a:read:b'])
})

test('checkAllowed says what to pass, and asks again for what was granted together with what is missing', () => {
  expect(reportThrownBy(() => checkAllowed(IN_ORGANIZATION, { role: 'user', grantedScopes: null })).hint).toBe('Pass --scope user')
  const missing = reportThrownBy(() => checkAllowed(IN_ORGANIZATION, { role: 'owner', grantedScopes: ['webhooks:write', 'users:read'] }))
  expect(missing).toMatchObject({
    message: 'These events need OAuth scopes that were not granted: scheduled_events:read',
    hint:
      'Select them on the app’s form at developer.calendly.com, then run ' +
      "calreconnect connect --force --oauth-scope 'webhooks:write users:read scheduled_events:read'",
    requiredScopes: ['scheduled_events:read'],
  })
})

describe('desiredFrom()', () => {
  test('desiredFrom() of nothing is the usual, without a URL', () => {
    expect(desiredFrom(null, NOTHING_WANTED)).toEqual({
      callbackUrl: null,
      events: ['invitee.created', 'invitee.canceled'],
      scope: 'organization',
      group: null,
    })
  })

  test('desiredFrom() takes what was asked for before where nothing is said now', () => {
    expect(desiredFrom(REMEMBERED, NOTHING_WANTED)).toEqual(REMEMBERED)
    expect(desiredFrom(REMEMBERED, { ...NOTHING_WANTED, events: ['invitee.canceled', 'invitee.canceled '] })).toEqual({
      ...REMEMBERED,
      events: ['invitee.canceled'],
    })
  })

  test("desiredFrom() takes the environment's URL only where none is IN_ORGANIZATION", () => {
    const wanted = { ...NOTHING_WANTED, callbackUrlIfNone: 'https://shell.example.com/' }
    expect([desiredFrom(REMEMBERED, wanted), desiredFrom(null, wanted)].map(({ callbackUrl }) => callbackUrl)).toEqual([
      REMEMBERED.callbackUrl,
      'https://shell.example.com/',
    ])
  })

  test('desiredFrom() keeps a IN_ORGANIZATION group, and drops it with group scope', () => {
    const grouped: DesiredWebhook = { ...REMEMBERED, scope: 'group', group: 'https://api.calendly.com/groups/G' }
    expect(desiredFrom(grouped, NOTHING_WANTED)).toEqual(grouped)
    expect(desiredFrom(grouped, { ...NOTHING_WANTED, scope: 'user' })).toEqual({ ...REMEMBERED, scope: 'user' })
  })

  test.each([
    [{ ...NOTHING_WANTED, scope: 'group' as const }, 'USAGE'],
    [{ ...NOTHING_WANTED, group: 'https://api.calendly.com/groups/G' }, 'USAGE'],
    [{ ...NOTHING_WANTED, events: ['nope'] }, 'UNKNOWN_EVENT'],
    [{ ...NOTHING_WANTED, events: ['meeting_recap.created'] }, 'EVENT_SCOPE_MISMATCH'],
    [{ ...NOTHING_WANTED, events: [''] }, 'USAGE'],
  ])('desiredFrom() refuses %j', (wanted, code) => {
    expect(codeOf(() => desiredFrom(null, wanted))).toBe(code)
  })

  test('wholeDesired() needs a callback URL', () => {
    expect(wholeDesired(desiredFrom(null, NOTHING_WANTED))).toBeNull()
    expect(wholeDesired(desiredFrom(REMEMBERED, NOTHING_WANTED))).toEqual(REMEMBERED)
  })
})

describe('OAuth scopes', () => {
  test('oauthScopesFor() sends none for default, those that were named, else the least', () => {
    const desired = desiredFrom(null, NOTHING_WANTED)
    expect(oauthScopesFor('default', desired)).toBeNull()
    expect(oauthScopesFor(['users:read'], desired)).toEqual(['users:read'])
    expect(oauthScopesFor(null, desired)).toEqual(['users:read', 'organizations:read', 'webhooks:write', 'scheduled_events:read'])
  })

  test.each([
    [['a:read', 'b:write'], ['b:write'], ['a:read']],
    [['a:read'], ['a:write'], []],
    [['a:write'], ['a:read'], ['a:write']],
    [['a:read'], ['default'], []],
    [['a:read'], [], []],
    [null, ['a:read'], []],
  ])('declinedScopes() of %j with %j granted is %j', (asked, granted, declined) => {
    expect(declinedScopes(asked, granted)).toEqual(declined)
  })

  test('checkAllowed() refuses organization scope to a user, and missing event scopes to everybody', () => {
    const organization: DesiredWebhook = { ...REMEMBERED, scope: 'organization' }
    expect(codeOf(() => checkAllowed(organization, { role: 'user', grantedScopes: null }))).toBe('ROLE_INSUFFICIENT')
    expect(codeOf(() => checkAllowed(organization, { role: 'admin', grantedScopes: null }))).toBe('none')
    expect(codeOf(() => checkAllowed(REMEMBERED, { role: 'user', grantedScopes: ['webhooks:write'] }))).toBe('CALENDLY_INSUFFICIENT_SCOPE')
    expect(codeOf(() => checkAllowed(REMEMBERED, { role: 'user', grantedScopes: ['default'] }))).toBe('none')
  })
})
