import { expect, test } from 'vitest'
import { checkAllowed, declinedScopes, desiredFrom, NOTHING_WANTED } from '../../../src/core/connection/desired.ts'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import { GROUP, HOOK_URL } from '../../support/builders.ts'
import { shownReport } from '../../support/shown.ts'

const remembered: DesiredWebhook = { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'organization', group: null }

function reported(work: () => unknown) {
  try {
    work()
  } catch (error) {
    return shownReport(error)
  }
  throw new Error('nothing was thrown')
}

test('desiredFrom lets an unknown event pass for whoever insists or has insisted, and for nobody else', () => {
  const strange = { ...remembered, events: ['invitee.rescheduled'] }
  const asked = { ...NOTHING_WANTED, events: ['invitee.rescheduled'] }
  expect(desiredFrom(strange, NOTHING_WANTED).events).toEqual(strange.events)
  expect(desiredFrom(remembered, { ...asked, allowUnknownEvents: true }).events).toEqual(asked.events)
  expect(reported(() => desiredFrom(remembered, { ...asked, allowUnknownEvents: false })).code).toBe('UNKNOWN_EVENT')
  expect(reported(() => desiredFrom(strange, asked)).code).toBe('UNKNOWN_EVENT')
})

test('desiredFrom says which option a group lacks', () => {
  expect(reported(() => desiredFrom(null, { ...NOTHING_WANTED, group: GROUP }))).toMatchObject({
    message: '--group is for --scope group, not for --scope organization',
    hint: 'Add --scope group',
  })
})

test('declinedScopes takes :write for :read at the end of a scope only', () => {
  expect(declinedScopes(['a:read:b'], ['a:write:b'])).toEqual(['a:read:b'])
})

test('checkAllowed says what to pass, and asks again for what was granted together with what is missing', () => {
  expect(reported(() => checkAllowed(remembered, { role: 'user', grantedScopes: null })).hint).toBe('Pass --scope user')
  const missing = reported(() => checkAllowed(remembered, { role: 'owner', grantedScopes: ['webhooks:write', 'users:read'] }))
  expect(missing).toMatchObject({
    message: 'These events need OAuth scopes that were not granted: scheduled_events:read',
    hint:
      'Select them on the app’s form at developer.calendly.com, then run ' +
      "calreconnect connect --force --oauth-scope 'webhooks:write users:read scheduled_events:read'",
    requiredScopes: ['scheduled_events:read'],
  })
})
