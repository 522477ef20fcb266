// A subscription that lives as long as `webhooks listen` does. The journal remembers it, so that what a killed process left behind is
// found and removed by the next one. Whether its process still lives is told by a lock that the operating system takes back.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { normalizeUrl } from '../../core/calendly/identity.ts'
import type { SubscriptionRow } from '../../core/audit/findings.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { settleCreates } from '../../core/plan/settle.ts'
import { keyedUris } from '../../core/plan/standing.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import type { ProcessLock } from '../../core/ports/store.ts'
import { observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'
import { changeWebhook, prepareCreate } from '../webhooks/create.ts'
import { deleteWebhooks, prepareDelete } from '../webhooks/delete.ts'
import type { EnsureDeps } from '../webhooks/ensure.ts'

/** In the journal: what marks a subscription as temporary. */
const COMMAND = 'webhooks listen'
/** Runs that are looked through for what was left behind. */
const RUNS_MAX = 500

export interface Temporary {
  readonly webhook: SubscriptionRow
  /** False: it was there before, with a known key, and stays. */
  readonly isOurs: boolean
}

const LEAVING = {
  awaited: 'the temporary subscription to be deleted',
  cost: 'it may stay at Calendly until the next webhooks listen',
  mend: next('webhooks', 'listen'),
}

/** Alone at this callback URL among the listening processes of this store. @throws STORE_LOCKED when another listens for it */
export function holdListening<T>(lock: ProcessLock, callbackUrl: string, work: () => Promise<T>): Promise<T> {
  return lock.hold(lockName(callbackUrl), work, { waitMsMax: 0 })
}

/** @throws CALENDLY_CONFLICT when somebody else's subscription is at the URL: it is not replaced for an afternoon */
export async function makeTemporary(deps: EnsureDeps, session: Session, wanted: DesiredWebhook): Promise<Temporary> {
  const prepared = await prepareCreate(deps, session, wanted)
  if (prepared.plan.steps.some(({ action }) => action === 'replace' || action === 'delete')) {
    throw new CalreconnectError('CALENDLY_CONFLICT', `There is a subscription at ${wanted.callbackUrl} already, whose key is not known`, {
      hint: 'Pass another --public-url, a query string makes one: ?listen=1',
    })
  }
  const how = { command: COMMAND, origin: 'created', signingKey: null, dryRun: false } as const
  const { webhook, failed } = await changeWebhook(deps, session, prepared, how)
  const [failure] = failed
  if (failure !== undefined) throw new CalreconnectError(failure.error.code, failure.error.message, { hint: failure.error.hint ?? '' })
  if (webhook === null) throw new CalreconnectError('UNEXPECTED_ANSWER', `No subscription came of ${wanted.callbackUrl}`)
  return { webhook, isOurs: writesOf(prepared.plan).length > 0 }
}

/** @throws what kept it from being deleted; the journal still knows it then */
export async function removeTemporary(deps: EnsureDeps, session: Session, uris: readonly string[]): Promise<void> {
  // The listening ends with an interruption, and this is what is left to do then.
  const { failed } = await deps.interruption.finish(LEAVING, async () =>
    deleteWebhooks(deps, session, await prepareDelete(deps, session, uris)),
  )
  const [failure] = failed
  if (failure !== undefined) throw new CalreconnectError(failure.error.code, failure.error.message, { hint: failure.error.hint ?? '' })
}

/** What killed processes left behind. */
export interface Leftover {
  readonly account: string
  readonly callbackUrl: string
  /** Null: it is not known yet whether Calendly made it. */
  readonly uri: string | null
}

export async function findLeftovers(deps: Pick<EnsureDeps, 'runs' | 'subscriptions'>): Promise<readonly Leftover[]> {
  const runs = (await deps.runs.list({ limit: RUNS_MAX })).filter(({ command }) => command === COMMAND)
  if (runs.length === 0) return []
  const active = new Map((await deps.subscriptions.known(null)).map((one) => [one.uri, one]))
  const found: Leftover[] = []
  for (const { id, account } of runs) {
    const recorded = await deps.runs.get(id)
    for (const { step, state, newUri } of recorded?.steps ?? []) {
      if (step.action !== 'create') continue
      if (state === 'intended') found.push({ account, callbackUrl: step.callbackUrl, uri: null })
      else if (newUri !== null && active.has(newUri)) found.push({ account, callbackUrl: step.callbackUrl, uri: newUri })
    }
  }
  return found
}

/**
 * Removes them, but for those of processes that still listen. What cannot be removed now stays in the journal for the next time.
 * @param held the callback URL that this process listens for itself
 * @returns URIs that were removed
 */
export async function removeLeftovers(deps: EnsureDeps, session: Session, held: string | null): Promise<readonly string[]> {
  const mine = (await findLeftovers(deps)).filter(({ account }) => account === session.account)
  const removed: string[] = []
  for (const callbackUrl of new Set(mine.map((one) => one.callbackUrl))) {
    const work = async (): Promise<void> => {
      const isOpen = mine.some((one) => one.uri === null && one.callbackUrl === callbackUrl)
      const unclear = isOpen ? await settleOpen(deps, session, callbackUrl) : []
      const left = (await findLeftovers(deps)).filter((one) => one.account === session.account && one.callbackUrl === callbackUrl)
      const uris = [...left.flatMap(({ uri }) => uri ?? []), ...unclear]
      if (uris.length === 0) return
      await removeTemporary(deps, session, uris)
      removed.push(...uris)
    }
    if (held !== null && lockName(held) === lockName(callbackUrl)) await work()
    else await unlessHeld(holdListening(deps.lock, callbackUrl, work))
  }
  return removed
}

/**
 * Finds out what came of requests whose answer was lost. What several of them may have made, after processes died one after the other,
 * is nobody's in the journal, and a temporary subscription all the same: all who may have made it were listening.
 */
async function settleOpen(deps: EnsureDeps, session: Session, callbackUrl: string): Promise<readonly string[]> {
  const { observed, known } = await observe(deps, session)
  const open = (await deps.runs.unsettledCreates(session.account)).filter((intent) => intent.callbackUrl === callbackUrl)
  const commands = await Promise.all(open.map(async ({ runId }) => (await deps.runs.get(runId))?.run.command))
  const [earliest] = open.toSorted((a, b) => a.startedAtMs - b.startedAtMs)
  if (earliest === undefined || commands.some((command) => command !== COMMAND)) return []
  const [settled] = settleCreates([earliest], observed, keyedUris(known), session.userUri)
  const subscription = settled?.subscription ?? null
  return subscription === null ? [] : [subscription.uri]
}

async function unlessHeld(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    // Its process lives: the subscription is in use.
    if (!(error instanceof CalreconnectError) || error.code !== 'STORE_LOCKED') throw error
  }
}

function lockName(callbackUrl: string): string {
  return `listen ${normalizeUrl(callbackUrl)}`
}
