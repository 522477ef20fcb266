// `store copy`: all connections move into another store.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Context } from '../../context.ts'
import { count } from '../../render/words.ts'

const EXAMPLES = `
Examples:
  $ calreconnect store copy --to ./moved.db

Connections, webhooks with their keys, apps, journal and log, compared row by row and encrypted anew. A refresh token has one home: the store
that was copied from is marked, and every command on it ends with 9 (STORE_MOVED) and names the new one. Killed in between, the same command goes on.
On another machine the new store needs its key too: calreconnect help security.`

export function addCopy(parent: Command, ctx: Context): void {
  parent
    .command('copy')
    .description('Move all connections into another store, which is their home from then on.')
    .option('--from <path>', 'the store that they are in (default: the store that is meant)')
    .option('--to <path>', 'the store that they move to; made where there is none')
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly from?: string; readonly to?: string }) => runCopy(ctx, flags))
}

async function runCopy(ctx: Context, flags: { readonly from?: string; readonly to?: string }): Promise<void> {
  if (flags.to === undefined) throw new CalreconnectError('USAGE', 'store copy needs --to', { hint: next('store', 'copy', '--help') })
  const { moveStore } = await import('../../../operations/accounts/move-store.ts')
  const mover = await ctx.storeMover(flags.from ?? null, flags.to)
  try {
    const data = await moveStore(mover, ctx.interruption)
    ctx.show(
      data,
      ({ from, to, connections, rows }) => `${count(connections, 'connection')} moved from ${from} to ${to} (${count(rows, 'row')})`,
    )
    ctx.hint(advise`Use it from now on: ${next('status', '--db', data.to)}`)
  } finally {
    await mover.close()
  }
}
