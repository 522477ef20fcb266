// `webhooks keys`: signing keys that are known here.

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addKeysAdd } from './keys/add.ts'
import { addKeysList } from './keys/list.ts'
import { addKeysRemove } from './keys/remove.ts'

export function addKeys(parent: Command, ctx: Context): void {
  const keys = parent
    .command('keys')
    .description('Signing keys of webhook subscriptions, also of those made elsewhere. A key is never printed.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ calreconnect webhooks keys list\n  $ calreconnect webhooks keys add URI --stdin < signing-key.txt',
    )
  for (const add of [addKeysList, addKeysAdd, addKeysRemove]) add(keys, ctx)
}
