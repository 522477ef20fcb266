// What each rule says of groups, of what others made, and of what is neither one thing nor the other.

import { describe, expect, test } from 'vitest'

import { auditSubscriptions } from '../../../src/core/audit/audit.ts'
import type { FindingCode } from '../../../src/core/audit/findings.ts'
import type { AuditInput, DesiredOf } from '../../../src/core/audit/surroundings.ts'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import { auditInput } from '../../support/audit.ts'
import {
  aMembership,
  aSpec,
  aSubscription,
  aUserSubscription,
  GROUP,
  HOOK_URL,
  knownOf,
  LEFT_USER,
  NOW_MS,
  OTHER_USER,
  USER,
} from '../../support/builders.ts'

const AS_ACME = 'calreconnect --account acme'
const own = aSubscription('OWN')
const acme: DesiredOf = { account: 'acme', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }

const at = (id: string, callbackUrl: string, differing: Partial<Subscription> = {}) => aSubscription(id, { callbackUrl, ...differing })
const tunnels = (count: number, differing: Partial<Subscription> = {}) =>
  Array.from({ length: count }, (_, n) => at(`T${String(n).padStart(2, '0')}`, `https://t${n}.ngrok.app/`, differing))
const urisOf = (of: readonly { readonly uri: string }[]) => of.map(({ uri }) => uri)
const spaced = (of: readonly { readonly uri: string }[]) => urisOf(of).join(' ')

/** The findings of one code, as far as a person reads them. */
function found(code: FindingCode, differing: Partial<AuditInput>) {
  return auditSubscriptions(auditInput(differing))
    .filter((one) => one.code === code)
    .map(({ message, uris, fix, fixNeedsReview }) => ({ message, uris, fix: String(fix), review: fixNeedsReview }))
}

const fixesOf = (code: FindingCode, differing: Partial<AuditInput>) => found(code, differing).map(({ fix, review }) => [fix, review])

describe('DISABLED', () => {
  const disabled = { state: 'disabled' } as const

  test('auditSubscriptions deletes up to 20 dead tunnels by name, and lists more', () => {
    const twenty = tunnels(20, disabled)
    expect(found('DISABLED', { observed: twenty })).toEqual([
      {
        message: '20 subscriptions at *.ngrok.app are disabled: nothing is delivered, and Calendly has no way to enable it again',
        uris: urisOf(twenty),
        fix: `${AS_ACME} webhooks delete ${spaced(twenty)}`,
        review: true,
      },
    ])
    expect(fixesOf('DISABLED', { observed: tunnels(21, disabled) })).toEqual([
      [`${AS_ACME} webhooks list --state disabled --url '*://*ngrok.app*'`, true],
    ])
  })

  test('auditSubscriptions needs nobody to look at dead ones that were all made here', () => {
    const both = tunnels(2, disabled)
    const [one] = both
    expect(fixesOf('DISABLED', { observed: both, known: both.map((each) => knownOf(each)) }).map(([, review]) => review)).toEqual([false])
    expect(fixesOf('DISABLED', { observed: both, known: [one].flatMap((each) => each ?? []).map((each) => knownOf(each)) })).toEqual([
      [`${AS_ACME} webhooks delete ${spaced(both)}`, true],
    ])
  })

  test("auditSubscriptions keeps a connection's own tunnel apart from the others of its provider", () => {
    const mine = at('MINE', 'https://mine.ngrok.app/', disabled)
    const spec = aSpec({ callbackUrl: mine.callbackUrl })
    const others = tunnels(2, disabled)
    const input = { observed: [mine, ...others], desired: [{ ...acme, spec, webhookUri: mine.uri }] }
    expect(found('DISABLED', input).map(({ uris, fix }) => [uris, fix])).toEqual([
      [[mine.uri], 'calreconnect reconnect acme'],
      [urisOf(others), `${AS_ACME} webhooks delete ${spaced(others)}`],
    ])
  })

  test('auditSubscriptions keeps ordinary hosts apart, even where they are one', () => {
    const both = ['a', 'b'].map((path) => at(path, `https://crm.example.net/${path}`, disabled))
    expect(found('DISABLED', { observed: both }).map(({ uris }) => uris)).toEqual(both.map(({ uri }) => [uri]))
  })
})

