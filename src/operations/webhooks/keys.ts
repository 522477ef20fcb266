// Signing keys that are known here, for subscriptions made by this tool or elsewhere. A key goes in and never comes out.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { isManaged } from '../../core/plan/standing.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import type { Session } from '../observe/session.ts'
import { uriAmong } from './find.ts'
import { webhookUri } from './get.ts'

export interface KeyRecord {
  readonly webhookUri: string
  readonly account: string | null
  readonly callbackUrl: string | null
  readonly scope: string | null
  /** Made by this tool; a key that was added does not make a subscription ours. */
  readonly managed: boolean
  /** False: deleted; its key is kept for deliveries that are verified later. */
  readonly isActive: boolean
  /** False: the key before the current one. */
  readonly current: boolean
  /** ISO 8601 UTC. */
  readonly since: string
}

export interface KeyList {
  readonly keys: readonly KeyRecord[]
}

export interface KeyAdded {
  readonly webhookUri: string
  /** `replaced`: the one before is kept as the previous key. */
  readonly outcome: 'added' | 'replaced' | 'unchanged'
  readonly managed: boolean
}

export interface KeyRemoved {
  readonly webhookUri: string
  readonly removed: boolean
  readonly managed: boolean
}

/** By callback URL; of one subscription the current key first. @param account null: of all connections */
export async function listKeys(subscriptions: SubscriptionStore, account: string | null): Promise<KeyList> {
  const known = new Map((await subscriptions.known(null, { gone: true })).map((one) => [one.uri, one]))
  const keys = (await subscriptions.signingKeys()).flatMap((stored): KeyRecord[] => {
    if (account !== null && stored.account !== account) return []
    const of = known.get(stored.webhookUri)
    return [
      {
        webhookUri: stored.webhookUri,
        account: stored.account,
        callbackUrl: of?.callbackUrl ?? null,
        scope: of?.scope ?? null,
        managed: of !== undefined && of.origin !== 'key_added',
        isActive: of?.isActive ?? false,
        current: stored.current,
        since: new Date(stored.sinceMs).toISOString(),
      },
    ]
  })
  const place = (key: KeyRecord): string => `${key.callbackUrl ?? ''} ${key.webhookUri} ${key.current ? 0 : 1}`
  return { keys: keys.sort((a, b) => (place(a) < place(b) ? -1 : 1)) }
}

/**
 * Stores a key for a subscription that Calendly has. Whose it is stays as it was.
 * @throws CALENDLY_NOT_FOUND, USAGE for an empty key
 */
export async function addKey(
  subscriptions: SubscriptionStore,
  session: Session,
  input: { readonly webhook: string; readonly key: Secret },
): Promise<KeyAdded> {
  const found = await session.api.subscription(webhookUri(input.webhook))
  const known = (await subscriptions.known(null, { gone: true })).find(({ uri }) => uri === found.uri)
  const before = await subscriptions.signingKey(found.uri)
  await subscriptions.keep(found, {
    // Another connection may have made it; it stays that one's.
    account: known?.account ?? session.connection?.name ?? null,
    origin: 'key_added',
    signingKey: input.key,
  })
  const outcome = before === null ? 'added' : before.reveal() === input.key.reveal() ? 'unchanged' : 'replaced'
  return { webhookUri: found.uri, outcome, managed: known !== undefined && known.origin !== 'key_added' }
}

/** Current and previous key of one subscription. Asks nothing of Calendly. */
export async function removeKeys(subscriptions: SubscriptionStore, webhook: string): Promise<KeyRemoved> {
  const known = await subscriptions.known(null, { gone: true })
  const text = webhook.trim()
  const uri = known.some((one) => one.uri === text) ? text : uriAmong(known, text)
  const found = known.find((one) => one.uri === uri)
  return { webhookUri: uri, removed: await subscriptions.removeKey(uri), managed: found !== undefined && isManaged(found) }
}

/** PowerShell writes files in UTF-16, with a byte order mark. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

export interface CheckedKey {
  readonly text: string
  /** Something that is seldom meant, as a sentence; null when there is nothing to say. */
  readonly warning: string | null
}

const KEY_BYTES_MAX = 4096

/** A key as it was piped in or typed, trimmed: what an editor or a shell put around it is no part of it. @throws USAGE */
export function checkKeyText(bytes: Uint8Array): CheckedKey {
  if (bytes.length > KEY_BYTES_MAX) throw new CalreconnectError('USAGE', 'That is no signing key: it has more than 4,096 bytes')
  let decoded: string
  try {
    decoded = new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new CalreconnectError('USAGE', 'The signing key is not UTF-8 text', { cause: error })
  }
  const text = decoded.trim()
  if (text === '') throw new CalreconnectError('USAGE', 'The signing key is empty')
  if (/[\r\n]/.test(text)) throw new CalreconnectError('USAGE', 'The signing key has line breaks inside; pipe in the key alone')
  const padded = text !== decoded.replace(/^\uFEFF/, '').replace(/\r?\n$/, '')
  return { text, warning: padded ? 'The signing key began or ended with white space, which was left out' : null }
}
