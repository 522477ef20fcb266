// The keys that a delivery may be signed with: given, from the environment, from the store.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { CandidateKey } from '../../core/signature/verdict.ts'
import type { Context } from '../context.ts'
import { existingStore } from '../context/existing-store.ts'
import { setting } from './environment.ts'
import { readSigningKey, type SigningKeyFlags } from './signing-key.ts'

/** Given, and CALENDLY_WEBHOOK_SIGNING_KEY. @throws USAGE, FILE_UNREADABLE */
export async function keysAtHand(ctx: Context, flags: SigningKeyFlags): Promise<readonly CandidateKey[]> {
  const given = await readSigningKey(ctx, flags)
  const environment = setting(ctx.env, 'CALENDLY_WEBHOOK_SIGNING_KEY')
  const nobody = { account: null, webhookUri: null }
  return [
    ...(given === null ? [] : [{ ...given, source: 'given' as const, ...nobody }]),
    ...(environment === null ? [] : [{ key: new Secret(environment), source: 'environment' as const, ...nobody }]),
  ]
}

/** @param hasOthers a store that cannot be read matters only where there is no other key */
export async function storedKeys(ctx: Context, hasOthers: boolean): Promise<readonly CandidateKey[]> {
  try {
    const stored = (await (await existingStore(ctx))?.subscriptions.signingKeys()) ?? []
    const [unreadable] = stored.flatMap(({ key }) => key.problem ?? [])
    if (unreadable !== undefined) throw unreadable
    return stored.map(({ key, account, webhookUri }) => ({ key, source: 'store' as const, account, webhookUri }))
  } catch (error) {
    if (!hasOthers || !(error instanceof CalreconnectError)) throw error
    ctx.warn(`The keys in the store were not tried: ${error.message}`)
    return []
  }
}
