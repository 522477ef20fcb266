// What a person may type, as the model plays it: each command prepares what it would show, carries it out, and knows what it
// may delete and what must hold once it went through. Knows nothing of faults and crashes.

import { matchesGlob } from '../../../src/core/calendly/glob.ts'
import { identityOf, normalizeUrl, sameEvents } from '../../../src/core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../../src/core/calendly/model.ts'
import type { FailedStep, Plan } from '../../../src/core/plan/model.ts'
import { writesOf } from '../../../src/core/plan/reconcile.ts'
import type { PruneCriteria } from '../../../src/core/plan/prune.ts'
import type { DesiredWebhook } from '../../../src/core/connection/model.ts'
import type { Subscription as EmulatedRow } from '../../../src/emulator/entities.ts'
import { NOTHING_WANTED } from '../../../src/core/connection/desired.ts'
import { reconnectOne } from '../../../src/operations/connect/reconnect.ts'
import { applyPlans } from '../../../src/operations/declarative/apply.ts'
import { createWebhook, prepareCreate } from '../../../src/operations/webhooks/create.ts'
import { planDeclaration } from '../../../src/operations/declarative/plan.ts'
import { deleteWebhooks, prepareDelete } from '../../../src/operations/webhooks/delete.ts'
import { ensureWebhook, specFor } from '../../../src/operations/webhooks/ensure.ts'
import { preparePrune, prune } from '../../../src/operations/webhooks/prune.ts'
import { prepareRecreate, recreate } from '../../../src/operations/webhooks/recreate.ts'
import { backupsOfLastRun, plannedRestore, restore, type RestoreSource } from '../../../src/operations/webhooks/restore.ts'
import { ACCOUNT, type Process, type World } from '../../support/webhook-world.ts'

export interface Done {
  readonly failed: readonly FailedStep[]
  /** The plan that was carried out. */
  readonly plan: Plan
  /** URIs of what it named as out of the user's reach. */
  readonly stranded?: readonly string[]
}

export type Lists = 'complete' | 'behind'

export interface Command {
  readonly name: string
  /** What it may make. */
  readonly wanted: readonly DesiredWebhook[]
  /** @param show what would be shown before the question */
  run(process: Process, show: (plan: Plan) => void): Promise<Done>
  /** Whether it may delete what others made. */
  mayDelete(row: EmulatedRow): boolean
  /**
   * What it said it did and did not do; null when all is as it said. Looks at Calendly's own records and changes nothing.
   * @param lists whether all that is there was in the lists: what nobody can see cannot be cleared away
   */
  flaw(process: Process, world: World, lists: Lists): Promise<string | null>
  /** What it would still do if it ran again, although nothing went wrong. */
  more?(process: Process, world: World): Promise<string | null>
  /** What a person runs who insists on a place that somebody else keeps taking. */
  readonly insisting?: () => Command
}

export function reconnectCommand(desired: DesiredWebhook): Command {
  const spec = specOfOwner(desired)
  return {
    name: `reconnect ${describe(desired)}`,
    wanted: [desired],
    async run(process) {
      await process.deps.connections.update(ACCOUNT, { desired })
      return ensureWebhook(process.deps, await process.session(), desired, { dryRun: false })
    },
    mayDelete: (row) => isPlaceOf(row, spec(row)) || isTwin(row, desired),
    flaw: (process, world, lists) => oneRight(process, world, desired, lists),
    more: (process, world) => writesNothing(process, world, desired),
    insisting: () => wholeReconnectCommand(desired, { takeOver: true }),
  }
}

/**
 * `reconnect` as the command line runs it: who the user is now is asked first.
 * @param takeOver although somebody else keeps replacing ours
 */
export function wholeReconnectCommand(desired: DesiredWebhook, { takeOver = false } = {}): Command {
  const inPart = reconnectCommand(desired)
  return {
    ...inPart,
    name: `whole reconnect ${describe(desired)}${takeOver ? ' --take-over' : ''}`,
    async run(process) {
      const connection = await process.deps.connections.update(ACCOUNT, { desired })
      const others = { others: 'replace', takeOver } as const
      const input = { wanted: NOTHING_WANTED, dryRun: false, concurrency: 1, others }
      const { plan, failed, stranded = [] } = await reconnectOne(process.account, connection, input, null)
      if (plan === null) throw new Error('reconnect planned nothing')
      return { plan, failed, stranded: stranded.map(({ uri }) => uri) }
    },
  }
}

