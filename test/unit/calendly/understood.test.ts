// What Calendly has and this version does not know: kept, shown, and never acted upon unasked.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { auditSubscriptions } from '../../../src/core/audit/audit.ts'
import { summarize, describeSubscriptions } from '../../../src/core/audit/findings.ts'
import type { AuditInput } from '../../../src/core/audit/surroundings.ts'
import { identityOf } from '../../../src/core/calendly/identity.ts'
import { ROLES, type Subscription } from '../../../src/core/calendly/model.ts'
import { isRole, isUnderstood } from '../../../src/core/calendly/understood.ts'
import { planDeclared } from '../../../src/core/plan/declared.ts'
import type { Plan } from '../../../src/core/plan/model.ts'
import { planPrune } from '../../../src/core/plan/prune.ts'
import { planCreate, planDelete, planDisconnect, planReconcile, planRestore, writesOf } from '../../../src/core/plan/reconcile.ts'
import { remoteStates } from '../../support/arbitraries.ts'
import { aMembership, aSpec, aSubscription, HOOK_URL, knownOf, NOW_MS, OTHER_USER, PLAN_HEAD, USER } from '../../support/builders.ts'

const paused = aSubscription('PAUSED', { state: 'paused' })
const team = aSubscription('TEAM', { scope: 'team', user: OTHER_USER })
const active = aSubscription('ACTIVE')
const head = { ...PLAN_HEAD, userUri: USER }
const story = ({ steps }: Plan): string[] =>
  steps.map(({ action, why, uri }) => [action, why, uri?.split('/').at(-1) ?? ''].join(' ').trim())

describe('planReconcile', () => {
  it('planReconcile leaves the one at the desired place alone whose state is not known', () => {
    const wrong = aSubscription('PAUSED', { state: 'paused', events: ['contact.created'] })
    for (const [there, known] of [
      [paused, [knownOf(paused)]],
      [paused, []],
      [wrong, []],
    ] as const) {
      expect(story(planReconcile({ ...head, desired: aSpec(), observed: [there], known }))).toEqual(['keep desired PAUSED'])
    }
  })

  it('planReconcile takes the one that it understands, and does not call the other a duplicate', () => {
    const plan = planReconcile({ ...head, desired: aSpec(), observed: [paused, active], known: [knownOf(paused), knownOf(active)] })
    expect(story(plan)).toEqual(['keep desired ACTIVE'])
  })

  it('planReconcile does not delete what is desired no more while its state or scope is not known', () => {
    const observed = [paused, team, active]
    const known = observed.map((one) => knownOf(one))
    expect(story(planReconcile({ ...head, desired: null, observed, known }))).toEqual(['delete superseded ACTIVE'])
    expect(story(planDeclared({ ...head, desired: [], observed, known }))).toEqual(['delete superseded ACTIVE'])
  })

  it('planCreate does not replace what it does not understand', () => {
    expect(story(planCreate({ ...head, spec: aSpec(), observed: [paused], known: [knownOf(paused)] }))).toEqual(['create missing'])
  })

  it('planRestore keeps what is there in whatever state, and cannot ask for a scope that is not known', () => {
    const backup = aSubscription('BACKUP')
    expect(story(planRestore({ ...head, backups: [backup], observed: [paused] }))).toEqual(['keep desired PAUSED'])
    expect(story(planRestore({ ...head, backups: [team, backup], observed: [] }))).toEqual(['create restored'])
  })

  it('planDelete and planDisconnect delete what was named, or made here, in whatever state', () => {
    expect(story(planDelete({ ...head, targets: [paused, team] }))).toEqual(['delete matched PAUSED', 'delete matched TEAM'])
    expect(story(planDisconnect({ ...head, known: [knownOf(paused)], observed: [paused, team] }))).toEqual(['delete superseded PAUSED'])
  })

  it('identityOf tells subscriptions of one unknown scope apart by their owners', () => {
    expect(identityOf(team)).not.toBe(identityOf({ ...team, user: USER }))
    expect(identityOf(team)).toBe(identityOf({ ...team, callbackUrl: HOOK_URL.toUpperCase().replace('/CALENDLY', '/calendly') }))
  })
})

