// Which definitions of the journal a person gets back: of which run, of which of its steps, and of several of one place.

import { expect, test } from 'vitest'
import type { Subscription } from '../../../src/core/calendly/model.ts'
import type { Run, RunJournal, RunStep } from '../../../src/core/ports/journal.ts'
import { createStep, deleteStep, replaceStep } from '../../../src/core/plan/steps.ts'
import { backupsOfLastRun, backupsOfRun, backupsOfUris } from '../../../src/operations/webhooks/restore.ts'
import { aSpec, aSubscription, MADE_AT, NOW_MS, ORGANIZATION } from '../../support/builders.ts'

type Done = Pick<RunStep, 'state' | 'outcome'> & { readonly action: 'create' | 'delete' | 'replace'; readonly backup: Subscription | null }

const HEAD = { account: 'acme', organizationUri: ORGANIZATION, madeAt: MADE_AT }
const there = aSubscription('THERE')

/** The steps of one run. */
function stepsOf(runId: string, done: readonly Done[]): readonly RunStep[] {
  const made = (action: Done['action'], of: Subscription) => {
    const one = { ...of, scope: 'organization', state: 'active' } as const
    if (action === 'create') return createStep(aSpec(), 'missing')
    return action === 'delete' ? deleteStep(one, 'matched') : replaceStep(one, aSpec(), 'events_differ')
  }
  return done.map(({ action, backup, ...of }, index) => ({
    ...of,
    runId,
    index,
    step: made(action, backup ?? there),
    backup,
    newUri: null,
    gapMs: null,
    error: null,
    startedAtMs: NOW_MS,
    settledAtMs: null,
  }))
}

/** A journal of runs, the latest first, as it lists them. */
function journal(runs: Readonly<Record<string, readonly Done[]>>): RunJournal {
  const never = () => Promise.reject(new Error('nothing is written'))
  const recorded = Object.entries(runs).map(([id, done]) => {
    const run: Run = {
      id,
      command: 'webhooks prune',
      account: 'acme',
      startedAtMs: NOW_MS,
      finishedAtMs: null,
      status: 'done',
      plan: { version: 1, ...HEAD, steps: [] },
    }
    return { run, steps: stepsOf(id, done) }
  })
  return {
    begin: never,
    intend: never,
    settle: never,
    fail: never,
    finish: never,
    unsettledCreates: never,
    intendedKey: never,
    leftBeside: never,
    list: async () => recorded.map(({ run }) => run),
    get: async (id) => recorded.find(({ run }) => run.id === id) ?? null,
  }
}

const DELETED = { action: 'delete', state: 'settled', outcome: 'deleted' } as const
const REPLACED = { action: 'replace', state: 'settled', outcome: 'replaced' } as const

/** What became of a step, whether its definition is offered, and whether its run is the last that deleted anything. */
const steps: readonly (readonly [string, Omit<Done, 'backup'>, boolean, boolean])[] = [
  ['a delete', DELETED, true, true],
  ['a delete of what had gone already', { ...DELETED, outcome: 'already_gone' }, true, false],
  ['a delete without an answer', { ...DELETED, state: 'intended', outcome: null }, true, true],
  ['a delete that was refused', { ...DELETED, state: 'failed', outcome: null }, true, false],
  ['a replacement', REPLACED, false, false],
  ['a replacement that was found done', { ...REPLACED, outcome: 'created' }, true, false],
  ['a replacement without an answer', { ...REPLACED, state: 'intended', outcome: null }, true, true],
  ['a replacement that failed half-way', { ...REPLACED, state: 'failed', outcome: null }, true, true],
  ['a create without an answer', { action: 'create', state: 'intended', outcome: null }, false, false],
]
test.each(steps)('what a run did: %s', async (_what, done, isOffered, isLast) => {
  const one = { ...done, backup: aSubscription('ONE') }
  const other = { ...DELETED, backup: aSubscription('OTHER') }
  const { backups } = await backupsOfRun(journal({ run: [other, one] }), 'run')
  expect(backups).toEqual(isOffered ? [other.backup, one.backup] : [other.backup])
  const { runId } = await backupsOfLastRun(journal({ later: [one], earlier: [other] }), 'acme')
  expect(runId).toBe(isLast ? 'later' : 'earlier')
})

test('what a run deleted without a record of it cannot come back, and its run is not the last', async () => {
  const other = { ...DELETED, backup: aSubscription('OTHER') }
  const runs = journal({ later: [{ ...DELETED, backup: null }], earlier: [other] })
  expect((await backupsOfLastRun(runs, 'acme')).runId).toBe('earlier')
  await expect(backupsOfRun(runs, 'later')).rejects.toMatchObject({ message: 'The run later (webhooks prune) deleted nothing' })
})

test('the last run that deleted anything is one of several steps: all of them that may have deleted come back, what was replaced does not', async () => {
  const [refused, gone, replaced] = ['REFUSED', 'GONE', 'REPLACED'].map((id) => aSubscription(id))
  const runs = journal({
    later: [
      { action: 'delete', state: 'failed', outcome: null, backup: refused ?? null },
      { ...REPLACED, backup: replaced ?? null },
      { ...DELETED, backup: gone ?? null },
    ],
  })
  expect(await backupsOfLastRun(runs, 'acme')).toEqual({ runId: 'later', account: 'acme', backups: [refused, gone] })
})

const [old, recent] = ['2026-01-01', '2026-02-02'].map((day) => aSubscription('SAME', { updatedAt: `${day}T00:00:00.000000Z` }))
const twin = aSubscription('SAMPLE')
const elsewhere = aSubscription('ELSE', { callbackUrl: 'https://hooks.example.com/other' })
const deletedOften = journal({
  third: [{ ...DELETED, backup: recent ?? null }],
  second: [{ ...DELETED, backup: elsewhere }],
  first: [
    { ...DELETED, backup: twin },
    { ...DELETED, backup: old ?? null },
  ],
})

test.each([
  ['by its URI, as it was last', [there.uri.replace('THERE', 'SAME')], [recent]],
  ['by the beginning of its id', ['EL'], [elsewhere]],
  ['by its callback URL, of several at it the one that was deleted last', ['https://HOOKS.example.com/calendly'], [recent]],
  ['by another callback URL', [elsewhere.callbackUrl], [elsewhere]],
  ['once, however often it is named', ['ELSE', elsewhere.uri, elsewhere.callbackUrl], [elsewhere]],
])('what was deleted is found %s', async (_how, names, found) => {
  expect(await backupsOfUris(deletedOften, 'acme', names)).toEqual({ runId: null, account: 'acme', backups: found })
})

test.each([
  ['the end of an id', ['LSE'], 'No run of acme deleted LSE'],
  ['a URL that nothing was at', ['https://hooks.example.com/none'], 'No run of acme deleted https://hooks.example.com/none'],
  ['one that is there beside two that are not', ['A', 'ELSE', 'B'], 'No run of acme deleted A, B'],
  ['a beginning that two have', ['ELSE', 'SAM'], 'SAM fits SAME, SAMPLE'],
])('what was deleted is not found by %s', async (_what, names, message) => {
  await expect(backupsOfUris(deletedOften, 'acme', names)).rejects.toMatchObject({ code: 'USAGE', message })
})
