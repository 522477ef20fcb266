// The URL of a receiver that deliveries are sent to, and the key that they are signed with.

import { again } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { CandidateKey } from '../../core/signature/verdict.ts'
import { chooseKey } from '../../operations/deliveries/signing-key.ts'
import type { Context } from '../context.ts'
import { existingStore } from '../context/existing-store.ts'
import { keysAtHand } from './candidate-keys.ts'
import type { SigningKeyFlags } from './signing-key.ts'

/** @throws INVALID_URL, USAGE without one */
export function receiverUrl(text: string | undefined, option: string): URL {
  if (text === undefined) {
    throw new CalreconnectError('USAGE', `${option} is missing: no receiver is named`, { hint: again({ add: [option, 'URL'] }) })
  }
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '') return url
  const what =
    url !== null && (url.username !== '' || url.password !== '') ? 'must not carry a user name or password' : 'is not an http(s) URL'
  throw new CalreconnectError('INVALID_URL', `${option} ${what}`, { hint: `${option} http://localhost:3000/webhooks` })
}

/** @throws SETTING_MISSING, USAGE, ACCOUNT_UNKNOWN */
export async function keyToSignWith(
  ctx: Context,
  flags: SigningKeyFlags,
  of: { readonly uri?: string; readonly callbackUrl?: string } = {},
): Promise<CandidateKey> {
  const atHand = await keysAtHand(ctx, flags)
  // What is given is used; a store is opened only when it is needed.
  const store = atHand.some(({ source }) => source === 'given') ? null : await existingStore(ctx)
  return chooseKey({ atHand, subscriptions: store?.subscriptions ?? null, account: await accountNamed(ctx, store), of })
}

async function accountNamed(ctx: Context, store: Awaited<ReturnType<typeof existingStore>>): Promise<string | null> {
  if (store === null || ctx.globals.account === null) return null
  const { resolveConnection } = await import('../../core/connection/query.ts')
  return resolveConnection(await store.connections.list(), ctx.globals.account, null).name
}
