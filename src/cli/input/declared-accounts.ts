// Which accounts of a declarative file, or of a saved plan, a command is about, and who acts for each.

import { next } from '../../core/errors/advice.ts'
import type { DeclaredAccount, Declaration } from '../../core/plan/declaration.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { SavedPlan } from '../../core/plan/saved-plan.ts'
import type { AsWhoever, PlannedAccount } from '../../operations/declarative/plan.ts'
import type { Session } from '../../operations/observe/session.ts'
import type { Context } from '../context.ts'
import { listOf } from '../render/words.ts'

export const DECLARATION_FILE = 'calreconnect.yaml'

/** What of a file is taken on somebody's word. */
export interface DeclarationFlags {
  readonly allowHttp?: boolean
  readonly allowEphemeralHost?: boolean
  readonly allowUnknownEvent?: boolean
}

/** What planning from a file needs: whoever acts for an account of it is doubted where Calendly refuses. */
export async function declarativePorts(ctx: Context) {
  const [{ actingAs }, { webhookPorts }] = await Promise.all([import('../context/acting.ts'), import('../context/webhook-ports.ts')])
  const asWhoever: AsWhoever = (session, work) => actingAs(ctx, session, work)
  return { ...(await webhookPorts(ctx)), asWhoever }
}

/** Reads and checks the file. @throws FILE_UNREADABLE and whatever else is wrong in it, with its place */
export async function readDeclared(ctx: Context, file: string, flags: DeclarationFlags): Promise<Declaration> {
  const [{ readDeclaration }, { checkDeclaration }] = await Promise.all([ctx.declarativeFiles(), import('../../core/plan/declaration.ts')])
  const declaration = checkDeclaration(await readDeclaration(file), {
    allowHttp: flags.allowHttp === true,
    allowEphemeralHost: flags.allowEphemeralHost === true,
    allowUnknownEvents: flags.allowUnknownEvent === true,
  })
  return { ...declaration, accounts: await meantAccounts(ctx, declaration) }
}

/** @throws ACCOUNT_UNKNOWN with the account's place in the file */
export async function sessionFor(ctx: Context, account: DeclaredAccount): Promise<Session> {
  if (ctx.usesEnvironmentToken()) return ctx.session()
  const { declaredConnection } = await import('../../core/plan/declaration.ts')
  const connections = await (await ctx.store()).connections.list()
  return ctx.session({ name: declaredConnection(account, connections).name, storedOnly: true })
}

/** Who carries out each plan of a plan file. @throws ACCOUNT_UNKNOWN */
export async function sessionsForPlans(ctx: Context, file: string, saved: readonly SavedPlan[]): Promise<readonly PlannedAccount[]> {
  const planned: PlannedAccount[] = []
  for (const one of saved) {
    const session = await sessionFor(ctx, { name: one.plan.account, place: file, webhooks: [] })
    if (session.account !== one.plan.account) {
      throw new CalreconnectError('ACCOUNT_UNKNOWN', `${file} is for ${one.plan.account}, and this command acts as ${session.account}`)
    }
    planned.push({ ...one, session })
  }
  return planned
}

/** All of the file, or the one that --account or CALENDLY_TOKEN means. */
async function meantAccounts(ctx: Context, { accounts, file }: Declaration): Promise<readonly DeclaredAccount[]> {
  const meant = await meantNames(ctx)
  if (meant === null) return accounts
  const folded = meant.map((name) => name.toLowerCase())
  const chosen = accounts.filter(({ name }) => meant.includes(name) || (name.includes('@') && folded.includes(name.toLowerCase())))
  if (chosen.length > 0) return chosen
  const there = accounts.length === 0 ? 'none' : listOf(accounts.map(({ name }) => name))
  throw new CalreconnectError('ACCOUNT_UNKNOWN', `${file} says nothing about ${meant[0]}; its accounts: ${there}`, {
    hint: next('accounts', 'list'),
  })
}

async function meantNames(ctx: Context): Promise<readonly string[] | null> {
  if (ctx.usesEnvironmentToken()) return [(await ctx.session()).account]
  if (ctx.globals.account === null) return null
  const { resolveConnection } = await import('../../core/connection/query.ts')
  const { name, email } = resolveConnection(await (await ctx.store()).connections.list(), ctx.globals.account, null)
  return email === null ? [name] : [name, email]
}
