// The first half of `disconnect`: what would be deleted and revoked. Reads only, so that it can be shown and asked about.

import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import { planDisconnect, writesOf } from '../../core/plan/reconcile.ts'
import type { KnownSubscription, Plan } from '../../core/plan/model.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Connection } from '../../core/connection/model.ts'
import { sessionOf } from '../connect/webhook.ts'
import type { AccountDeps } from '../connect/input.ts'
import { connectCommand, connectNeeded, needsConnect, quoted } from '../../core/connection/usable.ts'
import { observe } from '../observe/observe.ts'
import { isFor, isManaged } from '../../core/plan/standing.ts'
import type { Session } from '../observe/session.ts'

export interface DisconnectInput {
  /** Leave the webhooks at Calendly. */
  readonly keepWebhooks: boolean
  /** Forget everything here although it could not be undone there. */
  readonly forceLocal: boolean
}

/** A webhook that another connection wants as well. */
export interface HandedOver {
  readonly uri: string
  readonly callbackUrl: string
  /** Who looks after it from now on. */
  readonly to: string
  /** It cannot do so before it is connected again; deliveries go on meanwhile. */
  readonly toNeedsConnect: boolean
}

/** What is disconnected on the same occasion. */
export interface Company {
  /** Names of all of them: what they share with each other and with nobody else goes. */
  readonly leaving: readonly string[]
  /** URIs that an earlier one of them deletes. */
  readonly taken: ReadonlySet<string>
}

const ALONE: Company = { leaving: [], taken: new Set() }

export interface PreparedDisconnect {
  readonly connection: Connection
  readonly handedOver: readonly HandedOver[]
  /** Null when no webhook is to be deleted, or none can be. */
  readonly work: { readonly session: Session; readonly plan: Plan; readonly observed: readonly Subscription[] } | null
  /** Webhooks that stay at Calendly, by URI: with --keep-webhooks, and with --force-local when they cannot be reached. */
  readonly staying: readonly string[]
  /** With --force-local: why the webhooks cannot be reached. */
  readonly problem: ErrorReport | null
}

/**
 * @throws NEEDS_CONNECT when webhooks are left that a dead connection cannot delete, SETTING_MISSING when its tokens cannot be
 * revoked for want of a client id, NETWORK … (none of them with --force-local)
 */
export async function prepareDisconnect(
  deps: AccountDeps,
  connection: Connection,
  input: DisconnectInput,
  company: Company = ALONE,
): Promise<PreparedDisconnect> {
  const managed = (await deps.subscriptions.known(connection.name)).filter(isManaged)
  const handedOver = await heirsOf(deps, managed, new Set([connection.name, ...company.leaving]))
  const shared = new Set(handedOver.map(({ uri }) => uri))
  const ours = managed.filter(({ uri }) => !shared.has(uri) && !company.taken.has(uri))
  const nothing: PreparedDisconnect = { connection, handedOver, work: null, staying: [], problem: null }
  if (isDisconnected(connection)) return nothing
  if (connection.auth === 'oauth' && !input.forceLocal) await deps.oauth()
  if (input.keepWebhooks) return { ...nothing, staying: ours.map(({ uri }) => uri) }
  const unsettled = await deps.runs.unsettledCreates(connection.name)
  if (ours.length === 0 && unsettled.length === 0) return nothing
  try {
    return { ...nothing, work: await planned(deps, connection, company) }
  } catch (error) {
    if (!(error instanceof CalreconnectError) || error.code === 'INTERRUPTED') throw error
    if (input.forceLocal) return { ...nothing, staying: ours.map(({ uri }) => uri), problem: reportError(error) }
    throw error.exit === 'auth' ? cannotDelete(connection, ours.length, error) : error
  }
}

/** Of several heirs the first that works; one that must be connected again is better than none. */
async function heirsOf(
  deps: AccountDeps,
  managed: readonly KnownSubscription[],
  leaving: ReadonlySet<string>,
): Promise<readonly HandedOver[]> {
  const candidates = managed.map((one) => ({ ...one, owners: one.owners.filter((owner) => !leaving.has(owner)) }))
  if (candidates.every(({ owners }) => owners.length === 0)) return []
  const dead = new Set((await deps.connections.list()).filter(needsConnect).map(({ name }) => name))
  return candidates.flatMap(({ uri, callbackUrl, owners }) => {
    const to = owners.find((owner) => !dead.has(owner)) ?? owners[0]
    return to === undefined ? [] : [{ uri, callbackUrl, to, toNeedsConnect: dead.has(to) }]
  })
}

/** Nothing is left to be done for it. */
export function isDisconnected(connection: Connection): boolean {
  return !connection.isActive && connection.accessToken === null && connection.refreshToken === null
}

async function planned(deps: AccountDeps, connection: Connection, company: Company): Promise<PreparedDisconnect['work']> {
  if (needsConnect(connection)) throw connectNeeded(connection)
  const session = await sessionOf(deps, connection)
  // Looking settles creates whose answer was lost, so what is known may have grown.
  const seen = await observe(deps, session)
  const known = seen.known.filter((one) => isFor(one, connection.name) && isManaged(one) && !company.taken.has(one.uri))
  const observed = [...seen.observed, ...(await unlisted(deps, session, known, seen.observed))]
  const { organizationUri } = session
  const madeAt = new Date(deps.clock.nowMs()).toISOString()
  const plan = planDisconnect({ account: connection.name, organizationUri, madeAt, known, observed, leaving: company.leaving })
  return writesOf(plan).length === 0 ? null : { session, plan, observed }
}

/** Ours that no list showed (another organization, a group): looked up one by one; what is gone is forgotten. */
async function unlisted(
  deps: AccountDeps,
  session: Session,
  known: readonly KnownSubscription[],
  seen: readonly Subscription[],
): Promise<readonly Subscription[]> {
  const listed = new Set(seen.map(({ uri }) => uri))
  const found: Subscription[] = []
  for (const { uri } of known) {
    if (listed.has(uri)) continue
    try {
      found.push(await session.api.subscription(uri))
    } catch (error) {
      if (!(error instanceof CalreconnectError) || error.code !== 'CALENDLY_NOT_FOUND') throw error
      await deps.subscriptions.forget(uri)
    }
  }
  return found
}

function cannotDelete({ name }: Connection, webhooks: number, cause: CalreconnectError): CalreconnectError {
  const count = webhooks === 1 ? 'its webhook' : `its ${webhooks} webhooks`
  return new CalreconnectError('NEEDS_CONNECT', `${cause.message}; without a token ${count} cannot be deleted`, {
    hint: `${connectCommand(name)}, or calreconnect disconnect ${quoted(name)} --force-local`,
    cause,
  })
}
