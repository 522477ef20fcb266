// NAME arguments beside --account or CALRECONNECT_ACCOUNT: said twice is fine, two different accounts are a contradiction.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { Context } from '../context.ts'

/** @throws USAGE when an argument names another account than the option or variable does */
export async function checkNamed(ctx: Context, names: readonly string[]): Promise<void> {
  const { account, accountBy } = ctx.globals
  if (account === null || names.length === 0) return
  const { fold } = await import('../../core/connection/name.ts')
  const others = names.filter((name) => fold(name.trim()) !== fold(account))
  if (others.length === 0) return
  const stored = await (await ctx.store()).connections.list()
  const meant = await meantBy(stored, account)
  for (const name of others) {
    if (meant !== null && (await meantBy(stored, name)) === meant) continue
    throw new CalreconnectError('USAGE', `${name} and ${accountBy} ${account} are two accounts: name one`, {
      hint: accountBy === '--account' ? 'Leave out --account, or the name' : 'unset CALRECONNECT_ACCOUNT',
    })
  }
}

async function meantBy(stored: readonly Connection[], query: string): Promise<Connection | null> {
  const { resolveConnection } = await import('../../core/connection/query.ts')
  try {
    return resolveConnection(stored, query, null)
  } catch (thrown) {
    if (thrown instanceof CalreconnectError) return null
    throw thrown
  }
}
