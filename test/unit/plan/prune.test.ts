import { expect, test } from 'vitest'

import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { KnownSubscription } from '../../../src/core/plan/model.ts'
import { checkMaxDeletes, parseAge, planPrune } from '../../../src/core/plan/prune.ts'
import type { PruneCriteria, PruneInput } from '../../../src/core/plan/prune.ts'
import { keepStep } from '../../../src/core/plan/steps.ts'
import {
  NOW_MS,
  OTHER_USER,
  PLAN_HEAD,
  USER,
  aSpec,
  aSubscription,
  aUserSubscription,
  knownOf,
  subscriptionUri,
} from '../../support/builders.ts'
import { reportThrownBy } from '../../support/shown.ts'

const NONE: PruneCriteria = {
  duplicates: false,
  disabled: false,
  superseded: false,
  creatorGone: false,
  includeForeign: false,
  allButCurrent: false,
  urlGlobs: [],
  olderThanMs: null,
  keep: null,
}
const DAY_MS = 86_400_000

// One connection with a healthy subscription of its own, and one specimen of everything else.
const current = aSubscription('CURRENT')
const twin = aUserSubscription('TWIN', { createdAt: '2026-11-02T00:00:00.000000Z' })
const old = aSubscription('OLD', { callbackUrl: 'https://old.example.com/', createdAt: '2026-01-01T00:00:00.000000Z' })
const made = aSubscription('MADE', { callbackUrl: 'https://made.example.com/', createdAt: '2026-11-21T00:00:00.000000Z' })
const dead = aSubscription('DEAD', {
  callbackUrl: 'https://dead.example.com/',
  state: 'disabled',
  createdAt: '2026-11-03T00:00:00.000000Z',
})
const foreign = aSubscription('FOREIGN', {
  callbackUrl: 'https://x.ngrok.io/a',
  createdAt: '2026-02-01T00:00:00.000000Z',
  creator: OTHER_USER,
})
const foreignDead = aSubscription('FOREIGNDEAD', {
  callbackUrl: 'https://x.ngrok.io/b',
  state: 'disabled',
  createdAt: '2026-11-04T00:00:00.000000Z',
})
const theirs = aSubscription('THEIRS', { callbackUrl: 'https://theirs.example.com/', createdAt: '2026-03-01T00:00:00.000000Z' })
const observed = [current, twin, old, made, dead, foreign, foreignDead, theirs]
const known: KnownSubscription[] = [
  knownOf(current),
  knownOf(twin, { origin: 'created' }),
  knownOf(old),
  knownOf(made, { origin: 'created' }),
  knownOf(dead, { origin: 'created' }),
  knownOf(theirs, { account: 'other' }),
]

function prune(criteria: Partial<PruneCriteria>, differing: Partial<PruneInput> = {}): string[] {
  const input: PruneInput = {
    ...PLAN_HEAD,
    observed,
    known,
    current: aSpec(),
    currentUri: current.uri,
    criteria: { ...NONE, ...criteria },
    nowMs: NOW_MS,
    memberUris: { all: [USER], admins: [USER] },
    ...differing,
  }
  const steps = planPrune(input).steps.map(({ why, uri }) => `${why} ${uri?.slice(subscriptionUri('').length)}`)
  const reversed = planPrune({ ...input, observed: input.observed.toReversed(), known: input.known.toReversed() })
  expect(planPrune(input)).toEqual(reversed)
  return steps
}

