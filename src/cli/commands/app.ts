// `app`: the OAuth apps that the store keeps, so that nobody must export a client id and its secret.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addRemove } from './app/remove.ts'
import { addSet } from './app/set.ts'
import { addShow } from './app/show.ts'

const EXAMPLES = `
Examples:
  $ calreconnect app set CLIENT_ID
  $ calreconnect app show
  $ calreconnect app remove CLIENT_ID

Each connection remembers the app that its tokens were issued to, and uses it. CALENDLY_CLIENT_ID wins over what is kept here.`

export function addApp(parent: Command, ctx: Context): void {
  const app = parent
    .command('app')
    .description('OAuth apps at Calendly: keep their ids and secrets in the store, encrypted, several side by side.')
    .addHelpText('after', EXAMPLES)
  for (const add of [addSet, addShow, addRemove]) add(app, ctx)
}
