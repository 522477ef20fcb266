import { expect, test } from 'vitest'

import { describeSubscriptions, summarize } from '../../../src/core/audit/findings.ts'
import { aSubscription, aUserSubscription, knownOf } from '../../support/builders.ts'

const ours = aSubscription('OURS')
const twin = aUserSubscription('TWIN', { callbackUrl: 'https://HOOKS.example.com:443/calendly' })
const dead = aSubscription('DEAD', {
  callbackUrl: 'https://dead.example.com/',
  state: 'disabled',
  retryStartedAt: '2026-11-20T00:00:00.000000Z',
})
const retrying = aSubscription('RETRYING', { callbackUrl: 'https://slow.example.com/', retryStartedAt: '2026-11-22T00:00:00.000000Z' })
const keyless = aSubscription('KEYLESS', { callbackUrl: 'https://keyless.example.com/' })
const tunnel = aSubscription('TUNNEL', { callbackUrl: 'http://x.ngrok.io/hook' })
const observed = [ours, twin, dead, retrying, keyless, tunnel]
const known = [knownOf(ours), knownOf(keyless, { keyStored: false }), knownOf(retrying, { origin: 'key_added', account: null })]

test('describeSubscriptions adds to all of Calendly’s fields what is known and wrong', () => {
  expect(describeSubscriptions(observed, known)).toEqual([
    { ...ours, id: 'OURS', managed: true, signingKeyStored: true, findings: ['DUPLICATE'] },
    { ...twin, id: 'TWIN', managed: false, signingKeyStored: false, findings: ['DUPLICATE'] },
    { ...dead, id: 'DEAD', managed: false, signingKeyStored: false, findings: ['DISABLED'] },
    { ...retrying, id: 'RETRYING', managed: false, signingKeyStored: true, findings: ['RETRYING'] },
    { ...keyless, id: 'KEYLESS', managed: true, signingKeyStored: false, findings: ['KEY_UNKNOWN'] },
    { ...tunnel, id: 'TUNNEL', managed: false, signingKeyStored: false, findings: ['EPHEMERAL_HOST', 'INSECURE_URL'] },
  ])
})

test('summarize counts', () => {
  expect(summarize(describeSubscriptions(observed, known))).toEqual({
    total: 6,
    active: 5,
    disabled: 1,
    retrying: 1,
    managed: 2,
    foreign: 4,
    duplicates: 1,
    distinctUrls: 5,
  })
  expect(summarize([])).toEqual({ total: 0, active: 0, disabled: 0, retrying: 0, managed: 0, foreign: 0, duplicates: 0, distinctUrls: 0 })
})

test('describeSubscriptions misses no key of what is disabled', () => {
  const known = [knownOf(dead, { keyStored: false })]
  expect(describeSubscriptions([dead], known).map(({ findings }) => findings)).toEqual([['DISABLED']])
})

test('summarize counts those as superfluous that a cleaning would delete: what was made here, or has its key, stays', () => {
  const both = aSubscription('BOTH', { events: ['invitee.created', 'invitee.canceled'] })
  const [created, canceled] = ['invitee.created', 'invitee.canceled'].map((event) => aSubscription(event, { events: [event] }))
  const duplicatesWith = (record: Parameters<typeof knownOf>[1]) => {
    const known = created === undefined || record === undefined ? [] : [knownOf(created, record)]
    return summarize(
      describeSubscriptions(
        [both, created, canceled].flatMap((one) => one ?? []),
        known,
      ),
    ).duplicates
  }
  expect([duplicatesWith(undefined), duplicatesWith({ keyStored: false }), duplicatesWith({ origin: 'key_added' })]).toEqual([2, 1, 1])
})