test.each<[string, Partial<PruneCriteria>, string[]]>([
  ['nothing: managed duplicates, disabled and superseded', {}, ['superseded OLD', 'duplicate TWIN', 'disabled DEAD']],
  [
    '--include-foreign alone: the same of everybody',
    { includeForeign: true },
    ['superseded OLD', 'duplicate TWIN', 'disabled DEAD', 'disabled FOREIGNDEAD'],
  ],
  ['--duplicates', { duplicates: true }, ['duplicate TWIN']],
  ['--disabled', { disabled: true }, ['disabled DEAD']],
  ['--superseded', { superseded: true }, ['superseded OLD']],
  ['--creator-gone: foreign ones stay', { creatorGone: true }, []],
  ['--creator-gone --include-foreign', { creatorGone: true, includeForeign: true }, ['creator_gone FOREIGN']],
  ['--url: foreign ones too', { urlGlobs: ['https://x.ngrok.io/*'] }, ['matched FOREIGN', 'matched FOREIGNDEAD']],
  ['--url that names the healthy current one', { urlGlobs: [current.callbackUrl] }, ['matched CURRENT', 'matched TWIN']],
  ['--url and --disabled: either', { urlGlobs: ['*/a'], disabled: true }, ['matched FOREIGN', 'disabled DEAD']],
  ['--url and --older-than: both', { urlGlobs: ['https://x.ngrok.io/*'], olderThanMs: 100 * DAY_MS }, ['matched FOREIGN']],
  ['--older-than alone: managed, not the current one', { olderThanMs: 20 * DAY_MS }, ['older_than OLD', 'older_than TWIN']],
  ['--older-than and --disabled: both', { disabled: true, olderThanMs: 30 * DAY_MS }, []],
  ['--all-but-current: managed', { allButCurrent: true }, ['matched OLD', 'matched TWIN', 'matched DEAD', 'matched MADE']],
  [
    '--all-but-current --include-foreign',
    { allButCurrent: true, includeForeign: true },
    ['matched OLD', 'matched FOREIGN', 'matched THEIRS', 'matched TWIN', 'matched DEAD', 'matched FOREIGNDEAD', 'matched MADE'],
  ],
  ['--keep 1 alone: nothing where each identity has one', { keep: 1 }, []],
  ['--keep 0 --disabled', { keep: 0, disabled: true }, ['disabled DEAD']],
])('planPrune selects by %s', (_what, criteria, steps) => {
  expect(prune(criteria)).toEqual(steps)
})

test('planPrune with --keep spares the newest of each identity among the selected', () => {
  const copies = [1, 2, 3].map((day) =>
    aSubscription(`COPY${day}`, { callbackUrl: `https://X.test/${'#'.repeat(day)}`, createdAt: `2026-10-0${day}T00:00:00.000000Z` }),
  )
  const all = [...observed, ...copies]
  expect(prune({ urlGlobs: ['https://x.test/*'], keep: 2 }, { observed: all })).toEqual(['matched COPY1'])
  expect(prune({ keep: 1 }, { observed: all, known: [...known, ...copies.map((one) => knownOf(one, { origin: 'created' }))] })).toEqual([
    'matched COPY1',
    'matched COPY2',
  ])
})

test('planPrune deletes the current one when it is disabled, since nothing enables it again', () => {
  expect(prune({ disabled: true }, { observed: [{ ...current, state: 'disabled' }] })).toEqual(['disabled CURRENT'])
})

test('planPrune finds the current one by its identity when it is not on record', () => {
  expect(prune({ allButCurrent: true }, { currentUri: null })).toEqual(['matched OLD', 'matched TWIN', 'matched DEAD', 'matched MADE'])
})

test('planPrune calls a recorded subscription at an earlier URL current until reconnect has replaced it', () => {
  expect(prune({ superseded: true }, { current: aSpec({ callbackUrl: 'https://new.example.com/' }) })).toEqual(['superseded OLD'])
})