export function createCommand(wanted: DesiredWebhook): Command {
  return {
    name: `create ${describe(wanted)}`,
    wanted: [wanted],
    async run(process, show) {
      const session = await process.session()
      const prepared = await prepareCreate(process.deps, session, wanted)
      show(prepared.plan)
      return createWebhook(process.deps, session, prepared, { wanted, signingKey: null, dryRun: false })
    },
    mayDelete: (row) => isPlaceOf(row, specOfOwner(wanted)(row)),
    async flaw(process, world) {
      const session = await process.session()
      const right = atPlace(world, specFor(session, wanted)).filter(
        (row) => row.state === 'active' && sameEvents(row.events, wanted.events),
      )
      for (const row of right) if (await keyIsRight(process, row)) return null
      return `create left nothing right at ${wanted.callbackUrl}`
    },
  }
}

export function deleteCommand(uris: readonly string[]): Command {
  return {
    name: `delete ${uris.length}`,
    wanted: [],
    async run(process, show) {
      const session = await process.session()
      const prepared = await prepareDelete(process.deps, session, uris)
      show(prepared.plan)
      return deleteWebhooks(process.deps, session, prepared)
    },
    mayDelete: ({ uri }) => uris.includes(uri),
    flaw: async (_, world) => (world.rows().some(({ uri }) => uris.includes(uri)) ? 'delete left what was named' : null),
  }
}

export function pruneCommand(criteria: PruneCriteria): Command {
  return {
    name: `prune ${JSON.stringify(criteria)}`,
    wanted: [],
    async run(process, show) {
      const session = await process.session()
      const prepared = await preparePrune(process.deps, session, criteria)
      show(prepared.plan)
      return prune(process.deps, session, prepared)
    },
    mayDelete: (row) => criteria.includeForeign || criteria.urlGlobs.some((glob) => matchesGlob(glob, row.callbackUrl)),
    flaw: async () => null,
    async more(process) {
      const { plan } = await preparePrune(process.deps, await process.session(), criteria)
      return writesOf(plan).length === 0 ? null : `prune would go on: ${stepsOf(plan)}`
    },
  }
}

export function recreateCommand(overlap: boolean): Command {
  let desired: DesiredWebhook | null = null
  return {
    name: `recreate${overlap ? ' --overlap' : ''}`,
    get wanted() {
      return desired === null ? [] : [desired]
    },
    async run(process, show) {
      const session = await process.session()
      desired = session.connection?.desired ?? null
      const prepared = await prepareRecreate(process.deps, session, { overlap })
      show(prepared.plan)
      return recreate(process.deps, session, prepared, { dryRun: false })
    },
    mayDelete: (row) => desired !== null && (isPlaceOf(row, specOfOwner(desired)(row)) || isTwin(row, desired)),
    async flaw(process, world, lists) {
      const now = (await process.session()).connection?.desired ?? null
      return now === null ? 'recreate forgot what is desired' : oneRight(process, world, now, lists)
    },
  }
}

export function restoreCommand(): Command {
  let source: RestoreSource | null = null
  return {
    name: 'restore',
    wanted: [],
    async run(process, show) {
      source ??= await backupsOfLastRun(process.store.runs, ACCOUNT)
      const session = await process.session()
      const planned = await plannedRestore(process.deps, session, source)
      show(planned.plan)
      return restore(process.deps, session, planned, { command: 'webhooks restore' })
    },
    mayDelete: () => false,
    async flaw(_, world) {
      const there = new Set(world.rows().map((row) => identityOf(row)))
      const missing = (source?.backups ?? []).filter((backup: Subscription) => !there.has(identityOf(backup)))
      return missing.length === 0 ? null : `restore left out ${missing.map(({ callbackUrl }) => callbackUrl).join(', ')}`
    },
  }
}

