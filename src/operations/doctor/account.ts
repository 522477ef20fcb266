// Checks of one account: its token, what it may do, its subscription, what was begun and not finished.

import { next } from '../../core/errors/advice.ts'
import { inUserScope } from '../../core/plan/overlap.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { missingOAuthScopes } from '../../core/calendly/events.ts'
import { about, type Check, failed, found } from '../../core/doctor/check.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import type { AuditReport } from '../audit/audit.ts'
import { listRuns } from '../journal/runs.ts'
import type { Session } from '../observe/session.ts'
import { attempt } from './machine.ts'

export interface AccountPorts {
  readonly session: () => Promise<Session>
  readonly audit: (session: Session) => Promise<AuditReport>
  /** Null where nothing is stored. */
  readonly journal: { readonly runs: RunJournal; readonly connections: ConnectionStore } | null
}

const RUNS_LOOKED_AT = 100

/** @param name null: whoever CALENDLY_TOKEN belongs to */
export async function checkAccount(ports: AccountPorts, name: string | null): Promise<readonly Check[]> {
  const open = name === null || ports.journal === null ? [] : [await attempt('open_runs', () => openRuns(ports.journal, name), name)]
  let session: Session
  try {
    session = await ports.session()
    await session.api.me()
  } catch (error) {
    return [failed(about('token', name), error), ...open]
  }
  const { account } = session
  return [
    found(about('token', account), 'ok', name === null ? 'CALENDLY_TOKEN is accepted' : 'Accepted by Calendly'),
    scopes(session),
    found(about('organization', account), 'ok', session.organizationUri),
    role(session),
    await attempt('subscription', () => subscription(ports, session), account),
    ...open,
  ]
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

function role({ account, connection, role: has }: Session): Check {
  const of = about('role', account)
  if (connection?.desired?.scope !== 'organization' || has !== 'user') return found(of, 'ok', has)
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

async function openRuns(journal: AccountPorts['journal'], account: string): Promise<Check> {
  const of = about('open_runs', account)
  const { runs } = journal === null ? { runs: [] } : await listRuns(journal, { account, limit: RUNS_LOOKED_AT })
  const unsettled = runs.filter((run) => run.unsettled > 0 && run.settledBy === null)
  const [first] = unsettled
  if (first === undefined) return found(of, 'ok', 'Everything that was begun was finished')
  throw new CalreconnectError('PARTIAL', `${unsettled.length} ${unsettled.length === 1 ? 'run was' : 'runs were'} begun and not finished`, {
    hint: next('reconnect', account),
  })
}
