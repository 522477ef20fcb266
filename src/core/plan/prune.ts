// Which subscriptions `webhooks prune` deletes. Foreign ones only where the caller named their URL or said so.

import { next } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import { matchesGlob } from '../calendly/glob.ts'
import { identityOf } from '../calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../calendly/model.ts'
import { isUnderstood } from '../calendly/understood.ts'
import { duplicateSets } from './duplicates.ts'
import type { KnownSubscription, Plan, Why } from './model.ts'
import {
  bestFirst,
  createdAtMs,
  isFor,
  isManaged,
  isWantedByOthers,
  keyedUris,
  newestFirst,
  oldestFirst,
  worthKeepingFirst,
} from './standing.ts'
import { deleteStep, planOf } from './steps.ts'
import type { PlanHead } from './steps.ts'

/**
 * What to delete. `duplicates`, `disabled`, `superseded`, `creatorGone`, `urlGlobs` and `allButCurrent` select, each for itself (OR).
 * `olderThanMs` narrows what they select (AND), and selects only where none of them is given. `keep` spares the newest of what is
 * selected; given alone, it selects everything first. Nothing given at all means duplicates, disabled and superseded.
 */
export interface PruneCriteria {
  readonly duplicates: boolean
  readonly disabled: boolean
  readonly superseded: boolean
  /** Made by somebody who left, or in organization scope by somebody who is no owner or admin any more. */
  readonly creatorGone: boolean
  /** Lets the criteria select what this connection does not manage. A URL glob does so by itself. */
  readonly includeForeign: boolean
  readonly allButCurrent: boolean
  readonly urlGlobs: readonly string[]
  /** Milliseconds since creation. */
  readonly olderThanMs: number | null
  /** So many of the selected ones, the newest of each identity, stay. */
  readonly keep: number | null
}

export interface PruneInput extends PlanHead {
  readonly observed: readonly Subscription[]
  /** All that is on record, other connections' too: what is managed for those counts as foreign here. */
  readonly known: readonly KnownSubscription[]
  /** What the connection's own webhook should be. */
  readonly current: SubscriptionSpec | null
  readonly currentUri: string | null
  readonly criteria: PruneCriteria
  readonly nowMs: number
  /** User URIs of everybody in the organization, and of its owner and admins. Null: not asked for, and nobody counts as gone. */
  readonly memberUris: { readonly all: readonly string[]; readonly admins: readonly string[] } | null
}

/**
 * Deletes what the criteria select, oldest first, and never what is not understood. The connection's own healthy subscription is deleted only when a URL glob names it.
 * @throws USAGE for --all-but-current where the connection has no subscription to keep
 */
export function planPrune(input: PruneInput): Plan {
  const criteria = effective(input.criteria)
  const current = currentOf(input)
  if (criteria.allButCurrent && current === null) {
    throw new CalreconnectError('USAGE', `${input.account} has no webhook of its own at Calendly that --all-but-current could keep`, {
      hint: next('reconnect'),
    })
  }
  const whys = reasonsFor(input, criteria, current)
  const ours = oursOf(input)
  const tooYoungMs = input.nowMs - (criteria.olderThanMs ?? 0)
  const selected = [...new Map(input.observed.map((one) => [one.uri, one])).values()].filter((one) => {
    const named = isNamed(one, criteria)
    const allowed = named || ours.has(one.uri) || criteria.includeForeign
    const spared = !named && one.uri === current?.uri && one.state === 'active'
    const oldEnough = criteria.olderThanMs === null || (createdAtMs(one) > 0 && createdAtMs(one) < tooYoungMs)
    return isUnderstood(one) && whys.has(one.uri) && allowed && !spared && oldEnough
  })
  const doomed = beyondNewest(selected, criteria.keep ?? 0)
  return planOf(
    input,
    doomed.sort(oldestFirst).map((one) => deleteStep(one, whys.get(one.uri) ?? 'matched')),
  )
}

/**
 * Refuses a plan that deletes more than it may; never cuts it short.
 * @throws TOO_MANY_DELETES
 */
export function checkMaxDeletes(plan: Plan, deletesMax: number | null): void {
  const deletes = plan.steps.filter(({ action }) => action === 'delete').length
  if (deletesMax === null || deletes <= deletesMax) return
  throw new CalreconnectError('TOO_MANY_DELETES', `The plan deletes ${deletes} subscriptions and --max-deletes allows ${deletesMax}`, {
    hint: `Look at it with --dry-run, then pass --max-deletes ${deletes}`,
  })
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Milliseconds of an age such as `45m`, `12h`, `30d`, `8w`.
 * @throws USAGE
 */
export function parseAge(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text.trim()) ?? []
  const unitMs = UNIT_MS[unit]
  if (digits === undefined || unitMs === undefined) {
    throw new CalreconnectError('USAGE', `${text} is not an age`, { hint: 'Write a number and a unit: 45m, 12h, 30d, 8w' })
  }
  return Number(digits) * unitMs
}

