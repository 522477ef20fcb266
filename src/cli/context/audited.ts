// Who is audited: the account that is meant, or with --all every connected one, each organization once.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AuditRequest, AuditResult } from '../../operations/audit/audit.ts'
import type { AuditedAll, NotAudited, OrganizationReport } from '../../operations/audit/audit-all.ts'
import type { Context } from '../context.ts'
import { acting } from './acting.ts'

export async function oneAccount(ctx: Context, request: AuditRequest): Promise<AuditedAll> {
  const { audit } = await import('../../operations/audit/audit.ts')
  const report = await acting(ctx, async (session) => {
    const store = session.connection === null ? null : await ctx.store()
    return audit({ store, progress: await ctx.progress() }, session, request)
  })
  return { reports: [{ ...report, accounts: [report.account] }], failed: [] }
}

/** @throws NOT_CONNECTED when no account is */
export async function everyAccount(ctx: Context, request: AuditRequest): Promise<AuditedAll> {
  const [{ auditAll }, store] = await Promise.all([import('../../operations/audit/audit-all.ts'), ctx.store()])
  const connections = (await store.connections.list()).filter(({ isActive }) => isActive)
  if (connections.length === 0) throw new CalreconnectError('NOT_CONNECTED', 'No Calendly account is connected')
  return auditAll({ store, progress: await ctx.progress() }, connections, request, (name, work) =>
    acting(ctx, work, { name, storedOnly: true }),
  )
}

/** One of `data.organizations`. */
export function organizationOf({
  account,
  accounts,
  result,
}: OrganizationReport): AuditResult & { account: string; accounts: readonly string[] } {
  return { account, accounts, ...result }
}

/** An audit that left somebody out is neither clean nor all that is wrong. */
export function notAuditedProblem(failed: readonly NotAudited[]): CalreconnectError | null {
  const [first] = failed
  if (first === undefined) return null
  const message = `${failed.length === 1 ? first.account : `${failed.length} accounts`} could not be audited: ${first.error.message}`
  return new CalreconnectError('PARTIAL', message, { hint: first.error.hint ?? next('status', first.account) })
}
