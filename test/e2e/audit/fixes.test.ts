// Every code, seeded alone and all together: found, nothing else is, and its fix, run as printed and agreed to, removes it, or shows
// somebody who must decide what it is about.

import { afterEach, describe, expect, test } from 'vitest'
import type { Emulator } from '../../../src/emulator/server.ts'
import type { FindingCode } from '../../../src/core/audit/findings.ts'
import { auditHome, type AuditHome } from '../../support/audit-cli.ts'
import { HOOK } from '../../support/connected.ts'

let home: AuditHome
afterEach(() => home.close())

const MEMBERS = {
  users: [
    { email: 'owner@example.com', role: 'owner' },
    { email: 'demoted@example.com', role: 'user' },
  ],
}
const GONE = 'https://api.calendly.com/users/00000000-gone'
const threeHoursAgo = (): string => new Date(Date.now() - 3 * 3_600_000).toISOString()

/** No fix agrees by itself to delete or replace anything. */
function agreed(fix: string): string {
  expect(fix).not.toContain('--yes')
  return /webhooks (delete|create|recreate|prune)/.test(fix) ? `${fix} --yes` : fix
}

/** What only somebody at Calendly could do. */
function changeEvents(emulator: Emulator, uri: string): void {
  Object.assign(emulator.control.state.subscription(uri) ?? {}, { events: ['invitee.created'] })
}

interface Case {
  readonly code: FindingCode
  readonly what: string
  /** What the fix does: `mends` at once, `mends` when somebody has looked, or only `shows`. */
  readonly fix: 'mends' | 'mends after a look' | 'shows'
  readonly args?: readonly string[]
  /** Added to what `connect` made. */
  readonly subscriptions?: readonly object[]
  /** After the connection was made. @param own the URI of its webhook */
  readonly prepare?: (home: AuditHome, own: string) => Promise<void> | void
}

const ALONE: readonly Case[] = [
  {
    code: 'DUPLICATE',
    what: 'organization and user scope at one URL',
    fix: 'mends after a look',
    subscriptions: [
      { callback_url: 'https://a.example.com/hook' },
      { callback_url: 'https://A.example.com:443/hook', scope: 'user', events: ['invitee.created'] },
    ],
  },
  {
    code: 'DUPLICATE',
    what: "a twin of the connection's own",
    fix: 'mends after a look',
    subscriptions: [{ callback_url: `${HOOK}#x`, scope: 'user' }],
  },
  {
    code: 'DISABLED',
    what: 'a foreign one',
    fix: 'mends after a look',
    subscriptions: [{ callback_url: "https://a.example.com/it's $HOME", state: 'disabled' }],
  },
  {
    code: 'DISABLED',
    what: "the connection's own",
    fix: 'mends',
    prepare: ({ emulator }, own) => void emulator.control.setSubscription(own, { state: 'disabled' }),
  },
  {
    code: 'RETRYING',
    what: 'a foreign one',
    fix: 'shows',
    subscriptions: [{ callback_url: 'https://a.example.com/hook', retry_started_at: threeHoursAgo() }],
  },
  {
    code: 'RETRYING',
    what: "the connection's own",
    fix: 'shows',
    prepare: ({ emulator }, own) => void emulator.control.setSubscription(own, { retryStartedAt: threeHoursAgo() }),
  },
  {
    code: 'CREATOR_GONE',
    what: 'who left',
    fix: 'mends after a look',
    subscriptions: [{ callback_url: 'https://a.example.com/hook', creator: GONE }],
  },
  {
    code: 'CREATOR_GONE',
    what: 'who was demoted',
    fix: 'mends after a look',
    subscriptions: [{ callback_url: 'https://a.example.com/hook', creator: 'demoted@example.com' }],
  },
  {
    code: 'KEY_UNKNOWN',
    what: "the connection's own",
    fix: 'mends',
    prepare: async ({ cli }, own) => void (await cli.run(['webhooks', 'keys', 'remove', own])),
  },
  {
    code: 'KEY_UNKNOWN',
    what: 'another managed one',
    fix: 'mends',
    prepare: async ({ cli, emulator }) => {
      const url = 'https://second.example.com/hook'
      await cli.run(['webhooks', 'create', '--callback-url', url, '--events', 'invitee.canceled', '--scope', 'user'])
      const [made] = emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === url)
      await cli.run(['webhooks', 'keys', 'remove', String(made?.uri)])
    },
  },
  {
    code: 'UNKNOWN_HOST',
    what: 'beside an allowed one',
    fix: 'shows',
    args: ['--allow-host', 'hooks.example.com', '--allow-host', '*.internal.example.com'],
    subscriptions: [{ callback_url: 'https://a.internal.example.com/' }, { count: 3, callback_url: 'https://other.example.com:8443/{n}' }],
  },
  {
    code: 'EPHEMERAL_HOST',
    what: 'a tunnel',
    fix: 'shows',
    subscriptions: [{ count: 2, callback_url: 'https://1a2b.ngrok-free.app/{n}' }],
  },
  { code: 'INSECURE_URL', what: 'a foreign one', fix: 'shows', subscriptions: [{ callback_url: 'http://a.example.com/hook' }] },
  {
    code: 'MISSING',
    what: 'its webhook is gone',
    fix: 'mends',
    prepare: ({ emulator }, own) => void emulator.control.removeSubscription(own),
  },
  {
    code: 'DRIFT',
    what: 'other events than desired',
    fix: 'mends',
    prepare: ({ emulator }, own) => changeEvents(emulator, own),
  },
  {
    code: 'TOO_MANY',
    what: 'in all',
    fix: 'shows',
    args: ['--max-total', '3'],
    subscriptions: [{ count: 5, callback_url: 'https://h{n}.example.com/' }],
  },
  {
    code: 'TOO_MANY',
    what: 'at one URL',
    fix: 'shows',
    args: ['--max-per-url', '1'],
    subscriptions: [
      { callback_url: 'https://a.example.com/hook', events: ['invitee.created'] },
      { callback_url: 'https://a.example.com/hook', events: ['invitee.canceled'] },
    ],
  },
]

