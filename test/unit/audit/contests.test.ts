// A place that two programs want, each for itself.

import { expect, test } from 'vitest'

import { auditSubscriptions } from '../../../src/core/audit/audit.ts'
import type { AuditInput } from '../../../src/core/audit/surroundings.ts'
import { auditInput } from '../../support/audit.ts'
import { aSpec, aSubscription, HOOK_URL, knownOf, subscriptionUri } from '../../support/builders.ts'

const rival = aSubscription('RIVAL', { createdAt: '2026-11-21T09:00:00.000000Z' })
const older = aSubscription('OLDER', { events: ['contact.created'] })
const lost = (...ids: readonly string[]) => ids.map((id) => knownOf(aSubscription(id), { displaced: true, isActive: false }))
const acme = { account: 'acme', userUri: null, spec: aSpec(), webhookUri: null }

function contested(differing: Partial<AuditInput>) {
  const input = auditInput({ observed: [rival], known: lost('A', 'B'), desired: [acme], ...differing })
  return auditSubscriptions(input)
    .filter(({ code }) => code === 'CONTESTED')
    .map((one) => ({ ...one, fix: String(one.fix) }))
}

test('auditSubscriptions calls a place contested from the second time on that what was made here was replaced', () => {
  expect(contested({ known: lost('A') })).toEqual([])
  expect(contested({})).toEqual([
    {
      code: 'CONTESTED',
      severity: 'warning',
      message: `Something else manages ${HOOK_URL}: what was made here for acme was replaced by somebody else's 2 times, now by RIVAL; share its signing key with webhooks keys add, or take the place over`,
      count: 1,
      uris: [rival.uri],
      fix: 'calreconnect reconnect acme --take-over',
      fixNeedsReview: true,
    },
  ])
})

test('auditSubscriptions names the newest of several rivals', () => {
  expect(contested({ observed: [older, rival] }).map(({ uris }) => uris)).toEqual([[rival.uri]])
})

test.each<[string, Partial<AuditInput>]>([
  ['nobody else stands there', { observed: [] }],
  ['what stands there was made here', { known: [...lost('A', 'B'), knownOf(rival)] }],
  ['the key of what stands there is stored', { known: [...lost('A', 'B'), knownOf(rival, { origin: 'key_added' })] }],
  ['the connection wants none', { desired: [{ ...acme, spec: null }] }],
  ['the connection wants another place', { desired: [{ ...acme, spec: aSpec({ callbackUrl: 'https://new.example.com/' }) }] }],
  ['nothing is desired', { desired: null }],
  ['there is no store', { known: null }],
])('auditSubscriptions calls no place contested where %s', (_what, differing) => {
  expect(contested(differing)).toEqual([])
})

test('auditSubscriptions counts what is missing there now as lost, and passes over what is foreign', () => {
  const gone = knownOf(aSubscription('GONE'))
  expect(contested({ known: [...lost('A'), gone] }).map(({ message }) => message)).toEqual([expect.stringContaining("else's 2 times")])
  const own = aSubscription('OWN', { createdAt: '2026-11-22T09:00:00.000000Z' })
  expect(contested({ observed: [own, rival], known: [...lost('A', 'B'), knownOf(own)] }).map(({ uris }) => uris)).toEqual([
    [subscriptionUri('RIVAL')],
  ])
})
