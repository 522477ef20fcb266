// The temporary subscription of `webhooks listen --public-url`: made before, removed after, and what killed processes left behind.

import { checkCallbackUrl } from '../../core/calendly/identity.ts'
import type { Scope } from '../../core/calendly/model.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { acting } from './acting.ts'
import { existingStore } from './existing-store.ts'
import { webhookPorts } from './webhook-ports.ts'

export interface TemporaryFlags {
  readonly events?: string
  readonly scope?: Scope
  readonly allowHttp?: boolean
}

/** Runs `work` while the subscription is there. @throws INVALID_URL, INSECURE_URL, STORE_LOCKED, CALENDLY_CONFLICT … */
export async function withTemporary(
  ctx: Context,
  flags: TemporaryFlags,
  publicUrl: string,
  work: (webhookUri: string) => Promise<void>,
): Promise<void> {
  // Only a Calendly on this machine, the emulator, delivers to it: nothing goes over a network in the clear.
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(publicUrl)
  const callbackUrl = checkCallbackUrl(publicUrl, { allowHttp: flags.allowHttp === true || isLocal, allowEphemeralHost: true })
  const [{ desiredFrom }, temporary] = await Promise.all([
    import('../../core/connection/desired.ts'),
    import('../../operations/deliveries/temporary.ts'),
  ])
  const ports = await webhookPorts(ctx)
  await temporary.holdListening(ports.lock, callbackUrl, async () => {
    const { session, webhook, isOurs } = await acting(ctx, async (whoever) => {
      const scope = flags.scope ?? (whoever.role === 'user' ? 'user' : 'organization')
      const desired = desiredFrom(null, { callbackUrl, events: flags.events?.split(',') ?? null, scope, group: null })
      tellRemoved(ctx, await temporary.removeLeftovers(ports, whoever, callbackUrl))
      return { session: whoever, ...(await temporary.makeTemporary(ports, whoever, { ...desired, callbackUrl })) }
    })
    ctx.hint(isOurs ? `A temporary subscription was made at ${callbackUrl}` : `The subscription at ${callbackUrl} is used, and stays`)
    try {
      await work(webhook.uri)
    } finally {
      if (isOurs) {
        await temporary.removeTemporary(ports, session, [webhook.uri])
        ctx.hint('The temporary subscription was removed')
      }
    }
  })
}

/** Of every account whose process was killed. What cannot be removed now is said, and keeps nobody from listening. */
export async function removeWhatWasLeft(ctx: Context): Promise<void> {
  const store = await existingStore(ctx)
  if (store === null) return
  const { findLeftovers, removeLeftovers } = await import('../../operations/deliveries/temporary.ts')
  const accounts = new Set((await findLeftovers(store)).map(({ account }) => account))
  for (const account of accounts) {
    try {
      const isStored = (await store.connections.get(account)) !== null
      const ports = await webhookPorts(ctx)
      const removed = await acting(ctx, (session) => removeLeftovers(ports, session, null), isStored ? { name: account } : {})
      tellRemoved(ctx, removed)
    } catch (error) {
      if (!(error instanceof CalreconnectError)) throw error
      ctx.warn(`A temporary subscription of ${account} may be left at Calendly: ${error.message}`)
    }
  }
}

function tellRemoved(ctx: Context, uris: readonly string[]): void {
  for (const uri of uris) ctx.warn(`Removed a temporary subscription that an earlier webhooks listen left behind: ${uri}`)
}
