// `accounts`: stored connections by name.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addList } from './accounts/list.ts'
import { addRemove } from './accounts/remove.ts'
import { addRename } from './accounts/rename.ts'
import { addUse } from './accounts/use.ts'

export function addAccounts(parent: Command, context: Context): void {
  const accounts = parent
    .command('accounts')
    .description('Stored connections: list them, choose the one to use, rename or remove one.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ calreconnect accounts list\n  $ calreconnect accounts use sales\n  $ calreconnect accounts rename sales emea\n  $ calreconnect accounts remove emea',
    )
  for (const add of [addList, addUse, addRename, addRemove]) add(accounts, context)
}
