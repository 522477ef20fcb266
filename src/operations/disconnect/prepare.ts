// The first half of `disconnect`: what would be deleted and revoked. Reads only, so that it can be shown and asked about.

import { type ErrorReport, reportError } from '../../core/errors/errors.ts'
import { planDisconnect, writesOf } from '../../core/plan/reconcile.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import type { KnownSubscription, Plan } from '../../core/plan/model.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { AccountDeps } from '../connect/input.ts'
import { needsConnect } from '../../core/connection/usable.ts'
import type { Change, Whereabouts } from '../../core/connection/whereabouts.ts'
import { look, type Looked, type OutOfReach } from './look.ts'
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
  /** URIs of what stays at Calendly: with --keep-webhooks, and what an earlier disconnect had to leave. */
  readonly staying: readonly string[]
  readonly out: readonly OutOfReach[]
  /** Callback URLs of creates whose answer was lost and that cannot be looked for. */
  readonly lost: readonly string[]
  /** Where the user is, if that had to be asked, and how that differs from what was stored. */
  readonly now: Whereabouts | null
  readonly change: Change | null
  /** Why something that these tokens might reach was not reached. */
  readonly problem: ErrorReport | null
}

/**
 * Looks, and goes on where something cannot be looked at.
 * @throws SETTING_MISSING when tokens cannot be revoked for want of a client id (not with --force-local), ACCOUNT_DIFFERS, STORE_LOCKED …
 */
export async function prepareDisconnect(
  deps: AccountDeps,
  connection: Connection,
  input: DisconnectInput,
  company: Company = ALONE,
): Promise<PreparedDisconnect> {
  const managed = (await deps.subscriptions.known(connection.name)).filter(isManaged)
  const nothing = {
    connection,
    handedOver: [],
    work: null,
    staying: managed.map(({ uri }) => uri),
    out: [],
    lost: [],
    now: null,
    change: null,
    problem: null,
  }
  if (isDisconnected(connection)) return nothing
  const handedOver = await heirsOf(deps, managed, new Set([connection.name, ...company.leaving]))
  const notMine = new Set([...handedOver.map(({ uri }) => uri), ...company.taken])
  const ours = managed.filter(({ uri }) => !notMine.has(uri))
  if (connection.auth === 'oauth' && !input.forceLocal) await deps.oauth({ issuedTo: connection.clientId })
  if (input.keepWebhooks) return { ...nothing, handedOver, staying: ours.map(({ uri }) => uri) }
  const unsettled = await deps.runs.unsettledCreates(connection.name)
  if (ours.length === 0 && unsettled.length === 0) return { ...nothing, handedOver, staying: [] }
  const looked = await look(deps, connection, {
    mine: (one) => isFor(one, connection.name) && isManaged(one) && !notMine.has(one.uri),
    keyless: input.forceLocal,
  })
  const isRemoved = looked.now !== null && looked.now.role === null
  const lost = looked.unlisted === null ? [] : unsettled.map(({ callbackUrl }) => callbackUrl)
  const blocked = looked.out.find(({ bar }) => bar === null)?.error
  const unsure = looked.unlisted !== null && lost.length > 0 && !isRemoved ? reportError(looked.unlisted) : null
  return {
    connection: looked.connection,
    handedOver,
    work: planned(deps, looked, company),
    staying: [],
    out: looked.out,
    lost,
    now: looked.now,
    change: looked.change,
    problem: blocked ?? unsure,
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

function planned(deps: AccountDeps, { session, known, observed }: Looked, company: Company): PreparedDisconnect['work'] {
  if (session === null) return null
  const { account, organizationUri } = session
  const madeAt = new Date(deps.clock.nowMs()).toISOString()
  const plan = withRestorable(planDisconnect({ account, organizationUri, madeAt, known, observed, leaving: company.leaving }), {
    ...session,
    observed,
    known,
  })
  return writesOf(plan).length === 0 ? null : { session, plan, observed }
}