describe('webhooks audit finds, and its fix removes', () => {
  test.each(ALONE)('webhooks audit finds $code alone ($what), and its fix removes it', async (one) => {
    home = await auditHome(MEMBERS)
    const own = await home.connect()
    const args = one.args ?? []
    expect(await home.findings(args)).toEqual([])
    home.emulator.control.add({ subscriptions: one.subscriptions ?? [] })
    await one.prepare?.(home, own)

    const failing = await home.cli.json(['webhooks', 'audit', '--fail-on', one.code, ...args])
    const found: { code: string; fix: string; count: number; uris: string[]; fix_needs_review: boolean }[] = failing.envelope.data.findings
    expect([failing.code, found.map(({ code }) => code)]).toEqual([3, [one.code]])
    expect(found.map(({ count, uris }) => count === Math.max(1, uris.length))).toEqual([true])
    expect(found.map(({ fix_needs_review: review }) => review)).toEqual([one.fix !== 'mends'])
    const shown = await Promise.all(found.map(({ fix }) => home.shell(agreed(fix))))
    expect(shown).toMatchObject([{ code: 0 }])
    if (one.fix === 'shows') for (const uri of found[0]?.uris ?? []) expect(shown[0]?.stdout).toContain(uri.slice(uri.lastIndexOf('/') + 1))
    expect((await home.findings(args)).map(({ code }) => code)).toEqual(one.fix === 'shows' ? [one.code] : [])
  })

  test('webhooks audit finds every code among 250 subscriptions, nothing else, and the fixes remove all of it', async () => {
    home = await auditHome(MEMBERS)
    const own = await home.connect()
    await home.cli.run(['webhooks', 'keys', 'remove', own])
    changeEvents(home.emulator, own)
    home.emulator.control.add({
      subscriptions: [
        { count: 2, callback_url: 'https://dup.example.com/hook' },
        { callback_url: 'https://disabled.example.com/hook', state: 'disabled' },
        { callback_url: 'https://retrying.example.com/hook', retry_started_at: threeHoursAgo() },
        { callback_url: 'https://gone.example.com/hook', creator: GONE },
        { callback_url: 'https://other.example.net/hook' },
        { count: 2, callback_url: 'https://x{n}.trycloudflare.com/hook' },
        { callback_url: 'http://plain.example.com/hook' },
        { callback_url: 'https://twice.example.com/hook', events: ['event_type.created'] },
        { callback_url: 'https://twice.example.com/hook', events: ['event_type.deleted'] },
        { count: 238, callback_url: 'https://h{n}.example.com/hook' },
      ],
    })
    const args = ['--max-total', '245', '--max-per-url', '1', '--allow-host', '*.example.com', '*.trycloudflare.com']
    const found = await home.findings(args)
    const sharing = found.map(({ code, count, fix_needs_review: review }) => `${code} ${count}${review ? '' : ' mends'}`)
    expect(sharing).toEqual([
      'DUPLICATE 2',
      'DISABLED 1',
      'CREATOR_GONE 1',
      'TOO_MANY 250',
      'TOO_MANY 2',
      'TOO_MANY 2',
      'RETRYING 1',
      'KEY_UNKNOWN 1 mends',
      'UNKNOWN_HOST 1',
      'EPHEMERAL_HOST 2',
      'INSECURE_URL 1',
      'DRIFT 1 mends',
    ])
    for (const { fix } of found) expect(await home.shell(agreed(fix))).toMatchObject({ code: 0 })
    expect((await home.findings(args)).map(({ code, count }) => `${code} ${count}`)).toEqual([
      'TOO_MANY 248',
      'TOO_MANY 2',
      'RETRYING 1',
      'UNKNOWN_HOST 1',
      'EPHEMERAL_HOST 2',
      'INSECURE_URL 1',
    ])
  })

  test('webhooks audit with CALENDLY_TOKEN gives fixes that run with CALENDLY_TOKEN', async () => {
    home = await auditHome({
      ...MEMBERS,
      subscriptions: [
        { count: 3, callback_url: 'https://a.example.com/hook' },
        { callback_url: 'https://b.example.com/hook', state: 'disabled' },
        { callback_url: 'https://c.example.com/hook', creator: GONE },
      ],
    })
    const found = await home.findings([], home.token)
    expect(found.map(({ code }) => code)).toEqual(['DUPLICATE', 'DISABLED', 'CREATOR_GONE'])
    for (const { fix } of found) expect(await home.shell(agreed(fix), home.token)).toMatchObject({ code: 0 })
    expect(await home.findings([], home.token)).toEqual([])
  })
})