describe('RETRYING', () => {
  const since = (retryStartedAt: string) => ({ retryStartedAt })
  const ENDING = 'What the receiver answers is to be seen at the receiver, which must answer 2xx'

  test.each([
    ['2026-11-22T12:00:00.000Z', 24],
    ['2026-11-22T11:59:59.000Z', 23],
    ['2026-11-22T04:30:00.000Z', 16],
    ['2026-11-21T12:00:01.000Z', 0],
    ['2026-11-19T12:00:00.000Z', 0],
    // A clock that goes before ours, and no time at all.
    ['2026-11-22T15:00:00.000Z', 24],
    ['yesterday', 24],
  ])('auditSubscriptions at noon of the 22nd says of deliveries that fail since %s: %i hours are left', (started, hours) => {
    expect(found('RETRYING', { observed: [aSubscription('A', since(started))] })).toEqual([
      {
        message: `Deliveries to ${HOOK_URL} (A) fail since ${started}: ${hours} of 24 hours are left before Calendly disables it. ${ENDING}`,
        uris: [aSubscription('A').uri],
        fix: `${AS_ACME} webhooks get ${aSubscription('A').uri}`,
        review: true,
      },
    ])
  })

  test('auditSubscriptions counts the hours of tunnels together from the first that failed', () => {
    const one = at('A', 'https://a.ngrok.app/', since('2026-11-22T10:00:00Z'))
    const two = at('B', 'https://b.ngrok.app/', since('2026-11-22T07:00:00Z'))
    expect(found('RETRYING', { observed: [one, two] })).toEqual([
      {
        message: `Deliveries to 2 subscriptions at *.ngrok.app fail since 2026-11-22T07:00:00Z: 19 of 24 hours are left before Calendly disables it. ${ENDING}`,
        uris: [one.uri, two.uri],
        fix: `${AS_ACME} webhooks list --url '*://*ngrok.app*'`,
        review: true,
      },
    ])
  })
})

describe('INSECURE_URL', () => {
  test('auditSubscriptions lists tunnels without https together, by their host where it is one', () => {
    const both = ['a', 'b'].map((path) => at(path, `http://x.ngrok.app/${path}`))
    expect(found('INSECURE_URL', { observed: both })).toEqual([
      {
        message: '2 subscriptions at x.ngrok.app are not https: names, addresses and answers of invitees can be read on the way',
        uris: urisOf(both),
        fix: `${AS_ACME} webhooks list --url '*://x.ngrok.app/*'`,
        review: true,
      },
    ])
  })

  test('auditSubscriptions shows what is no URL by its text', () => {
    const [odd, same] = [at('ODD', 'crm hook'), at('SAME', 'crm hook')]
    expect(fixesOf('INSECURE_URL', { observed: [odd] })).toEqual([[`${AS_ACME} webhooks list --url 'crm hook'`, true]])
    expect(fixesOf('UNKNOWN_HOST', { observed: [odd, same], allowHosts: ['*.example.com'] })).toEqual([
      [`${AS_ACME} webhooks list --url 'crm hook'`, true],
    ])
  })

  test("auditSubscriptions moves a connection's own to https, with the flags that its host needs", () => {
    const mine = at('MINE', 'http://x.ngrok.app/in')
    const desired = [{ ...acme, spec: aSpec({ callbackUrl: mine.callbackUrl }), webhookUri: mine.uri }]
    expect(fixesOf('INSECURE_URL', { observed: [mine], desired })).toEqual([
      ['calreconnect reconnect acme --callback-url https://x.ngrok.app/in --allow-ephemeral-host', true],
    ])
  })
})

