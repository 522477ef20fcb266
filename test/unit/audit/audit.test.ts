import { describe, expect, test } from 'vitest'

import { auditSubscriptions, codesNotJudged, failsAt, parseFailOn, SEVERITIES } from '../../../src/core/audit/audit.ts'
import { shellWord } from '../../../src/core/errors/advice.ts'
import type { AuditInput, Finding } from '../../../src/core/audit/surroundings.ts'
import {
  HOOK_URL,
  NOW_MS,
  OTHER_USER,
  USER,
  aMembership,
  aSpec,
  aSubscription,
  aUserSubscription,
  knownOf,
} from '../../support/builders.ts'

const own = aSubscription('OWN')
const made = aSubscription('MADE', { callbackUrl: 'https://made.example.com/hook', events: ['invitee.created'] })
const foreign = aSubscription('FOREIGN', { callbackUrl: 'https://crm.example.net/in' })
const healthy: AuditInput = {
  observed: [own, made, foreign],
  known: [knownOf(own), knownOf(made, { origin: 'created' })],
  missing: [],
  desired: [{ account: 'acme', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }],
  memberships: [aMembership(USER, 'owner'), aMembership(OTHER_USER, 'user')],
  totalMax: null,
  perUrlMax: null,
  allowHosts: [],
  nowMs: NOW_MS,
  account: 'acme',
}

const deleteFix = (...of: { uri: string }[]) => `calreconnect --account acme webhooks delete ${of.map(({ uri }) => uri).join(' ')}`
const getFix = (of: { uri: string }) => `calreconnect --account acme webhooks get ${of.uri}`
const listFix = (glob: string) => `calreconnect --account acme webhooks list --url ${glob}`
const RECREATE = 'calreconnect --account acme webhooks recreate'
const RECONNECT = 'calreconnect reconnect acme'

test('auditSubscriptions finds nothing where nothing is wrong, in whatever order', () => {
  expect(auditSubscriptions(healthy)).toEqual([])
})

const twin = aUserSubscription('TWIN', { createdAt: '2026-11-05T00:00:00.000000Z' })
const disabled = (of: typeof own) => ({ ...of, state: 'disabled' as const })
const retrying = (of: typeof own) => ({ ...of, retryStartedAt: '2026-11-22T04:30:00.000000Z' })
const tunnels = ['a', 'b'].map((path) => aSubscription(path, { callbackUrl: `https://x.ngrok-free.app/${path}` }))
const plain = aSubscription('PLAIN', { callbackUrl: 'http://crm.example.net/in' })

