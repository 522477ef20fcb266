import { expect, test } from 'vitest'
import { inUserScope, nextOverlapUrl } from '../../../src/core/plan/overlap.ts'
import { HOOK_URL } from '../../support/builders.ts'

test('nextOverlapUrl steps over URLs that have a subscription already', () => {
  const taken = ['https://X.test:443/hook?calreconnect=1', 'https://x.test/hook?calreconnect=2', 'https://x.test/hook?calreconnect=4']
  expect(nextOverlapUrl('https://x.test/hook', taken)).toBe('https://x.test/hook?calreconnect=3')
})

test('nextOverlapUrl keeps a query that has a question mark of its own, and takes no other parameter for its own', () => {
  expect(nextOverlapUrl('https://x.test/hook?to=a?b&')).toBe('https://x.test/hook?to=a?b&calreconnect=1')
  expect(nextOverlapUrl('https://x.test/?calreconnect=2x&xcalreconnect=7')).toBe(
    'https://x.test/?calreconnect=2x&xcalreconnect=7&calreconnect=1',
  )
})

const desired = { callbackUrl: HOOK_URL, events: ['invitee.created'], scope: 'organization', group: null } as const

test.each([
  ['the same URL where it is free', desired, false, 'calreconnect reconnect acme --scope user'],
  ['another URL where it is taken', desired, true, `calreconnect reconnect acme --scope user --callback-url '${HOOK_URL}?calreconnect=1'`],
  [
    'what an unsafe URL needs besides',
    { ...desired, callbackUrl: 'http://localhost:3000/' },
    true,
    "calreconnect reconnect acme --scope user --callback-url 'http://localhost:3000/?calreconnect=1' --allow-http --allow-ephemeral-host",
  ],
  ['no URL for a connection without a webhook', null, true, 'calreconnect reconnect acme --scope user'],
])('inUserScope names %s', (_what, webhook, isTaken, command) => {
  expect(String(inUserScope({ name: 'acme', desired: webhook }, { isTaken }))).toBe(command)
})