describe('UNKNOWN_HOST', () => {
  test.each([
    ['its host', ['hooks.example.com'], []],
    ['its host with another port', ['hooks.example.com:9999'], ['OWN', 'PORT']],
    ['its host with its port', ['hooks.example.com:8443'], ['OWN']],
    ['everything', ['*'], []],
    ['one of several', ['crm.example.net', '*.example.com'], []],
    ['others only', ['crm.example.net', 'hooks.example.org'], ['OWN', 'PORT']],
  ])('auditSubscriptions with --allow-host for %s', (_what, allowHosts, expected) => {
    const port = at('PORT', 'https://hooks.example.com:8443/')
    const ids = found('UNKNOWN_HOST', { observed: [own, port], allowHosts }).flatMap(({ uris }) => uris.map((uri) => uri.split('/').at(-1)))
    expect(ids).toEqual(expected)
  })

  test('auditSubscriptions names two hosts of one provider as two', () => {
    expect(found('UNKNOWN_HOST', { observed: tunnels(2), allowHosts: ['x.test'] }).map(({ message }) => message)).toEqual([
      '*.ngrok.app is not an allowed host (2 subscriptions at 2 hosts, such as t0.ngrok.app and t1.ngrok.app)',
    ])
  })
})

describe('EPHEMERAL_HOST', () => {
  test('auditSubscriptions deletes up to 20 that were all made here and are nobody’s own', () => {
    const twenty = tunnels(20)
    const made = (of: readonly Subscription[]) => of.map((one) => knownOf(one, { origin: 'created' }))
    const LIST = `${AS_ACME} webhooks list --url '*://*ngrok.app*'`
    expect(fixesOf('EPHEMERAL_HOST', { observed: twenty, known: made(twenty) })).toEqual([
      [`${AS_ACME} webhooks delete ${spaced(twenty)}`, false],
    ])
    expect(fixesOf('EPHEMERAL_HOST', { observed: twenty, known: made(twenty.slice(1)) })).toEqual([[LIST, true]])
    const many = tunnels(21)
    expect(fixesOf('EPHEMERAL_HOST', { observed: many, known: made(many) })).toEqual([[LIST, true]])
    const spec = aSpec({ callbackUrl: twenty[3]?.callbackUrl ?? '' })
    expect(fixesOf('EPHEMERAL_HOST', { observed: twenty, known: made(twenty), desired: [{ ...acme, spec }] })).toEqual([[LIST, true]])
  })

  test('auditSubscriptions shows tunnels of several users, of no user and without a connection to whoever asks', () => {
    const mine = aUserSubscription('MINE', { callbackUrl: 'https://x.ngrok.app/', user: OTHER_USER })
    const theirs = { ...mine, uri: 'THEIRS', user: USER }
    const LIST = "webhooks list --url '*://x.ngrok.app/*'"
    const dev = { account: 'dev', userUri: OTHER_USER, spec: null, webhookUri: null }
    const nobody = { account: 'nobody', userUri: null, spec: null, webhookUri: null }
    const fixes = (observed: readonly Subscription[], differing: Partial<AuditInput> = {}) =>
      found('EPHEMERAL_HOST', { observed, desired: [dev, nobody], ...differing }).map(({ fix }) => fix)
    expect(fixes([mine])).toEqual([`calreconnect --account dev ${LIST}`])
    expect(fixes([mine, theirs])).toEqual([`${AS_ACME} ${LIST}`])
    expect(fixes([at('ALL', 'https://x.ngrok.app/', { user: OTHER_USER })])).toEqual([`${AS_ACME} ${LIST}`])
    expect(fixes([mine], { account: null })).toEqual([`calreconnect ${LIST}`])
    expect(fixes([mine], { desired: null })).toEqual([`${AS_ACME} ${LIST}`])
  })
})