test.each<[string, Partial<AuditInput>, Omit<Finding, 'severity' | 'fix' | 'count' | 'fixNeedsReview'> & { fix: string; review?: true }]>([
  [
    'DUPLICATE: a twin in user scope',
    { observed: [twin, own] },
    {
      code: 'DUPLICATE',
      message: `${HOOK_URL} is subscribed to invitee.created, invitee.canceled 2 times; OWN can stay`,
      uris: [own.uri, twin.uri],
      fix: deleteFix(twin),
      review: true,
    },
  ],
  [
    "DISABLED: the connection's own",
    { observed: [disabled(own)] },
    {
      code: 'DISABLED',
      message: `${HOOK_URL} (OWN) is disabled: nothing is delivered, and Calendly has no way to enable it again`,
      uris: [own.uri],
      fix: RECONNECT,
    },
  ],
  [
    'DISABLED: a foreign one',
    { observed: [own, disabled(foreign)] },
    { code: 'DISABLED', message: expect.stringContaining('crm.example.net'), uris: [foreign.uri], fix: deleteFix(foreign), review: true },
  ],
  [
    "RETRYING: the connection's own, with the hours left",
    { observed: [retrying(own)] },
    {
      code: 'RETRYING',
      message: `Deliveries to ${HOOK_URL} (OWN) fail since 2026-11-22T04:30:00.000000Z: 16 of 24 hours are left before Calendly disables it. What the receiver answers is to be seen at the receiver, which must answer 2xx`,
      uris: [own.uri],
      fix: getFix(own),
      review: true,
    },
  ],
  [
    'RETRYING: past its time',
    { observed: [own, { ...foreign, retryStartedAt: '2026-11-20T00:00:00Z' }] },
    { code: 'RETRYING', message: expect.stringContaining(': 0 of 24 hours'), uris: [foreign.uri], fix: getFix(foreign), review: true },
  ],
  [
    "CREATOR_GONE: left, the connection's own",
    { observed: [{ ...own, creator: 'https://api.calendly.com/users/LEFT' }] },
    {
      code: 'CREATOR_GONE',
      message: `The creator of ${HOOK_URL} (OWN) is no longer a member of the organization`,
      uris: [own.uri],
      fix: RECREATE,
    },
  ],
  [
    'CREATOR_GONE: demoted',
    { observed: [own, { ...foreign, creator: OTHER_USER }] },
    {
      code: 'CREATOR_GONE',
      message: 'The creator of https://crm.example.net/in (FOREIGN) is no longer an owner or admin of the organization',
      uris: [foreign.uri],
      fix: 'calreconnect --account acme webhooks create --callback-url https://crm.example.net/in --events invitee.created,invitee.canceled --scope organization',
      review: true,
    },
  ],
  [
    'CREATOR_GONE: whose connection cannot make it anew',
    {
      observed: [{ ...own, creator: OTHER_USER }],
      desired: [{ account: 'robin', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }],
    },
    {
      code: 'CREATOR_GONE',
      message: `The creator of ${HOOK_URL} (OWN) is no longer an owner or admin of the organization`,
      uris: [own.uri],
      fix: 'calreconnect reconnect robin',
      review: true,
    },
  ],
  [
    "KEY_UNKNOWN: the connection's own",
    { known: [knownOf(own, { keyStored: false })], observed: [own] },
    {
      code: 'KEY_UNKNOWN',
      message: `No signing key is stored for ${HOOK_URL} (OWN), so its deliveries cannot be verified`,
      uris: [own.uri],
      fix: RECONNECT,
    },
  ],
  [
    'KEY_UNKNOWN: made by webhooks create',
    { known: [knownOf(own), knownOf(made, { origin: 'created', keyStored: false })] },
    {
      code: 'KEY_UNKNOWN',
      message: expect.stringContaining('made.example.com'),
      uris: [made.uri],
      fix: 'calreconnect --account acme webhooks create --callback-url https://made.example.com/hook --events invitee.created --scope organization',
    },
  ],
  [
    'KEY_UNKNOWN: made by webhooks create for another account, whose fix it is',
    { known: [knownOf(own), knownOf(made, { origin: 'created', account: 'sales', keyStored: false })] },
    {
      code: 'KEY_UNKNOWN',
      message: expect.stringContaining('made.example.com'),
      uris: [made.uri],
      fix: 'calreconnect --account sales webhooks create --callback-url https://made.example.com/hook --events invitee.created --scope organization',
    },
  ],
  [
    'UNKNOWN_HOST',
    { allowHosts: ['*.EXAMPLE.com'] },
    {
      code: 'UNKNOWN_HOST',
      message: 'crm.example.net is not an allowed host (1 subscription)',
      uris: [foreign.uri],
      fix: listFix("'*://crm.example.net/*'"),
      review: true,
    },
  ],
  [
    'EPHEMERAL_HOST, once for each host',
    { observed: [own, ...tunnels] },
    {
      code: 'EPHEMERAL_HOST',
      message: 'x.ngrok-free.app is a tunnel, request bin or local address, none of which lives long (2 subscriptions)',
      uris: tunnels.map(({ uri }) => uri),
      fix: listFix("'*://x.ngrok-free.app/*'"),
      review: true,
    },
  ],
  [
    'INSECURE_URL: a foreign one',
    { observed: [own, plain] },
    {
      code: 'INSECURE_URL',
      message: 'http://crm.example.net/in (PLAIN) is not https: names, addresses and answers of invitees can be read on the way',
      uris: [plain.uri],
      fix: listFix(plain.callbackUrl),
      review: true,
    },
  ],
  [
    "INSECURE_URL: the connection's own",
    {
      observed: [plain],
      known: [knownOf(plain)],
      desired: [{ account: 'acme', userUri: OTHER_USER, spec: aSpec({ callbackUrl: plain.callbackUrl }), webhookUri: null }],
    },
    {
      code: 'INSECURE_URL',
      message: expect.any(String),
      uris: [plain.uri],
      fix: `${RECONNECT} --callback-url https://crm.example.net/in`,
      review: true,
    },
  ],
  [
    'DRIFT: other events',
    { observed: [{ ...own, events: ['invitee.created'] }] },
    {
      code: 'DRIFT',
      message: `acme's webhook at ${HOOK_URL} in organization scope has invitee.created instead of invitee.created, invitee.canceled`,
      uris: [own.uri],
      fix: RECONNECT,
    },
  ],
  [
    'DRIFT: missing',
    { observed: [foreign] },
    { code: 'DRIFT', message: `acme should have a webhook at ${HOOK_URL} in organization scope; there is none`, uris: [], fix: RECONNECT },
  ],
  [
    'DRIFT: desired no more',
    { known: [knownOf(own), knownOf(made)] },
    { code: 'DRIFT', message: 'acme still has https://made.example.com/hook, desired no more', uris: [made.uri], fix: RECONNECT },
  ],
  [
    'TOO_MANY in all: explained, and a look at them where nothing of ours is useless',
    { totalMax: 2 },
    {
      code: 'TOO_MANY',
      message: '3 subscriptions are more than the 2 of --max-total: 1 made elsewhere, 3 created in the last 30 days',
      uris: [foreign.uri, made.uri, own.uri],
      fix: 'calreconnect --account acme webhooks list',
      review: true,
    },
  ],
  [
    'TOO_MANY at a URL: neither the own one nor what works for others',
    { perUrlMax: 1, observed: [{ ...twin, events: ['meeting_recap.created'] }, own] },
    {
      code: 'TOO_MANY',
      message: `2 subscriptions at ${HOOK_URL} are more than the 1 of --max-per-url: 1 made elsewhere, 2 created in the last 30 days`,
      uris: [own.uri, twin.uri],
      fix: listFix(HOOK_URL),
      review: true,
    },
  ],
])('auditSubscriptions finds %s and nothing else', (_what, differing, finding) => {
  const input = { ...healthy, ...differing }
  const found = auditSubscriptions(input)
  const { review = false, ...expected } = finding
  const count = Math.max(1, expected.uris.length)
  expect(found).toEqual([{ ...expected, count, severity: SEVERITIES[expected.code], fix: expect.anything(), fixNeedsReview: review }])
  expect(String(found[0]?.fix)).toBe(expected.fix)
  expect(auditSubscriptions({ ...input, observed: input.observed.toReversed() })).toEqual(found)
})

