// Last station of `connect`: remember what webhook is wanted, and make it so.

import { advise, next } from '../../core/errors/advice.ts'
import { MIN_VALIDITY_MS } from '../../core/connection/token.ts'
import type { Connection, DesiredWebhook } from '../../core/connection/model.ts'
import type { Plan, PlanResult } from '../../core/plan/model.ts'
import { flagsFor } from '../../core/calendly/callback-host.ts'
import { normalizeUrl, sameEvents } from '../../core/calendly/identity.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { accessTokens } from '../tokens/access-token.ts'
import { accountStatus, type AccountStatus } from '../accounts/describe.ts'
import { learnOrganization } from '../accounts/organization.ts'
import { checkAllowed, type PartialDesired, wholeDesired } from '../../core/connection/desired.ts'
import type { AccountDeps } from './input.ts'
import { doubting, type Doubts } from './doubting.ts'
import { connectCommand } from '../../core/connection/usable.ts'
import { ensureWebhook } from '../webhooks/ensure.ts'
import type { OthersPolicy } from '../webhooks/others.ts'
import type { Session } from '../observe/session.ts'

export type Authorization = 'oauth' | 'refreshed' | 'still_valid' | 'personal_access_token'

/** A plan and what came of it. */
export interface WebhookResult extends PlanResult, Doubts {
  readonly plan: Plan
}

/** As one of `reconnect`'s results. */
interface ConnectedWebhook extends WebhookResult {
  readonly account: string
  readonly authorization: Authorization
}

/** `data` of `connect`. */
export interface ConnectResult {
  readonly account: AccountStatus
  readonly authorization: Authorization
  /** Null without a callback URL, and with --no-webhook. */
  readonly webhook: ConnectedWebhook | null
}

interface Arrived {
  readonly connection: Connection
  readonly authorization: Authorization
  readonly desired: PartialDesired
  /** False: remember it, and leave webhooks alone. */
  readonly ensure: boolean
  readonly others: OthersPolicy | undefined
}

/** @throws ROLE_INSUFFICIENT, CALENDLY_INSUFFICIENT_SCOPE before anything is written at Calendly */
export async function withWebhook(deps: AccountDeps, arrived: Arrived): Promise<ConnectResult> {
  const { connection, authorization, ensure } = arrived
  const desired = wholeDesired(arrived.desired)
  const result = ensure && desired !== null ? await ensureDesired(deps, connection, desired, { ...arrived.others, dryRun: false }) : null
  if (!ensure && desired !== null) await deps.connections.update(connection.name, { desired })
  const account = await statusOf(deps, await withOrganization(deps, connection.name))
  return { account, authorization, webhook: result === null ? null : { account: account.name, authorization, ...result } }
}

/** Remembers `desired` once it is known that it can be had, then makes it so. */
export async function ensureDesired(
  deps: AccountDeps,
  connection: Connection,
  desired: DesiredWebhook | null,
  options: { readonly dryRun: boolean } & Partial<OthersPolicy>,
): Promise<WebhookResult> {
  if (connection.desired !== null && desired !== null) announceMove(deps, connection.name, connection.desired, desired)
  return doubting(
    deps,
    connection,
    (one) => sessionOf(deps, one),
    async (session): Promise<WebhookResult> => {
      // Missing OAuth scopes matter only once something is to be made; `ensureWebhook` says so then.
      if (desired !== null) checkAllowed(desired, { role: session.role, grantedScopes: null })
      if (desired !== null && !options.dryRun) await deps.connections.update(connection.name, { desired })
      return ensureWebhook(deps, session, desired, options)
    },
  )
}

/** A webhook that goes to another place takes somebody's deliveries away: said, with the way back. */
function announceMove(deps: Pick<AccountDeps, 'warn'>, name: string, from: DesiredWebhook, to: DesiredWebhook): void {
  if (normalizeUrl(from.callbackUrl) === normalizeUrl(to.callbackUrl)) return
  const isSamePlace = from.scope === to.scope && from.group === to.group
  const scope = isSamePlace ? [] : ['--scope', from.scope, ...(from.group === null ? [] : ['--group', from.group])]
  const events = sameEvents(from.events, to.events) ? [] : ['--events', from.events.join(',')]
  const back = next('reconnect', name, '--callback-url', from.callbackUrl, ...scope, ...events, ...flagsFor(from.callbackUrl))
  deps.warn(advise`The webhook of ${name} moves from ${from.callbackUrl} to ${to.callbackUrl}. To undo: ${back}`)
}

/** @throws NEEDS_CONNECT when it is not known who the connection's user is */
export async function sessionOf(deps: AccountDeps, connection: Connection): Promise<Session> {
  const { name, userUri, organizationUri, role, scopes } = connection
  if (userUri === null || organizationUri === null || role === null) {
    throw new CalreconnectError('NEEDS_CONNECT', `The connection ${name} was not completed: its Calendly user is not known yet`, {
      hint: connectCommand(name),
    })
  }
  const api = await deps.calendly(accessTokens(deps, name, { minValidityMs: MIN_VALIDITY_MS }))
  return { account: name, userUri, organizationUri, role, grantedScopes: scopes.length === 0 ? null : scopes, api, connection }
}

/** Last of all, since nothing depends on it. */
async function withOrganization(deps: AccountDeps, name: string): Promise<Connection> {
  const stored = await deps.connections.get(name)
  if (stored === null) throw new CalreconnectError('ACCOUNT_UNKNOWN', `No connection is called ${name} any more`)
  return learnOrganization(deps, stored, () => deps.calendly(accessTokens(deps, name, { minValidityMs: 0 })))
}

async function statusOf(deps: AccountDeps, connection: Connection): Promise<AccountStatus> {
  return accountStatus(connection, await deps.subscriptions.known(connection.name))
}
