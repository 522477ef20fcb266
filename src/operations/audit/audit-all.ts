// `webhooks audit --all`: the stored accounts, each organization once, by whoever of them sees most of it.

import type { Connection } from '../../core/connection/model.ts'
import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { Session } from '../observe/session.ts'
import { audit, type AuditDeps, type AuditReport, type AuditRequest } from './audit.ts'

/** An account of which nothing could be looked at, or not all. */
export interface NotAudited {
  readonly account: string
  readonly error: ErrorReport
}

export interface OrganizationReport extends AuditReport {
  /** The accounts whose subscriptions were looked at, the one that asked for the organization's first. */
  readonly accounts: readonly string[]
}

export interface AuditedAll {
  readonly reports: readonly OrganizationReport[]
  readonly failed: readonly NotAudited[]
}

/** How work is done as an account: again, once, where role or organization have changed since. */
export type Acting = <T>(account: string, work: (session: Session) => Promise<T>) => Promise<T>

const RANK: readonly (string | null)[] = ['owner', 'admin']

/** Organizations one after the other, in the order of their oldest account. A failing account never ends the others'. */
export async function auditAll(
  deps: AuditDeps,
  connections: readonly Connection[],
  request: AuditRequest,
  acting: Acting,
): Promise<AuditedAll> {
  const reports: OrganizationReport[] = []
  const failed: NotAudited[] = []
  for (const accounts of byOrganization(connections)) {
    const sessions: Session[] = []
    for (const { name } of accounts) {
      const session = await attempt(name, failed, () => acting(name, async (one) => (await one.api.me(), one)))
      if (session !== null) sessions.push(session)
    }
    const [first, ...others] = sessions
    if (first === undefined) continue
    const report = await attempt(first.account, failed, () =>
      acting(first.account, (session) => audit(deps, session, { ...request, others })),
    )
    if (report !== null) reports.push({ ...report, accounts: sessions.map(({ account }) => account) })
  }
  return { reports, failed }
}

/** Whoever may list the organization's is the first of it. */
function byOrganization(connections: readonly Connection[]): readonly (readonly Connection[])[] {
  const organizations = new Map<string | null, Connection[]>()
  for (const one of connections) organizations.set(one.organizationUri, [...(organizations.get(one.organizationUri) ?? []), one])
  const rank = ({ role }: Connection): number => (RANK.includes(role) ? RANK.indexOf(role) : RANK.length)
  return [...organizations.values()].map((all) => [...all].sort((a, b) => rank(a) - rank(b)))
}

async function attempt<T>(account: string, failed: NotAudited[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CalreconnectError) || error.exit === 'interrupted' || error.exit === 'store') throw error
    failed.push({ account, error: reportError(error) })
    return null
  }
}
