// `accounts list`: the stored connections by name.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { warnOfUnreadable } from '../../context/unreadable-secrets.ts'

export function addList(parent: Command, ctx: Context): void {
  parent
    .command('list')
    .alias('ls')
    .description('List stored connections; the one in use is marked.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect accounts list\n  $ calreconnect accounts list --json')
    .action(async () => {
      const [{ listAccounts }, { renderAccounts }] = await Promise.all([
        import('../../../operations/accounts/accounts.ts'),
        import('../../render/account.ts'),
      ])
      const { connections, subscriptions } = await ctx.store()
      const data = await listAccounts({ connections, subscriptions })
      ctx.show(data, renderAccounts)
      warnOfUnreadable(ctx, await connections.list())
      if (data.accounts.length === 0) ctx.hint(advise`No account is connected. Run: ${next('connect')}`)
    })
}