test('planPrune refuses --all-but-current where there is no current one', () => {
  expect(() => prune({ allButCurrent: true }, { current: null, currentUri: null })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test.each<[string, Partial<Subscription>, string[]]>([
  ['left', { creator: 'https://api.calendly.com/users/LEFT' }, ['creator_gone ONE']],
  ['is no admin any more', { creator: OTHER_USER }, ['creator_gone ONE']],
  ['is no admin, which user scope does not need', { creator: OTHER_USER, scope: 'user', user: OTHER_USER }, []],
  ['is not told', { creator: null }, []],
])('planPrune with --creator-gone and a creator who %s', (_what, differing, steps) => {
  const one = aSubscription('ONE', { callbackUrl: 'https://one.example.com/', ...differing })
  const memberUris = { all: [USER, OTHER_USER], admins: [USER] }
  const asked = { observed: [one], known: [knownOf(one)], memberUris }
  expect(prune({ creatorGone: true }, asked)).toEqual(steps)
  expect(prune({ creatorGone: true }, { ...asked, memberUris: null })).toEqual([])
})

test("planPrune does not call two members' subscriptions at one URL duplicates", () => {
  const mine = aUserSubscription('MINE')
  const hers = aUserSubscription('HERS', { user: OTHER_USER })
  expect(prune({ duplicates: true, includeForeign: true }, { observed: [mine, hers], known: [], currentUri: null, current: null })).toEqual(
    [],
  )
})

// Two at one place, made a day apart; who stays is told by what is on record, not by their age.
const elder = aSubscription('ELDER', { callbackUrl: 'https://pair.example.com/', createdAt: '2026-11-10T00:00:00.000000Z' })
const younger = aSubscription('YOUNGER', { callbackUrl: 'https://pair.example.com/', createdAt: '2026-11-11T00:00:00.000000Z' })
const pair = { observed: [elder, younger], current: null, currentUri: null }

test.each<[string, Partial<PruneInput>, string[]]>([
  ['the youngest of equals', { known: [knownOf(elder), knownOf(younger)] }, ['duplicate ELDER']],
  [
    "the connection's own",
    { known: [knownOf(elder), knownOf(younger)], current: aSpec({ callbackUrl: elder.callbackUrl }), currentUri: elder.uri },
    ['duplicate YOUNGER'],
  ],
  ['the one whose key is known', { known: [knownOf(elder), knownOf(younger, { keyStored: false })] }, ['duplicate YOUNGER']],
  ['the one that is managed here', { known: [knownOf(elder, { keyStored: false })] }, ['duplicate YOUNGER']],
  ['the one that is managed for this account', { known: [knownOf(elder), knownOf(younger, { account: 'other' })] }, ['duplicate YOUNGER']],
])('planPrune keeps of two duplicates %s', (_what, differing, steps) => {
  expect(prune({ duplicates: true, includeForeign: true }, { ...pair, ...differing })).toEqual(steps)
})

test('planPrune calls the best at the desired place current, and not just any, where none is on record', () => {
  const asked = { ...pair, current: aSpec({ callbackUrl: elder.callbackUrl }), known: [knownOf(elder)] }
  expect(prune({ allButCurrent: true, includeForeign: true }, asked)).toEqual(['matched YOUNGER'])
  expect(prune({ allButCurrent: true, includeForeign: true }, { ...asked, known: [knownOf(younger)] })).toEqual(['matched ELDER'])
})

test('planPrune counts what CALENDLY_TOKEN made as ours, and what another account made not', () => {
  const asked = { ...pair, known: [knownOf(elder, { account: null }), knownOf(younger, { account: 'other' })] }
  expect(prune({ olderThanMs: DAY_MS }, asked)).toEqual(['older_than ELDER'])
})

test('planPrune with --older-than spares one of exactly that age', () => {
  const aged = (ms: number) => [aSubscription('ONE', { createdAt: new Date(NOW_MS - ms).toISOString() })]
  const of = (ms: number) => prune({ olderThanMs: DAY_MS }, { ...pair, observed: aged(ms), known: aged(ms).map((one) => knownOf(one)) })
  expect([of(DAY_MS - 1), of(DAY_MS), of(DAY_MS + 1)]).toEqual([[], [], ['older_than ONE']])
})

test('planPrune never sacrifices an active duplicate to a disabled one of ours', () => {
  const ourDead = aSubscription('OURDEAD', { state: 'disabled', callbackUrl: 'https://z.test' })
  const alive = aSubscription('ALIVE', { callbackUrl: 'https://z.test/' })
  const asked = { observed: [ourDead, alive], known: [knownOf(ourDead)], current: null, currentUri: null }
  expect(prune({ duplicates: true, includeForeign: true }, asked)).toEqual(['duplicate OURDEAD'])
})

/** Three deletions. */
const threeDeletes = () =>
  planPrune({
    ...PLAN_HEAD,
    observed,
    known,
    current: aSpec(),
    currentUri: null,
    criteria: NONE,
    nowMs: NOW_MS,
    memberUris: null,
  })

test('checkMaxDeletes refuses one deletion too many and nothing less', () => {
  const plan = threeDeletes()
  expect([null, 3, 4].map((max) => checkMaxDeletes(plan, max))).toEqual([undefined, undefined, undefined])
  expect(() => checkMaxDeletes(plan, 2)).toThrow(
    expect.objectContaining({ code: 'TOO_MANY_DELETES', message: 'The plan deletes 3 subscriptions and --max-deletes allows 2' }),
  )
})

test.each([
  ['45m', 45 * 60_000],
  ['12h', 12 * 3_600_000],
  [' 30d', 30 * DAY_MS],
  ['8w', 56 * DAY_MS],
])('parseAge reads %s', (text, ms) => {
  expect(parseAge(text)).toBe(ms)
})

test.each(['', '30', 'd', '-1d', '1.5d', '30 d', '30y', '9999999d'])('parseAge refuses "%s"', (text) => {
  expect(() => parseAge(text)).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('planPrune with --all-but-current alone leaves the current one even when it is disabled', () => {
  expect(prune({ allButCurrent: true }, { observed: [{ ...current, state: 'disabled' }, old] })).toEqual(['matched OLD'])
})

test('planPrune does not call superseded what stands at the desired place, nor the recorded one however it is', () => {
  const second = aSubscription('SECOND', { callbackUrl: 'https://HOOKS.example.com/calendly' })
  expect(prune({ superseded: true }, { observed: [current, second], known: [knownOf(current), knownOf(second)] })).toEqual([])
  const moved = { observed: [{ ...old, state: 'disabled' }], known: [knownOf(old)], currentUri: old.uri }
  expect(prune({ superseded: true }, moved)).toEqual([])
})

test('planPrune deletes everything that was made for a connection which should have no webhook', () => {
  expect(
    prune(
      { superseded: true },
      { current: null, currentUri: null, observed: [current, old], known: [current, old].map((one) => knownOf(one)) },
    ),
  ).toEqual(['superseded OLD', 'superseded CURRENT'])
})

test('planPrune judges one whose age cannot be read by everything but its age', () => {
  const undated = aSubscription('UNDATED', { callbackUrl: 'https://u.example.com/', state: 'disabled', createdAt: 'soon' })
  const asked = { observed: [undated], known: [knownOf(undated)] }
  expect(prune({ disabled: true }, asked)).toEqual(['disabled UNDATED'])
  expect(prune({ disabled: true, olderThanMs: DAY_MS }, asked)).toEqual([])
})

test('planPrune keeps of two duplicates the one for everybody, and of all else equal the youngest to the microsecond', () => {
  const forAll = aSubscription('FORALL', { createdAt: '2026-11-01T00:00:00.000000Z' })
  const mine = aUserSubscription('MINE', { createdAt: '2026-11-09T00:00:00.000000Z' })
  const asked = { current: null, currentUri: null, known: [] }
  expect(prune({ duplicates: true, includeForeign: true }, { ...asked, observed: [mine, forAll] })).toEqual(['duplicate MINE'])
  const [first, second] = ['2026-11-01T00:00:00.000001Z', '2026-11-01T00:00:00.000002Z'].map((createdAt, index) =>
    aSubscription(index === 0 ? 'Z' : 'A', { createdAt }),
  )
  if (first === undefined || second === undefined) throw new Error('no subscriptions')
  expect(prune({ duplicates: true, includeForeign: true }, { ...asked, observed: [first, second] })).toEqual(['duplicate Z'])
})

test('checkMaxDeletes counts deletions only, and the hint of what is refused names their number', () => {
  const { steps } = threeDeletes()
  const plan = { version: 1, ...PLAN_HEAD, steps: [keepStep(current, 'desired'), ...steps] } as const
  checkMaxDeletes(plan, 3)
  expect(reportThrownBy(() => checkMaxDeletes(plan, 1)).hint).toBe('Look at it with --dry-run, then pass --max-deletes 3')
})

test('planPrune and parseAge say what to do instead', () => {
  expect(reportThrownBy(() => prune({ allButCurrent: true }, { current: null, currentUri: null })).hint).toBe('calreconnect reconnect')
  expect(reportThrownBy(() => parseAge('30y')).hint).toBe('Write a number and a unit: 45m, 12h, 30d, 8w')
  expect(reportThrownBy(() => parseAge('30days')).hint).toBe('Write a number and a unit: 45m, 12h, 30d, 8w')
})
