// Whose account acts, where that could be mistaken: CALENDLY_TOKEN is set and connections are stored.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { printable } from '../../core/secrets/visible.ts'
import { count } from '../render/words.ts'
import { existingStore } from './existing-store.ts'

const said = new WeakSet<Context>()

/** One line on stderr, once. Nothing where no connection is stored, or the store cannot be looked into: it is not what acts. */
export async function sayWhoActs(ctx: Context, who: string): Promise<void> {
  if (said.has(ctx)) return
  said.add(ctx)
  try {
    const stored = (await (await existingStore(ctx))?.connections.list()) ?? []
    if (stored.length > 0) ctx.say(printable(`${who}, not the ${count(stored.length, 'stored account')}. To choose one: --account NAME`))
  } catch (thrown) {
    if (!(thrown instanceof CalreconnectError)) throw thrown
  }
}
