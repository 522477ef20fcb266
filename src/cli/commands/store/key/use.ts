// `store key use`: the store's secrets, sealed with the key of another place.

import { next } from '../../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../../core/errors/errors.ts'
import { STORE_KEY_PLACES } from '../../../../core/ports/store-keys.ts'
import type { Context } from '../../../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect store key use keyring
  $ CALRECONNECT_KEY="$(openssl rand -base64 32)" calreconnect store key use env
  $ calreconnect store key use file

file: made on first use, readable by you alone. keyring: the operating system's (needs the optional package @napi-rs/keyring).
env: CALRECONNECT_KEY, 32 bytes in base64, which every later run then needs. All secrets change together or not at all; earlier
keys stay where they are, because backups of the store may need them.`

export function addUse(parent: Command, ctx: Context): void {
  parent
    .command('use <place>')
    .description(`Encrypt the store with the key of another place: ${STORE_KEY_PLACES.join(', ')}. Made there if there is none.`)
    .addHelpText('after', EXAMPLES)
    .action((word: string) => runUse(ctx, word))
}

async function runUse(ctx: Context, word: string): Promise<void> {
  const place = STORE_KEY_PLACES.find((name) => name === word)
  if (place === undefined) {
    throw new CalreconnectError('USAGE', `A key is kept in file, env or keyring, not in “${word}”`, {
      hint: next('store', 'key', 'use', '--help'),
    })
  }
  const [keys, { keyFacts, renderKeyChange }] = await Promise.all([ctx.storeKeys(), import('../../../render/store.ts')])
  const status = await keys.use(place)
  ctx.show(keyFacts(status), renderKeyChange, status.problem)
  if (place === 'env') ctx.hint('Every later run needs CALRECONNECT_KEY: keep it where you keep other secrets')
}