const everything: AuditInput = {
  ...healthy,
  observed: [
    { ...own, events: ['invitee.created'], retryStartedAt: '2026-11-22T04:30:00Z' },
    twin,
    disabled(made),
    { ...foreign, creator: null },
    plain,
    ...tunnels,
    aSubscription('LEFT', { callbackUrl: 'https://left.example.com/', creator: 'https://api.calendly.com/users/LEFT' }),
  ],
  known: [knownOf(own, { keyStored: false })],
  allowHosts: ['*.example.com', '*.example.net'],
  totalMax: 7,
}

const GONE_MADE = knownOf(made, { origin: 'created' })
const goneMessage = (url: string, id: string): string =>
  `The subscription for ${url} in organization scope (${id}) is gone at Calendly: it was deleted there, or its receiver answered 410, on which Calendly deletes it`

test.each<[string, Partial<AuditInput>, readonly (Omit<Finding, 'fix' | 'count' | 'fixNeedsReview'> & { readonly fix: string })[]]>([
  [
    'the connection’s own: MISSING, and no DRIFT beside it',
    { observed: [foreign], missing: [knownOf(own)] },
    [{ code: 'MISSING', severity: 'error', message: goneMessage(HOOK_URL, 'OWN'), uris: [own.uri], fix: RECONNECT }],
  ],
  [
    'one that was made by name',
    { observed: [own, foreign], missing: [GONE_MADE] },
    [
      {
        code: 'MISSING',
        severity: 'error',
        message: goneMessage('https://made.example.com/hook', 'MADE'),
        uris: [made.uri],
        fix: 'calreconnect --account acme webhooks create --callback-url https://made.example.com/hook --events invitee.created --scope organization',
      },
    ],
  ],
  [
    'what two connections share, once, by the one that wants it first',
    {
      observed: [],
      missing: [knownOf(own, { owners: ['acme', 'kim'] })],
      desired: ['acme', 'kim'].map((account) => ({ account, userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri })),
    },
    [{ code: 'MISSING', severity: 'error', message: goneMessage(HOOK_URL, 'OWN'), uris: [own.uri], fix: RECONNECT }],
  ],
  [
    'what stands there again, by somebody else’s hand: another rule’s business',
    { observed: [own, made, foreign], missing: [knownOf({ ...own, uri: 'u' })] },
    [],
  ],
])('auditSubscriptions of what is gone: %s', (_what, differing, expected) => {
  const found = auditSubscriptions({ ...healthy, ...differing })
  expect(found.map((one) => ({ ...one, fix: String(one.fix) }))).toEqual(
    expected.map((one) => ({ ...one, count: 1, fixNeedsReview: false })),
  )
})

