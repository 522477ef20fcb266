// `accounts rename`: another name for a connection.

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { checkNamed } from '../../input/named-accounts.ts'

export function addRename(parent: Command, ctx: Context): void {
  parent
    .command('rename <old> <new>')
    .description('Give a connection another name. Nothing changes at Calendly.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect accounts rename jane@example.com sales')
    .action(async (old: string, name: string) => {
      await checkNamed(ctx, [old])
      const { renameAccount } = await import('../../../operations/accounts/accounts.ts')
      const { connections, subscriptions, lock } = await ctx.store()
      const data = await renameAccount(
        { connections, subscriptions, lock, progress: await ctx.progress(), interruption: ctx.interruption },
        old,
        name,
      )
      ctx.show(data, ({ account, previousName }) => `Renamed ${previousName} to ${account.name}`)
    })
}
