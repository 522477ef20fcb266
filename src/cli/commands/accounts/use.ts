// `accounts use`: which connection is meant where none is named.

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { checkNamed } from '../../input/named-accounts.ts'

export function addUse(parent: Command, ctx: Context): void {
  parent
    .command('use <name>')
    .description('Choose the connection that commands mean when none is named.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect accounts use sales\n  $ calreconnect accounts use jane@example.com')
    .action(async (name: string) => {
      await checkNamed(ctx, [name])
      const { useAccount } = await import('../../../operations/accounts/accounts.ts')
      const { connections, subscriptions } = await ctx.store()
      ctx.show(
        await useAccount({ connections, subscriptions }, name),
        ({ account }) => `Commands without --account now mean ${account.name}`,
      )
    })
}