interface EffectiveCriteria extends PruneCriteria {
  /** Everything is selected, for `olderThanMs` or `keep` to choose from. */
  readonly everything: 'older_than' | 'matched' | null
}

function effective(criteria: PruneCriteria): EffectiveCriteria {
  const { duplicates, disabled, superseded, creatorGone, allButCurrent, urlGlobs } = criteria
  if (duplicates || disabled || superseded || creatorGone || allButCurrent || urlGlobs.length > 0) return { ...criteria, everything: null }
  if (criteria.olderThanMs !== null) return { ...criteria, everything: 'older_than' }
  if (criteria.keep !== null) return { ...criteria, everything: 'matched' }
  return { ...criteria, duplicates: true, disabled: true, superseded: true, everything: null }
}

/** Selected URIs with the first reason that applies, what is wrong with one before what was merely asked for. */
function reasonsFor(input: PruneInput, criteria: EffectiveCriteria, current: Subscription | null): ReadonlyMap<string, Why> {
  const duplicates = criteria.duplicates ? surplusUris(input, current) : new Set<string>()
  const superseded = criteria.superseded ? supersededUris(input, current) : new Set<string>()
  const creatorGone = criteria.creatorGone ? creatorGoneUris(input) : new Set<string>()
  const whyOf = (one: Subscription): Why | null => {
    if (criteria.disabled && one.state === 'disabled') return 'disabled'
    if (duplicates.has(one.uri)) return 'duplicate'
    if (superseded.has(one.uri)) return 'superseded'
    if (creatorGone.has(one.uri)) return 'creator_gone'
    if (isNamed(one, criteria) || (criteria.allButCurrent && one.uri !== current?.uri)) return 'matched'
    return criteria.everything
  }
  return new Map(input.observed.flatMap((one): [string, Why][] => entryOf(one.uri, whyOf(one))))
}

function entryOf(uri: string, why: Why | null): [string, Why][] {
  return why === null ? [] : [[uri, why]]
}

function isNamed(one: Subscription, { urlGlobs }: PruneCriteria): boolean {
  return urlGlobs.some((glob) => matchesGlob(glob, one.callbackUrl))
}

/** The connection's own subscription: the one on record, else the best at the desired identity. */
function currentOf({ observed, known, current, currentUri }: PruneInput): Subscription | null {
  const recorded = observed.find(({ uri }) => uri === currentUri)
  if (recorded !== undefined) return recorded
  if (current === null) return null
  const identity = identityOf(current)
  const [best] = observed.filter((one) => identityOf(one) === identity).sort(bestFirst(current, keyedUris(known)))
  return best ?? null
}

/** Managed for this connection, or with CALENDLY_TOKEN alone. */
function oursOf({ known, account }: PruneInput): ReadonlySet<string> {
  const ours = known.filter((one) => isManaged(one) && (isFor(one, account) || one.account === null))
  return new Set(ours.map(({ uri }) => uri))
}

function surplusUris(input: PruneInput, current: Subscription | null): ReadonlySet<string> {
  const standing = { managed: oursOf(input), keyed: keyedUris(input.known), current: new Set(current === null ? [] : [current.uri]) }
  const sets = duplicateSets(input.observed, worthKeepingFirst(standing))
  return new Set(sets.flatMap(({ surplus }) => surplus.map(({ uri }) => uri)))
}

function supersededUris({ observed, known, account, current }: PruneInput, kept: Subscription | null): ReadonlySet<string> {
  const made = new Set(
    known
      .filter((one) => isManaged(one) && one.origin === 'connection' && isFor(one, account) && !isWantedByOthers(one, account))
      .map(({ uri }) => uri),
  )
  const identity = current === null ? null : identityOf(current)
  const left = observed.filter((one) => made.has(one.uri) && one.uri !== kept?.uri && identityOf(one) !== identity)
  return new Set(left.map(({ uri }) => uri))
}

function creatorGoneUris({ observed, memberUris }: PruneInput): ReadonlySet<string> {
  if (memberUris === null) return new Set()
  const all = new Set(memberUris.all)
  const admins = new Set(memberUris.admins)
  const left = observed.filter(
    ({ creator, scope }) => creator !== null && (!all.has(creator) || (scope === 'organization' && !admins.has(creator))),
  )
  return new Set(left.map(({ uri }) => uri))
}

function beyondNewest(selected: readonly Subscription[], keep: number): Subscription[] {
  const seen = new Map<string, number>()
  return [...selected].sort(newestFirst).filter((one) => {
    const identity = identityOf(one)
    const newer = seen.get(identity) ?? 0
    seen.set(identity, newer + 1)
    return newer >= keep
  })
}