describe('CREATOR_GONE', () => {
  const ENDING = '. Each is made anew by a present member, and goes then; those whose work is done can just go'
  const left = (id: string, differing: Partial<Subscription> = {}) =>
    at(id, `https://${id.toLowerCase()}.example.net/`, { creator: LEFT_USER, ...differing })
  const memberships = [aMembership(USER, 'owner'), aMembership(OTHER_USER, 'user')]
  const gone = (differing: Partial<AuditInput>) => found('CREATOR_GONE', { memberships, ...differing })

  test('auditSubscriptions makes one finding for each creator and reason', () => {
    const demoted = at('D', 'https://d.example.net/', { creator: OTHER_USER })
    const [a, b, c] = [left('A'), left('B'), left('C', { creator: 'https://api.calendly.com/users/ALSO_LEFT' })]
    expect(gone({ observed: [a, b, c, demoted] }).map(({ message, uris, review }) => ({ message, uris, review }))).toEqual([
      {
        message: `The creator of 2 subscriptions at 2 hosts, such as a.example.net and b.example.net is no longer a member of the organization${ENDING}`,
        uris: [a.uri, b.uri],
        review: true,
      },
      { message: 'The creator of https://c.example.net/ (C) is no longer a member of the organization', uris: [c.uri], review: true },
      {
        message: 'The creator of https://d.example.net/ (D) is no longer an owner or admin of the organization',
        uris: [demoted.uri],
        review: true,
      },
    ])
  })

  test.each<[string, Partial<Subscription>]>([
    ['whose creator nobody knows', { creator: null }],
    ['of an admin', { creator: USER }],
    ['of a user for themselves', { creator: OTHER_USER, scope: 'user', user: OTHER_USER }],
    ['of a group', { creator: OTHER_USER, scope: 'group', group: GROUP }],
  ])('auditSubscriptions finds nothing in one %s', (_what, differing) => {
    const admins = [aMembership(USER, 'admin'), aMembership(OTHER_USER, 'user')]
    expect(gone({ observed: [aSubscription('A', differing)], memberships: admins })).toEqual([])
    expect(gone({ observed: [left('A')], memberships: null })).toEqual([])
  })

  test.each<[string, Partial<Subscription>, string]>([
    [
      'for the organization is made anew',
      {},
      'webhooks create --callback-url https://a.example.net/ --events invitee.created,invitee.canceled --scope organization',
    ],
    [
      'for a group is made anew for it',
      { scope: 'group', group: GROUP },
      `webhooks create --callback-url https://a.example.net/ --events invitee.created,invitee.canceled --scope group --group ${GROUP}`,
    ],
    ['for a user goes', { scope: 'user', user: LEFT_USER }, `webhooks delete ${left('A').uri}`],
    ['that is disabled goes', { state: 'disabled' }, `webhooks delete ${left('A').uri}`],
    ['of an unknown state goes', { state: 'paused' }, `webhooks delete ${left('A').uri}`],
    ['of an unknown scope goes', { scope: 'team' }, `webhooks delete ${left('A').uri}`],
  ])('auditSubscriptions: what somebody left behind %s', (_what, differing, command) => {
    expect(gone({ observed: [left('A', differing)] }).map(({ fix, review }) => [fix, review])).toEqual([[`${AS_ACME} ${command}`, true]])
  })

  test('auditSubscriptions begins with the one of several that is a connection’s own, then with one that it understands', () => {
    const mine = { ...own, creator: LEFT_USER }
    const odd = left('ODD', { state: 'paused', createdAt: '2026-10-01T00:00:00Z' })
    const desired = [{ ...acme, webhookUri: mine.uri }]
    const fixes = (observed: readonly Subscription[]) => gone({ observed, desired }).map(({ fix, review }) => [fix, review])
    expect(fixes([odd, mine])).toEqual([[`${AS_ACME} webhooks recreate`, true]])
    expect(fixes([mine])).toEqual([[`${AS_ACME} webhooks recreate`, false]])
    expect(fixes([odd, left('A')])).toEqual([[expect.stringContaining('webhooks create --callback-url https://a.example.net/ '), true]])
    expect(fixes([odd])).toEqual([[`${AS_ACME} webhooks delete ${odd.uri}`, true]])
  })

  test('auditSubscriptions lets go what was all made for connections and is wanted no more', () => {
    const observed = Array.from({ length: 21 }, (_, n) => left(`L${String(n).padStart(2, '0')}`))
    const fixes = (count: number, differing: Partial<AuditInput> = {}) =>
      gone({ observed: observed.slice(0, count), known: observed.map((one) => knownOf(one)), ...differing }).map(({ fix, review }) => [
        fix,
        review,
      ])
    const DELETE = (count: number) => `${AS_ACME} webhooks delete ${spaced(observed.slice(0, count))}`
    const CREATE = expect.stringContaining('webhooks create --callback-url https://l00.example.net/ ')
    expect(fixes(1)).toEqual([[DELETE(1), false]])
    expect(fixes(20)).toEqual([[DELETE(20), false]])
    expect(fixes(21)).toEqual([[DELETE(21), true]])
    expect(fixes(2, { desired: null })).toEqual([[CREATE, true]])
    expect(fixes(2, { known: observed.slice(0, 1).map((one) => knownOf(one)) })).toEqual([[CREATE, true]])
    expect(fixes(2, { known: observed.map((one) => knownOf(one, { isActive: false })) })).toEqual([[CREATE, true]])
    expect(fixes(2, { known: observed.map((one) => knownOf(one, { origin: 'created' })) })).toEqual([[CREATE, true]])
  })

  test('auditSubscriptions lets a connection mend what its own user may no longer make', () => {
    const mine = { ...own, creator: OTHER_USER }
    const fixes = (userUri: string | null) =>
      gone({ observed: [mine], desired: [{ ...acme, userUri }] }).map(({ fix, review }) => [fix, review])
    expect(fixes(OTHER_USER)).toEqual([['calreconnect reconnect acme', true]])
    expect(fixes(USER)).toEqual([[`${AS_ACME} webhooks recreate`, false]])
    expect(fixes(null)).toEqual([[`${AS_ACME} webhooks recreate`, false]])
  })
})

