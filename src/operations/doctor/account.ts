// Checks of one account: its token, what it may do, its subscription, what was begun and not finished.

import { next } from '../../core/errors/advice.ts'
import { type Change, changeOf } from '../../core/connection/whereabouts.ts'
import { inUserScope } from '../../core/plan/overlap.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { missingOAuthScopes } from '../../core/calendly/events.ts'
import { about, type Check, failed, found } from '../../core/doctor/check.ts'
import type { ReceiverAnswer } from '../../core/ports/probes.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { whereabouts } from '../accounts/doubt.ts'
import { identify } from '../accounts/identify.ts'
import type { AuditReport } from '../audit/audit.ts'
import { listRuns } from '../journal/runs.ts'
import { observe, type ObserveDeps } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'
import { attempt } from './machine.ts'

export interface AccountPorts {
  readonly session: () => Promise<Session>
  readonly audit: (session: Session) => Promise<AuditReport>
  /** Null where nothing is stored. */
  readonly journal: { readonly runs: RunJournal; readonly connections: ConnectionStore } | null
  /** What looking at Calendly for what became of steps without an outcome needs. Null: is not wanted. */
  readonly settle: ObserveDeps | null
  /** Asks the connection's receiver, without a signature. Null: is not wanted. */
  readonly askReceiver: ((url: URL) => Promise<ReceiverAnswer>) | null
}

const RUNS_LOOKED_AT = 100

/** @param name null: whoever CALENDLY_TOKEN belongs to */
export async function checkAccount(ports: AccountPorts, name: string | null): Promise<readonly Check[]> {
  const runs = async (session: Session | null): Promise<readonly Check[]> =>
    name === null || ports.journal === null ? [] : [await attempt('open_runs', () => openRuns(ports, session, name), name)]
  let session: Session
  let change: Change | null
  try {
    const stored = await ports.session()
    const { connection, api } = stored
    const now = connection === null ? await ownerOf(api) : await whereabouts(api, connection)
    change = connection === null ? null : changeOf(connection, now)
    session = { ...stored, ...now, role: now.role ?? stored.role }
  } catch (error) {
    return [failed(about('token', name), error), ...(await runs(null))]
  }
  const { account } = session
  const token = found(about('token', account), 'ok', name === null ? 'CALENDLY_TOKEN is accepted' : 'Accepted by Calendly')
  if (change?.kind === 'removed') return [token, ended(account, change), ...(await runs(null))]
  return [
    token,
    scopes(session),
    organization(session, change),
    role(session, change),
    await attempt('subscription', () => subscription(ports, session), account),
    ...(ports.askReceiver === null ? [] : [await attempt('receiver', () => receiver(ports, session), account)]),
    ...(await runs(session)),
  ]
}

async function ownerOf(api: Session['api']): Promise<Pick<Session, 'organizationUri' | 'role'>> {
  const { user, role } = await identify(api)
  return { organizationUri: user.currentOrganization, role }
}

function ended(account: string, { text }: Change): Check {
  return failed(about('organization', account), new CalreconnectError('MEMBERSHIP_ENDED', text, { hint: next('disconnect', account) }))
}

function organization({ account, organizationUri }: Session, change: Change | null): Check {
  const of = about('organization', account)
  return change?.kind === 'organization' ? found(of, 'warning', change.text, next('reconnect', account)) : found(of, 'ok', organizationUri)
}

/** Whether somebody answers there. What a delivery is answered, only a signed one tells. */
async function receiver({ askReceiver }: AccountPorts, { account, connection }: Session): Promise<Check> {
  const of = about('receiver', account)
  const url = connection?.desired?.callbackUrl ?? null
  if (url === null || askReceiver === null) return found(of, 'skipped', 'No webhook is desired')
  const { status, durationMs } = await askReceiver(new URL(url))
  const text = `${new URL(url).host} answers ${status} to an unsigned OPTIONS in ${durationMs} ms`
  // Whoever verifies signatures refuses this one, and whoever knows no OPTIONS says so: both are there.
  const isThere = status < 500 && status !== 404
  return isThere ? found(of, 'ok', text) : found(of, 'warning', text, next('--account', account, 'webhooks', 'test'))
}

function scopes({ account, connection, grantedScopes }: Session): Check {
  const of = about('scopes', account)
  const events = connection?.desired?.events ?? []
  const missing = missingOAuthScopes(events, grantedScopes)
  if (missing.length === 0) return found(of, 'ok', grantedScopes === null ? 'Not told for this token' : grantedScopes.join(' '))
  const wanted = [...new Set([...(grantedScopes ?? []), ...missing])].join(' ')
  return failed(
    of,
    new CalreconnectError('CALENDLY_INSUFFICIENT_SCOPE', `${account} was not granted ${missing.join(' ')}`, {
      hint: next('connect', '--name', account, '--force', '--oauth-scope', wanted),
    }),
  )
}

function role({ account, connection, role: has }: Session, change: Change | null): Check {
  const of = about('role', account)
  if (connection?.desired?.scope !== 'organization' || has !== 'user') {
    return change?.kind === 'role' ? found(of, 'warning', change.text, next('reconnect', account)) : found(of, 'ok', has)
  }
  return failed(
    of,
    new CalreconnectError('ROLE_INSUFFICIENT', `${account} is a member: organization scope needs an owner or admin`, {
      hint: inUserScope(connection, { isTaken: connection.webhookUri !== null }),
    }),
  )
}

async function subscription(ports: AccountPorts, session: Session): Promise<Check> {
  const of = about('subscription', session.account)
  const { result } = await ports.audit(session)
  const [worst] = result.findings.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
  const { total, active } = result.summary
  if (worst === undefined) return found(of, 'ok', `${total} at Calendly, ${active} active, nothing to object to`)
  const text = `${worst.code}: ${worst.message}${result.findings.length === 1 ? '' : ` (and ${result.findings.length - 1} more: webhooks audit)`}`
  if (worst.severity === 'error') throw new CalreconnectError('FINDINGS', text, { hint: worst.fix })
  return found(of, 'warning', text, worst.fix)
}

async function openRuns({ journal, settle }: AccountPorts, session: Session | null, account: string): Promise<Check> {
  const of = about('open_runs', account)
  const before = await unfinished(journal, account)
  if (before === 0) return found(of, 'ok', 'Everything that was begun was finished')
  if (settle !== null && session !== null) {
    // Looking settles: what is listed explains what was begun.
    await observe(settle, session)
    const after = await unfinished(journal, account)
    if (after < before) return found(of, 'fixed', `What became of ${runsText(before - after)} was found at Calendly`)
  }
  const text = `${runsText(before)} ${before === 1 ? 'was' : 'were'} begun and not finished`
  throw new CalreconnectError('PARTIAL', text, { hint: next('reconnect', account) })
}

async function unfinished(journal: AccountPorts['journal'], account: string): Promise<number> {
  const { runs } = journal === null ? { runs: [] } : await listRuns(journal, { account, limit: RUNS_LOOKED_AT })
  return runs.filter((run) => run.unsettled > 0 && run.settledBy === null).length
}

function runsText(number: number): string {
  return number === 1 ? '1 run' : `${number} runs`
}