describe('plans over any state', () => {
  const withUnknown = fc.tuple(remoteStates(12), fc.infiniteStream(fc.constantFrom(null, null, { state: 'paused' }, { scope: 'team' })))

  it('planPrune and planReconcile never write to what is not understood, whatever is asked', () => {
    let unknown = 0
    fc.assert(
      fc.property(withUnknown, fc.boolean(), ([state, changes], everything) => {
        const observed = state.observed.map((one): Subscription => ({ ...one, ...changes.next().value }))
        unknown += observed.filter((one) => !isUnderstood(one)).length
        const criteria = {
          duplicates: !everything,
          disabled: true,
          superseded: true,
          creatorGone: true,
          includeForeign: true,
          allButCurrent: false,
          urlGlobs: everything ? ['*'] : [],
          olderThanMs: null,
          keep: null,
        }
        const of = { ...state, ...head, observed }
        const pruned = planPrune({
          ...of,
          current: state.desired,
          currentUri: null,
          criteria,
          nowMs: NOW_MS,
          memberUris: { all: [], admins: [] },
        })
        const uris = [pruned, planReconcile(of)].flatMap((plan) => writesOf(plan).map(({ uri }) => uri))
        const written = observed.filter(({ uri }) => uris.includes(uri))
        return written.every((one) => isUnderstood(one))
      }),
      { numRuns: 150, seed: 9 },
    )
    expect(unknown).toBeGreaterThan(150)
  })
})

describe('auditSubscriptions', () => {
  const input: AuditInput = {
    observed: [],
    known: [],
    missing: [],
    desired: [],
    memberships: [aMembership(USER, 'owner')],
    totalMax: null,
    perUrlMax: null,
    allowHosts: [],
    nowMs: NOW_MS,
    account: 'acme',
  }

  it('auditSubscriptions reports a state that is neither active nor disabled, and nothing else about it', () => {
    const desired = [{ account: 'acme', userUri: OTHER_USER, spec: aSpec(), webhookUri: paused.uri }]
    const found = auditSubscriptions({ ...input, observed: [paused], known: [knownOf(paused, { keyStored: false })], desired })
    expect(found.map((one) => ({ ...one, fix: String(one.fix) }))).toEqual([
      {
        code: 'UNKNOWN_STATE',
        severity: 'warning',
        message: `${HOOK_URL} (PAUSED) is "paused", which is neither active nor disabled: what that means is not known, so it is left alone`,
        count: 1,
        fixNeedsReview: true,
        uris: [paused.uri],
        fix: `calreconnect --account acme webhooks get ${paused.uri}`,
      },
    ])
  })

  it('auditSubscriptions counts what it does not understand and names none of it as expendable', () => {
    const found = auditSubscriptions({ ...input, observed: [paused, team, active], totalMax: 1 })
    const tooMany = found.find(({ code }) => code === 'TOO_MANY')
    expect([tooMany?.message, tooMany?.count, String(tooMany?.fix)]).toEqual([
      expect.stringContaining('3 subscriptions are more than the 1 of --max-total'),
      3,
      'calreconnect --account acme webhooks list',
    ])
  })

  it('auditSubscriptions finds nobody demoted whose role is not known', () => {
    expect(auditSubscriptions({ ...input, observed: [active], memberships: [aMembership(USER, 'superadmin')] })).toEqual([])
  })

  it('describeSubscriptions shows it, and summarize counts it in no state', () => {
    const rows = describeSubscriptions([paused, team], [])
    expect(rows.map(({ state, scope, findings }) => ({ state, scope, findings }))).toEqual([
      { state: 'paused', scope: 'organization', findings: ['UNKNOWN_STATE'] },
      { state: 'active', scope: 'team', findings: [] },
    ])
    expect(summarize(rows)).toMatchObject({ total: 2, active: 1, disabled: 0, duplicates: 0 })
  })
})

it('isRole knows every role, and no other word', () => {
  expect([...ROLES, 'superuser', '', 'Owner'].map(isRole)).toEqual([true, true, true, false, false, false])
})
