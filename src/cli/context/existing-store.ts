// The store for commands that read it if there is one, and must not make one.

import { access } from 'node:fs/promises'
import type { Store } from '../../core/ports/store.ts'
import type { Context } from '../context.ts'

/** Null when there is none, or when it is not ours to look at. @throws STORE_LOCKED, STORE_DAMAGED … */
export async function existingStore(ctx: Context): Promise<Store | null> {
  try {
    await access(await ctx.storePath())
  } catch {
    // Not there, or in a folder that is closed to us: the same as having none.
    return null
  }
  return ctx.store()
}