test('auditSubscriptions of a shared subscription finds nothing for any of its owners', () => {
  const desired = ['acme', 'kim', 'lee'].map((account) => ({
    account,
    userUri: OTHER_USER,
    spec: aSpec(),
    webhookUri: account === 'lee' ? null : own.uri,
  }))
  const known = [knownOf(own, { owners: ['acme', 'kim', 'lee'] }), knownOf(made, { origin: 'created' })]
  expect(auditSubscriptions({ ...healthy, desired, known })).toEqual([])
})

test('auditSubscriptions names the first of those who share a subscription in its fix', () => {
  const desired = ['acme', 'kim'].map((account) => ({ account, userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }))
  const found = auditSubscriptions({ ...healthy, observed: [disabled(own), made, foreign], desired })
  expect(found.map(({ code, fix }) => [code, String(fix)])).toEqual([['DISABLED', RECONNECT]])
})

test('auditSubscriptions lets somebody who may remove what a demoted user leaves behind', () => {
  const left = aSubscription('LEFT', { callbackUrl: 'https://old.example.com/', creator: OTHER_USER })
  const robin = { account: 'robin', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }
  const known = [knownOf(own, { account: 'robin' }), knownOf(left, { account: 'robin' })]
  const found = auditSubscriptions({ ...healthy, observed: [own, left], known, desired: [robin] })
  expect(found.map(({ code, fix, fixNeedsReview }) => [code, String(fix), fixNeedsReview])).toEqual([
    ['CREATOR_GONE', deleteFix(left), false],
    ['DRIFT', deleteFix(left), false],
  ])
  const stays = auditSubscriptions({ ...healthy, observed: [own, { ...left, creator: USER }], known, desired: [robin] })
  expect(stays.map(({ code, fix }) => [code, String(fix)])).toEqual([['DRIFT', 'calreconnect reconnect robin']])
})

test('auditSubscriptions shows what happens to one user to that user', () => {
  const tunnel = aSubscription('T', { callbackUrl: 'https://a.ngrok.app/', scope: 'user', user: OTHER_USER, creator: OTHER_USER })
  const dev = { account: 'dev', userUri: OTHER_USER, spec: null, webhookUri: null }
  const of = (input: Partial<AuditInput>) =>
    auditSubscriptions({ ...healthy, known: [knownOf(own)], observed: [own, tunnel], ...input }).map(({ fix }) => String(fix))
  const look = (account: string) => `calreconnect --account ${account} webhooks list --url '*://a.ngrok.app/*'`
  const acme = { account: 'acme', userUri: USER, spec: aSpec(), webhookUri: own.uri }
  expect(of({ desired: [acme, dev] })).toEqual([look('dev')])
  expect(of({ desired: [acme] })).toEqual([look('acme')])
  expect(of({ desired: [dev, { ...acme, userUri: OTHER_USER }] })).toEqual([look('acme')])
  const beside = aSubscription('B', { callbackUrl: 'https://a.ngrok.app/b' })
  expect(of({ desired: [acme, dev], observed: [own, tunnel, beside] })).toEqual([look('acme')])
})

