// `store`: where connections are kept, and the key that encrypts their secrets.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addCopy } from './store/copy.ts'
import { addInfo } from './store/info.ts'
import { addInit } from './store/init.ts'
import { addKey } from './store/key.ts'
import { addResetSecrets } from './store/reset-secrets.ts'

export function addStore(parent: Command, ctx: Context): void {
  const store = parent
    .command('store')
    .description('Where connections are kept, and the key that encrypts their secrets.')
    .addHelpText(
      'after',
      `
Examples:
  $ calreconnect store info
  $ calreconnect store key status
  $ calreconnect store key use keyring
  $ calreconnect store reset-secrets`,
    )
  for (const add of [addInfo, addInit, addCopy, addKey, addResetSecrets]) add(store, ctx)
}