export function applyCommand(declared: readonly DesiredWebhook[]): Command {
  const webhooks = declared.map((one, index) => ({ ...one, place: `calreconnect.yaml:${index + 5}:9` }))
  const declaration = { file: 'calreconnect.yaml', accounts: [{ name: ACCOUNT, place: 'calreconnect.yaml:3:3', webhooks }] }
  const planned = async (process: Process) => planDeclaration(process.deps, declaration, () => process.session())
  return {
    name: `apply ${declared.map(describe).join(' + ')}`,
    wanted: declared,
    async run(process, show) {
      const accounts = await planned(process)
      for (const { plan } of accounts) show(plan)
      const { results } = await applyPlans(process.deps, accounts, { command: 'webhooks apply' })
      const [only] = results
      if (only === undefined) throw new Error('apply did nothing at all')
      return only
    },
    mayDelete: (row) => declared.some((one) => isPlaceOf(row, specOfOwner(one)(row))),
    async flaw(process, world, lists) {
      for (const one of declared) {
        const wrong = await oneRight(process, world, one, lists)
        if (wrong !== null) return wrong
      }
      return null
    },
    async more(process) {
      const left = (await planned(process)).filter(({ plan }) => writesOf(plan).length > 0)
      return left.length === 0 ? null : `apply would go on: ${left.map(({ plan }) => stepsOf(plan)).join('; ')}`
    },
  }
}

export function stepsOf(plan: Plan): string {
  return writesOf(plan)
    .map(({ action, why, callbackUrl, scope }) => `${action} ${why} ${scope} ${callbackUrl}`)
    .join(', ')
}

/** Exactly one subscription at the place, active, as desired, and its key is the one that Calendly signs with. */
async function oneRight(process: Process, world: World, desired: DesiredWebhook, lists: Lists): Promise<string | null> {
  const rows = atPlace(world, specFor(await process.session(), desired))
  if (rows.length === 0 || (rows.length > 1 && lists === 'complete')) {
    return `${rows.length} subscriptions at ${desired.callbackUrl} instead of one`
  }
  const flaws = await Promise.all(rows.map((row) => flawOf(process, row, desired)))
  return flaws.includes(null) ? null : flaws.join('; ')
}

async function flawOf(process: Process, row: EmulatedRow, desired: DesiredWebhook): Promise<string | null> {
  if (row.state !== 'active') return `${row.uri} is ${row.state}`
  if (!sameEvents(row.events, desired.events)) return `${row.uri} has the events ${row.events.join(', ')}`
  return (await keyIsRight(process, row)) ? null : `${row.uri} is signed with another key than the one that is stored`
}

async function writesNothing(process: Process, world: World, desired: DesiredWebhook): Promise<string | null> {
  const before = world.emulator.requests().length
  await ensureWebhook(process.deps, await process.session(), desired, { dryRun: false })
  const writes = world.emulator
    .requests()
    .slice(before)
    .filter(({ method }) => method !== 'GET')
  return writes.length === 0 ? null : `a second run wrote: ${writes.map(({ method, status }) => `${method} ${status}`).join(', ')}`
}

async function keyIsRight(process: Process, row: EmulatedRow): Promise<boolean> {
  return row.signingKey !== null && (await process.store.subscriptions.signingKey(row.uri))?.reveal() === row.signingKey
}

function atPlace(world: World, spec: SubscriptionSpec): EmulatedRow[] {
  return world.rows().filter((row) => isPlaceOf(row, spec))
}

function isPlaceOf(row: EmulatedRow, spec: SubscriptionSpec): boolean {
  return identityOf(row) === identityOf(spec)
}

/** What the owner's wish means in the organization of a row. */
function specOfOwner(desired: DesiredWebhook): (row: EmulatedRow) => SubscriptionSpec {
  const user = desired.scope === 'user' ? OWNER : null
  return ({ organization }) => ({ ...desired, organization, user })
}

const OWNER = 'https://api.calendly.com/users/OWNER00000000001'

/** In user scope of the same person at the same URL: it would deliver everything twice. */
function isTwin(row: EmulatedRow, desired: DesiredWebhook): boolean {
  const sameUrl = normalizeUrl(row.callbackUrl) === normalizeUrl(desired.callbackUrl)
  return desired.scope === 'organization' && row.scope === 'user' && row.user === OWNER && sameUrl
}

function describe({ callbackUrl, events, scope }: DesiredWebhook): string {
  return `${scope} ${callbackUrl} ${events.join('+')}`
}
