// `store key rotate`: the store's secrets, sealed with a new key in the same place.

import type { Command } from 'commander'
import type { Context } from '../../../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect store key rotate
  $ CALRECONNECT_KEY="$(openssl rand -base64 32),$OLD_KEY" calreconnect store key rotate

The new key is on disk beside the old one before the first secret is sealed with it, and all of them change together: after a crash,
run it again. Earlier keys stay where they are, because backups of the store may need them.`

export function addRotate(parent: Command, ctx: Context): void {
  parent
    .command('rotate')
    .description('Encrypt the store with a new key in the same place. With CALRECONNECT_KEY=<new>,<old> the new one is given.')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const [keys, { keyFacts, renderKeyChange }] = await Promise.all([ctx.storeKeys(), import('../../../render/store.ts')])
      const status = await keys.rotate()
      ctx.show(keyFacts(status), renderKeyChange, status.problem)
    })
}