describe('KEY_UNKNOWN', () => {
  const keyless = { keyStored: false } as const
  const made = at('MADE', 'https://made.example.com/')
  const CREATE = 'webhooks create --callback-url https://made.example.com/ --events invitee.created,invitee.canceled --scope organization'

  test.each<[string, Partial<AuditInput>, readonly (readonly [string, boolean])[]]>([
    [
      'of one that was adopted',
      { known: [knownOf(made, { ...keyless, adopted: true })] },
      [[`${AS_ACME} webhooks keys add ${made.uri} --stdin`, true]],
    ],
    [
      'of one that was made for a connection',
      { known: [knownOf(made, { ...keyless, account: 'sales' })] },
      [[`calreconnect --account sales ${CREATE}`, false]],
    ],
    ['of one of which nobody knows for whom', { known: [knownOf(made, { ...keyless, account: null })] }, [[`${AS_ACME} ${CREATE}`, false]]],
    [
      'of one with an earlier record',
      { known: [knownOf(made, { ...keyless, account: 'past', isActive: false }), knownOf(made, { ...keyless, account: 'sales' })] },
      [[`calreconnect --account sales ${CREATE}`, false]],
    ],
    ['without an account', { known: [knownOf(made, { ...keyless, account: null })], account: null }, [[`calreconnect ${CREATE}`, false]]],
    [
      'of a connection’s own that somebody else made',
      { observed: [own], known: [], desired: [acme] },
      [['calreconnect reconnect acme', false]],
    ],
    ['of what somebody else made', { known: [] }, []],
    ['of what was here and is said to be gone', { known: [knownOf(made, { ...keyless, isActive: false })] }, []],
    ['of what is disabled', { observed: [{ ...made, state: 'disabled' }], known: [knownOf(made, keyless)] }, []],
    ['of what is not understood', { observed: [{ ...made, scope: 'team' }], known: [knownOf(made, keyless)] }, []],
    ['where it is stored', { known: [knownOf(made)] }, []],
    ['without a store', { known: null, desired: [{ ...acme, spec: aSpec({ callbackUrl: made.callbackUrl }) }] }, []],
    [
      'of a duplicate that is to go',
      { observed: [made, { ...made, uri: 'X' }], known: [knownOf(made), knownOf({ ...made, uri: 'X' }, keyless)] },
      [],
    ],
  ])('auditSubscriptions misses the key %s', (_what, differing, expected) => {
    expect(fixesOf('KEY_UNKNOWN', { observed: [made], ...differing })).toEqual(expected)
  })
})

