// `accounts remove`: forgets an account that is disconnected.

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { checkNamed } from '../../input/named-accounts.ts'
import { listOf } from '../../render/words.ts'

const EXAMPLES = `
Examples:
  $ calreconnect disconnect sales && calreconnect accounts remove sales
  $ calreconnect accounts remove sales --force-local

Nothing changes at Calendly: disconnect deletes the webhooks there and revokes the tokens. With --force-local an account that is
connected is forgotten all the same, and what stays at Calendly is listed.`

export function addRemove(parent: Command, ctx: Context): void {
  parent
    .command('remove <name>')
    .alias('rm')
    .description('Forget an account that is disconnected, with everything that is known of it but its runs.')
    .option('--force-local', 'forget it although it is connected, and leave its webhooks and tokens at Calendly')
    .addHelpText('after', EXAMPLES)
    .action((name: string, flags: { readonly forceLocal?: boolean }) => runRemove(ctx, name, flags))
}

async function runRemove(ctx: Context, name: string, flags: { readonly forceLocal?: boolean }): Promise<void> {
  await checkNamed(ctx, [name])
  const { removeAccount } = await import('../../../operations/accounts/accounts.ts')
  const { connections, subscriptions, lock } = await ctx.store()
  const data = await removeAccount(
    { connections, subscriptions, lock, progress: await ctx.progress(), interruption: ctx.interruption },
    { query: name, forceLocal: flags.forceLocal === true },
  )
  ctx.show(data, ({ account }) => `Removed ${account}`)
  if (data.left.length > 0) ctx.warn(`This stays at Calendly: ${listOf(data.left)}`)
}