test('auditSubscriptions does not call what others still want left behind by the one who moved', () => {
  const moved = { account: 'acme', userUri: OTHER_USER, spec: aSpec({ callbackUrl: 'https://new.example.com/' }), webhookUri: null }
  const stays = { account: 'kim', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }
  const known = [knownOf(own, { owners: ['kim'] })]
  const found = auditSubscriptions({ ...healthy, observed: [own], known, desired: [moved, stays] })
  expect(found.map(({ code, message }) => [code, message])).toEqual([
    ['DRIFT', 'acme should have a webhook at https://new.example.com/ in organization scope; there is none'],
  ])
})

test('auditSubscriptions lists every code once where everything is wrong, errors first', () => {
  expect(auditSubscriptions(everything).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'error DUPLICATE',
    'error DISABLED',
    'error CREATOR_GONE',
    'error TOO_MANY',
    'warning RETRYING',
    'warning KEY_UNKNOWN',
    'warning UNKNOWN_HOST',
    'warning EPHEMERAL_HOST',
    'warning INSECURE_URL',
    'warning DRIFT',
  ])
})

test('auditSubscriptions without a store judges what can be seen, and its fixes name no account', () => {
  const alone = auditSubscriptions({ ...everything, known: null, desired: null, memberships: null, account: null })
  expect(alone.map(({ code }) => code)).toEqual([
    'DUPLICATE',
    'DISABLED',
    'TOO_MANY',
    'RETRYING',
    'UNKNOWN_HOST',
    'EPHEMERAL_HOST',
    'INSECURE_URL',
  ])
  expect(alone.filter(({ fix }) => !/^calreconnect webhooks (delete|get|list) ?/.test(String(fix)))).toEqual([])
  expect(alone.map(({ fix }) => String(fix)).join(' ')).not.toMatch(/--yes|--account/)
})

test('codesNotJudged says what was out of reach', () => {
  expect(codesNotJudged({ ...everything, desired: null })).toEqual(['DRIFT'])
  expect(codesNotJudged({ ...everything, known: null })).toEqual(['KEY_UNKNOWN', 'CONTESTED', 'DRIFT', 'MISSING'])
  expect(codesNotJudged(healthy)).toEqual(['UNKNOWN_HOST'])
  expect(codesNotJudged({ ...everything, known: null, desired: null, memberships: null })).toEqual([
    'CREATOR_GONE',
    'KEY_UNKNOWN',
    'CONTESTED',
    'DRIFT',
    'MISSING',
  ])
})

test.each([
  ['error', ['RETRYING'], false],
  ['error', ['RETRYING', 'DISABLED'], true],
  ['warning', ['RETRYING'], true],
  ['warning', [], false],
  ['RETRYING, drift', ['DISABLED'], false],
  ['RETRYING, drift', ['DRIFT'], true],
  ['RETRYING, drift', ['DISABLED', 'DRIFT'], true],
])('failsAt with --fail-on %s and %s', (text, codes, fails) => {
  const findings = auditSubscriptions(everything).filter(({ code }) => codes.includes(code))
  expect(failsAt(findings, parseFailOn(text))).toBe(fails)
})

test.each([
  ['', 'empty code'],
  ['DRIFT,', 'empty code'],
  ['nonsense', 'NONSENSE'],
  ['DRIFT, nonsense', 'NONSENSE'],
  ['toString', 'TOSTRING'],
])('parseFailOn refuses "%s"', (text, what) => {
  expect(() => parseFailOn(text)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `--fail-on knows no ${what}`,
      hint: `--fail-on warning, error, or some of ${Object.keys(SEVERITIES).join(',')}`,
    }),
  )
})

