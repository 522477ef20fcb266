// `store key status`: where the key is, and whether it opens the store.

import type { Command } from 'commander'
import type { Context } from '../../../context.ts'

export function addStatus(parent: Command, ctx: Context): void {
  parent
    .command('status')
    .description('Show where the key comes from, its id, and whether it opens the store. Ends with 9 if it does not.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect store key status\n  $ calreconnect store key status --json')
    .action(async () => {
      const [keys, { keyFacts, renderKeyStatus }] = await Promise.all([ctx.storeKeys(), import('../../../render/store.ts')])
      const status = await keys.status()
      ctx.show(keyFacts(status), renderKeyStatus, status.problem)
    })
}