describe('DUPLICATE', () => {
  const twins = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      aSubscription(`D${String(n).padStart(2, '0')}`, { createdAt: `2026-11-0${1 + (n % 9)}T00:00:00Z` }),
    )

  test('auditSubscriptions names up to 20 surplus ones, and prunes more', () => {
    const of = (count: number) => {
      const observed = twins(count)
      const [one] = found('DUPLICATE', { observed, known: observed.map((each) => knownOf(each)) })
      return [one?.fix, one?.review, one?.uris.length]
    }
    expect(of(3)).toEqual([expect.stringMatching(/^calreconnect --account acme webhooks delete( \S+){2}$/), false, 3])
    expect(of(21)).toEqual([expect.stringMatching(/^calreconnect --account acme webhooks delete( \S+){20}$/), false, 21])
    expect(of(22)).toEqual([`${AS_ACME} webhooks prune --duplicates --include-foreign`, true, 22])
  })

  test('auditSubscriptions names the events that are delivered twice, and needs a look at what others made', () => {
    const wide = aSubscription('WIDE', { events: ['invitee.created', 'contact.created', 'invitee.canceled'] })
    const narrow = aUserSubscription('NARROW', { events: ['invitee.canceled', 'invitee.created'] })
    const one = aUserSubscription('ONE', { events: ['invitee.created'], user: OTHER_USER })
    expect(found('DUPLICATE', { observed: [wide, narrow, one], known: [knownOf(wide), knownOf(one)] })).toEqual([
      {
        message: `${HOOK_URL} is subscribed to invitee.created, invitee.canceled 3 times; WIDE can stay`,
        uris: [wide.uri, one.uri, narrow.uri],
        fix: `${AS_ACME} webhooks delete ${one.uri} ${narrow.uri}`,
        review: true,
      },
    ])
  })

  test('auditSubscriptions keeps a connection’s own, whatever else is better about another', () => {
    const better = aSubscription('BETTER', { events: [...own.events, 'contact.created'], createdAt: '2026-11-20T00:00:00Z' })
    expect(
      found('DUPLICATE', { observed: [better, own], desired: [acme], known: [knownOf(own), knownOf(better)] }).map(({ uris }) => uris),
    ).toEqual([[own.uri, better.uri]])
  })
})

describe('DRIFT', () => {
  const old = at('OLD', 'https://old.example.com/')
  const older = at('OLDER', 'https://older.example.com/', { createdAt: '2026-10-01T00:00:00Z' })
  const STILL = [['calreconnect reconnect acme', false]]

  test('auditSubscriptions calls everything left behind that was made for a connection and is elsewhere now', () => {
    const known = [knownOf(own), knownOf(old), knownOf(older)]
    expect(found('DRIFT', { observed: [own, old, older], known, desired: [acme] })).toEqual([
      {
        message: 'acme still has https://older.example.com/, https://old.example.com/, desired no more',
        uris: [older.uri, old.uri],
        fix: 'calreconnect reconnect acme',
        review: false,
      },
    ])
  })

  test.each<[string, Partial<AuditInput>, readonly unknown[]]>([
    ['a connection that wants none', { observed: [own], known: [knownOf(own)], desired: [{ ...acme, spec: null }] }, STILL],
    [
      'a record of another connection',
      { observed: [old], known: [knownOf(old, { account: 'kim' })], desired: [{ ...acme, spec: null }] },
      [],
    ],
    ['what was made by name', { observed: [old], known: [knownOf(old, { origin: 'created' })], desired: [{ ...acme, spec: null }] }, []],
    ['what is said to be gone', { observed: [old], known: [knownOf(old, { isActive: false })], desired: [{ ...acme, spec: null }] }, []],
    ['what is not understood', { observed: [{ ...old, state: 'paused' }], known: [knownOf(old)], desired: [{ ...acme, spec: null }] }, []],
    ['no store', { observed: [old], known: null, desired: [{ ...acme, spec: null }] }, []],
    ['nothing desired', { observed: [old], known: [knownOf(old)], desired: null }, []],
    [
      'its own place with another state',
      { observed: [{ ...own, state: 'paused', events: [] }], known: [knownOf(own)], desired: [acme] },
      [],
    ],
    [
      'its own events in another order',
      { observed: [{ ...own, events: own.events.toReversed() }], known: [knownOf(own)], desired: [acme] },
      [],
    ],
    ['what is missing elsewhere', { observed: [], missing: [knownOf(old)], desired: [acme] }, STILL],
    ['what is missing here', { observed: [], missing: [knownOf(own)], desired: [acme] }, []],
  ])('auditSubscriptions finds in %s', (_what, differing, expected) => {
    expect(fixesOf('DRIFT', differing)).toEqual(expected)
  })

  test('auditSubscriptions lets somebody else remove what the connection’s own user may not, and only that', () => {
    const memberships = [aMembership(USER, 'owner'), aMembership(OTHER_USER, 'user')]
    const known = [knownOf(old), knownOf(older)]
    const fix = (...creators: readonly [string | null, string | null]) => {
      const observed = [older, old].map((one, index) => ({ ...one, creator: creators[index] ?? null }))
      return fixesOf('DRIFT', { observed, known, memberships, desired: [{ ...acme, spec: null }] })
    }
    const DELETE = [[`${AS_ACME} webhooks delete ${older.uri} ${old.uri}`, false]]
    expect(fix(USER, OTHER_USER)).toEqual(DELETE)
    expect(fix(USER, LEFT_USER)).toEqual(STILL)
    expect(fix(USER, null)).toEqual(STILL)
    expect(fixesOf('DRIFT', { observed: [older], known, memberships: [], desired: [{ ...acme, userUri: null, spec: null }] })).toEqual(
      STILL,
    )
  })
})