test.each([
  ['https://x.test/a,b:c%20', 'https://x.test/a,b:c%20'],
  ['https://x.test/?a=1&b=2', "'https://x.test/?a=1&b=2'"],
  ["it's $HOME", String.raw`'it'\''s $HOME'`],
  ['', "''"],
])('shellWord writes %s as %s', (word, quoted) => {
  expect(shellWord(word)).toBe(quoted)
})

describe('auditSubscriptions of many that are one thing', () => {
  const many = Array.from({ length: 1_000 }, (_, n) =>
    aSubscription(`T${n}`, { callbackUrl: `https://t${n}.ngrok-free.app/`, state: n % 2 === 0 ? 'active' : 'disabled' }),
  )
  const of = (observed: AuditInput['observed'], differing: Partial<AuditInput> = {}) =>
    auditSubscriptions({ ...healthy, ...differing, observed: [own, made, foreign, ...observed] }).map((one) => ({
      ...one,
      fix: String(one.fix),
    }))

  test('auditSubscriptions makes the tunnels of one provider one finding of each code, with all URIs and three examples', () => {
    const found = of(many, { allowHosts: ['*.example.com', '*.example.net'] })
    expect(found.map(({ code, count, uris, fixNeedsReview }) => [code, count, uris.length, fixNeedsReview])).toEqual([
      ['DISABLED', 500, 500, true],
      ['UNKNOWN_HOST', 1_000, 1_000, true],
      ['EPHEMERAL_HOST', 1_000, 1_000, true],
    ])
    expect(found[2]?.message).toMatch(
      /^\*\.ngrok-free\.app is a tunnel.*\(1,000 subscriptions at 1,000 hosts, such as t\d+\.ngrok-free\.app, t\d+\.ngrok-free\.app and t\d+\.ngrok-free\.app\)$/,
    )
    expect(found.map(({ fix }) => fix)).toEqual([
      "calreconnect --account acme webhooks list --state disabled --url '*://*ngrok-free.app*'",
      "calreconnect --account acme webhooks list --url '*://*ngrok-free.app*'",
      "calreconnect --account acme webhooks list --url '*://*ngrok-free.app*'",
    ])
  })

  test('auditSubscriptions deletes tunnels that were made here, and asks nobody to review it', () => {
    const ours = many.slice(0, 2).map((one) => ({ ...one, state: 'active' as const }))
    const known = [knownOf(own), knownOf(made), ...ours.map((one) => knownOf(one, { origin: 'created' }))]
    const [found] = of(ours, { known, desired: [{ account: 'acme', userUri: OTHER_USER, spec: aSpec(), webhookUri: own.uri }] }).filter(
      ({ code }) => code === 'EPHEMERAL_HOST',
    )
    expect(found).toMatchObject({ count: 2, fix: deleteFix(...ours), fixNeedsReview: false })
  })

  test('auditSubscriptions makes everything of one gone creator one finding, and recreates by the one that has an owner here', () => {
    const left = ['a', 'b', 'c'].map((path) =>
      aSubscription(path, { callbackUrl: `https://crm.example.net/${path}`, creator: 'https://api.calendly.com/users/LEFT' }),
    )
    const [found, ...others] = of(left)
    expect([found?.code, found?.count, found?.fixNeedsReview, others]).toEqual(['CREATOR_GONE', 3, true, []])
    expect(found?.fix).toMatch(/webhooks create --callback-url https:\/\/crm\.example\.net\/a /)
  })

  test('auditSubscriptions offers what is ours and useless where there are too many, and never what can stay', () => {
    const twins = ['x', 'y', 'z'].map((id) => aSubscription(id, { createdAt: `2026-11-0${id.charCodeAt(0) - 118}T00:00:00Z` }))
    const known = [knownOf(own), knownOf(made, { origin: 'created' }), ...twins.map((one) => knownOf(one, { origin: 'created' }))]
    const found = of(twins, { known, perUrlMax: 2 })
    const duplicate = found.find(({ code }) => code === 'DUPLICATE')
    const tooMany = found.find(({ code }) => code === 'TOO_MANY')
    expect(duplicate?.fixNeedsReview).toBe(false)
    expect([tooMany?.fixNeedsReview, tooMany?.fix]).toEqual([false, deleteFix(...twins.slice(0, 2))])
  })
})
