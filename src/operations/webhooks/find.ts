// Which subscription a person means: by its URI, its id, an unambiguous beginning of the id, or its callback URL.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { idOf, normalizeUrl } from '../../core/calendly/identity.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import { listEverywhere } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'
import { webhookUri } from './get.ts'

interface Named {
  readonly uri: string
  readonly callbackUrl: string
}

/** Sixteen characters or a UUID: nobody types less of an id and means all of it. */
const WHOLE_ID = /^(?:[A-Za-z0-9]{16}[A-Za-z0-9]*|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i
const NAMED_MAX = 3

/**
 * Full URIs, in the order of `texts`. Lists what Calendly has only where a text is neither a URI nor a whole id.
 * @throws USAGE for a text that fits several, or cannot mean any
 */
export async function findWebhooks(
  subscriptions: Pick<SubscriptionStore, 'known'> | null,
  session: Session,
  texts: readonly string[],
): Promise<readonly string[]> {
  const given = texts.map((text) => text.trim())
  if (given.every(isWhole)) return given.map(webhookUri)
  const known = (await subscriptions?.known(null)) ?? []
  const groups = known.flatMap(({ group }) => (group === null ? [] : [group]))
  const observed = await listEverywhere(session, { knownGroups: groups })
  const here = known.filter(({ organization }) => organization === session.organizationUri)
  const all = [...new Map([...here, ...observed].map((one) => [one.uri, one])).values()]
  return given.map((text) => (isWhole(text) ? webhookUri(text) : uriAmong(all, text)))
}

/** Before anything is asked of anybody. @throws USAGE for a text that can mean no subscription */
export function checkNamed(texts: readonly string[]): void {
  for (const text of texts) if (!isCallbackUrl(text.trim())) webhookUri(text)
}

/** The same for one. @throws USAGE */
export async function findWebhook(subscriptions: Pick<SubscriptionStore, 'known'> | null, session: Session, text: string): Promise<string> {
  const [uri] = await findWebhooks(subscriptions, session, [text])
  return uri ?? webhookUri(text)
}

/** Of those that are given. @throws USAGE */
export function uriAmong(all: readonly Named[], text: string): string {
  const isCallback = isCallbackUrl(text)
  const url = isCallback ? normalizeUrl(text) : ''
  const exact = all.filter(({ uri }) => idOf(uri) === text)
  const fitting = isCallback
    ? all.filter(({ callbackUrl }) => normalizeUrl(callbackUrl) === url)
    : exact.length > 0
      ? exact
      : all.filter(({ uri }) => idOf(uri).toLowerCase().startsWith(text.toLowerCase()))
  const [only, ...others] = fitting
  if (only === undefined) {
    // Of an id, Calendly itself says that there is none.
    if (!isCallback) return webhookUri(text)
    throw new CalreconnectError('USAGE', `No webhook subscription delivers to ${text}`, { hint: next('webhooks', 'list') })
  }
  if (others.length === 0) return only.uri
  const named = fitting.slice(0, NAMED_MAX).map(({ uri }) => idOf(uri))
  const more = fitting.length > NAMED_MAX ? ` and ${fitting.length - NAMED_MAX} more` : ''
  throw new CalreconnectError('USAGE', `${text} fits ${fitting.length} webhook subscriptions: ${named.join(', ')}${more}`, {
    hint: isCallback ? next('webhooks', 'list', '--url', text) : 'Write more of its id',
  })
}

function isWhole(text: string): boolean {
  return WHOLE_ID.test(text) || (URL.canParse(text) && !isCallbackUrl(text))
}

function isCallbackUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && !new URL(text).pathname.includes('/webhook_subscriptions/')
}