describe('MISSING', () => {
  test('auditSubscriptions makes everything that is gone from one place one finding, made anew as it was last', () => {
    const first = knownOf(own, { account: 'past' })
    const last = knownOf({ ...own, uri: 'LAST', events: ['contact.created'] }, { account: 'kim' })
    const text = (ids: string) =>
      `The subscription for ${HOOK_URL} in organization scope (${ids}) is gone at Calendly: it was deleted there, or its receiver answered 410, on which Calendly deletes it`
    const CREATE = `webhooks create --callback-url ${HOOK_URL} --events contact.created --scope organization`
    expect(found('MISSING', { missing: [first, last] })).toEqual([
      { message: text('OWN, LAST'), uris: [own.uri, 'LAST'], fix: `calreconnect --account kim ${CREATE}`, review: false },
    ])
    expect(fixesOf('MISSING', { missing: [{ ...last, account: null }] })).toEqual([[`${AS_ACME} ${CREATE}`, false]])
    expect(fixesOf('MISSING', { missing: [last], desired: null })).toEqual([[`calreconnect --account kim ${CREATE}`, false]])
    expect(fixesOf('MISSING', { missing: [last], desired: [{ ...acme, account: 'none', spec: null }, acme] })).toEqual([
      ['calreconnect reconnect acme', false],
    ])
  })
})

