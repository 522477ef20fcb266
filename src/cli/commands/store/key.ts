// `store key`: which key encrypts the store's secrets, and how it gets another.

import type { Command } from 'commander'
import { STORE_KEY_PLACES } from '../../../core/ports/store-keys.ts'
import type { Context } from '../../context.ts'
import { addRotate } from './key/rotate.ts'
import { addStatus } from './key/status.ts'
import { addUse } from './key/use.ts'

export function addKey(parent: Command, ctx: Context): void {
  const key = parent
    .command('key')
    .description(`The key that encrypts tokens and signing keys in the store: in ${STORE_KEY_PLACES.join(', ')}.`)
    .addHelpText(
      'after',
      '\nExamples:\n  $ calreconnect store key status\n  $ calreconnect store key use keyring\n  $ calreconnect store key rotate',
    )
  for (const add of [addStatus, addUse, addRotate]) add(key, ctx)
}
