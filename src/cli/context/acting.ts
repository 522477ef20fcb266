// A command's work as whoever acts: done again, once, where Calendly refuses because role or organization have changed since.

import type { Session } from '../../operations/observe/session.ts'
import type { Context, SessionOptions } from '../context.ts'

/** @throws as `ctx.session` and `work`; MEMBERSHIP_ENDED */
export async function acting<T>(ctx: Context, work: (session: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
  return actingAs(ctx, await ctx.session(options), work)
}

/** The same for a session that was opened already. @throws as `work`; MEMBERSHIP_ENDED */
export async function actingAs<T>(ctx: Context, session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  const { asWhoeverItIs } = await import('../../operations/accounts/doubt.ts')
  const deps = { connections: async () => (await ctx.store()).connections, warn: (text: string) => ctx.warn(text) }
  return asWhoeverItIs(deps, session, work)
}