describe('TOO_MANY', () => {
  const MONTH_MS = 30 * 86_400_000
  const ago = (ms: number) => ({ createdAt: new Date(NOW_MS - ms).toISOString() })

  test.each([
    [3, null],
    [2, '3 subscriptions are more than the 2 of --max-total: 3 made elsewhere, 1 created in the last 30 days'],
    [0, '3 subscriptions are more than the 0 of --max-total: 3 made elsewhere, 1 created in the last 30 days'],
  ])('auditSubscriptions of three with --max-total %i', (totalMax, message) => {
    const observed = [
      at('A', 'https://a.example.net/', ago(MONTH_MS)),
      at('B', 'https://b.example.net/', ago(MONTH_MS - 1)),
      at('C', 'https://c.example.net/', ago(2 * MONTH_MS)),
    ]
    expect(found('TOO_MANY', { observed, totalMax }).map((one) => one.message)).toEqual(message === null ? [] : [message])
  })

  test('auditSubscriptions says where most of them are, and what of them is of no use', () => {
    const observed = [
      ...tunnels(3),
      at('DEAD', 'https://dead.example.net/', { state: 'disabled' }),
      at('CRM', 'https://crm.example.net/'),
      at('CRM2', 'https://crm.example.net/'),
    ]
    expect(found('TOO_MANY', { observed, totalMax: 5, known: [knownOf(aSubscription('CRM'))] }).map(({ message }) => message)).toEqual([
      '6 subscriptions are more than the 5 of --max-total: 5 made elsewhere, 1 that another makes superfluous, 1 disabled, 6 created in the last 30 days, most at *.ngrok.app (3)',
    ])
  })

  test('auditSubscriptions says one subscription of one', () => {
    expect(found('TOO_MANY', { observed: [own], totalMax: 0 }).map(({ message }) => message)).toEqual([
      '1 subscription are more than the 0 of --max-total: 1 made elsewhere, 1 created in the last 30 days',
    ])
  })

  test('auditSubscriptions judges each URL by itself, as it is written normally', () => {
    const observed = [
      own,
      aSubscription('SAME', { callbackUrl: 'https://HOOKS.example.com:443/calendly' }),
      at('CRM', 'https://crm.example.net/'),
    ]
    expect(found('TOO_MANY', { observed, perUrlMax: 1 })).toEqual([
      {
        message: `2 subscriptions at ${HOOK_URL} are more than the 1 of --max-per-url: 2 made elsewhere, 1 that another makes superfluous, 2 created in the last 30 days`,
        uris: [own.uri, aSubscription('SAME').uri],
        fix: `${AS_ACME} webhooks list --url ${HOOK_URL}`,
        review: true,
      },
    ])
    expect(found('TOO_MANY', { observed, perUrlMax: 2 })).toEqual([])
  })

  test.each<[string, Partial<Subscription>, Partial<AuditInput>, boolean]>([
    ['is dead and was made here', { state: 'disabled' }, {}, true],
    ['works', {}, {}, false],
    ['is dead and somebody else’s', { state: 'disabled' }, { known: [] }, false],
    ['is dead and not understood', { state: 'disabled', scope: 'team' }, {}, false],
    [
      'is dead and a connection’s own',
      { state: 'disabled' },
      { desired: [{ ...acme, spec: aSpec({ callbackUrl: 'https://made.example.net/' }) }] },
      false,
    ],
    ['is dead, where two must go', { state: 'disabled' }, { totalMax: 0 }, false],
  ])('auditSubscriptions offers to delete what %s', (_what, differing, input, isOffered) => {
    const made = at('MADE', 'https://made.example.net/', differing)
    const foreign = at('FOREIGN', 'https://foreign.example.net/')
    expect(fixesOf('TOO_MANY', { observed: [made, foreign], known: [knownOf(made)], totalMax: 1, ...input })).toEqual([
      isOffered ? [`${AS_ACME} webhooks delete ${made.uri}`, false] : [`${AS_ACME} webhooks list`, true],
    ])
  })

  test('auditSubscriptions names no more than 20 that can go', () => {
    const dead = Array.from({ length: 22 }, (_, n) =>
      at(`D${String(n).padStart(2, '0')}`, `https://d${n}.example.net/`, { state: 'disabled' }),
    )
    const known = dead.map((one) => knownOf(one))
    expect(fixesOf('TOO_MANY', { observed: dead, known, totalMax: 2 })).toEqual([
      [`${AS_ACME} webhooks delete ${spaced(dead.slice(0, 20))}`, false],
    ])
    expect(fixesOf('TOO_MANY', { observed: dead, known, totalMax: 1 })).toEqual([[`${AS_ACME} webhooks list`, true]])
  })
})

describe('auditSubscriptions and what is a connection’s own', () => {
  const young = aSubscription('YOUNG', { createdAt: '2026-11-20T00:00:00Z' })
  const owners = (differing: Partial<AuditInput>, webhookUri: string | null) =>
    found('DUPLICATE', { desired: [{ ...acme, webhookUri }], ...differing }).map(({ uris }) => uris[0])

  test.each<[string, Partial<AuditInput>, string | null, string]>([
    ['the one on record', { observed: [own, young] }, own.uri, own.uri],
    ['the newest where none is on record', { observed: [own, young] }, null, young.uri],
    [
      'another where the one on record is disabled',
      { observed: [{ ...own, state: 'disabled' }, aSubscription('A')] },
      own.uri,
      aSubscription('A').uri,
    ],
    ['the one with a key', { observed: [own, young], known: [knownOf(own, { origin: 'key_added' })] }, null, own.uri],
  ])('is %s', (_what, differing, webhookUri, expected) => {
    expect(owners(differing, webhookUri)).toEqual([expected])
  })

  test('counts what was listed twice once, as it was listed last', () => {
    expect(
      auditSubscriptions(auditInput({ observed: [own, { ...own, state: 'disabled' }] })).map(({ code, count }) => [code, count]),
    ).toEqual([['DISABLED', 1]])
  })
})
