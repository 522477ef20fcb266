// The store for commands that read it if there is one, and must not make one.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Context } from '../context.ts'

/**
 * Null when there is none, or when it is not ours to look at. Where CALENDLY_TOKEN acts nobody needs the store: one that an installation
 * cannot open is passed by, with a warning. @throws STORE_LOCKED, STORE_DAMAGED, NATIVE_MODULE …
 */
export async function existingStore(ctx: Context): Promise<Store | null> {
  // In a folder that is closed to us: the same as having none.
  if ((await ctx.storeIsThere()) !== true) return null
  try {
    return await ctx.store()
  } catch (error) {
    if (!(error instanceof CalreconnectError) || error.code !== 'NATIVE_MODULE' || !ctx.usesEnvironmentToken()) throw error
    ctx.warn(`The store was not looked at: ${error.message}`)
    return null
  }
}
