// `webhooks keys list`: for which subscriptions a key is known.

import type { Command } from 'commander'
import type { Context } from '../../../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect webhooks keys list
  $ calreconnect webhooks keys list --account sales --json

A subscription's key is printed on request only: calreconnect webhooks get ID --show-secret`

export function addKeysList(parent: Command, ctx: Context): void {
  parent
    .command('list')
    .alias('ls')
    .description('List the subscriptions whose signing keys are known here: current and previous, since when. No key is printed.')
    .addHelpText('after', EXAMPLES)
    .action(() => runKeysList(ctx))
}

async function runKeysList(ctx: Context): Promise<void> {
  const [{ listKeys }, { renderKeys }] = await Promise.all([
    import('../../../../operations/webhooks/keys.ts'),
    import('../../../render/keys.ts'),
  ])
  const { connections, subscriptions } = await ctx.store()
  const query = ctx.globals.account
  const { resolveConnection } = await import('../../../../core/connection/query.ts')
  const account = query === null ? null : resolveConnection(await connections.list(), query, null).name
  ctx.show(await listKeys(subscriptions, account), renderKeys)
}
