// `webhooks get`: one subscription, and its signing key where that was asked for.

import { advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { describeSubscriptions, type SubscriptionRow } from '../../core/audit/findings.ts'
import { idOf } from '../../core/calendly/identity.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import type { Session } from '../observe/session.ts'

/** `data` of `webhooks get`. */
export interface WebhookDetail {
  readonly webhook: SubscriptionRow
  /** Only where it was asked for. */
  readonly signingKey?: string
}

const URI_PREFIX = 'https://api.calendly.com/webhook_subscriptions/'
/** 16 upper-case characters, or a UUID. */
const BARE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{3,63}$/

/** The full URI, which is all that Calendly accepts, of what a person may give as a bare id. @throws USAGE */
export function webhookUri(text: string): string {
  const given = text.trim()
  if (BARE_ID.test(given)) return URI_PREFIX + given
  if (URL.canParse(given) && /^https?:/.test(given) && new URL(given).pathname.includes('/webhook_subscriptions/')) return given
  throw new CalreconnectError('USAGE', `Neither the URI nor the id of a webhook subscription: ${text}`, {
    hint: next('webhooks', 'list'),
  })
}

/** @throws CALENDLY_NOT_FOUND, and SETTING_MISSING where its key is asked for and not stored */
export async function getWebhook(
  deps: { readonly subscriptions: SubscriptionStore | null },
  session: Session,
  input: { readonly uri: string; readonly showSecret: boolean },
): Promise<WebhookDetail> {
  const found = await session.api.subscription(input.uri)
  const known = deps.subscriptions === null ? [] : await deps.subscriptions.known(null)
  const [webhook] = describeSubscriptions([found], known)
  if (webhook === undefined) throw new CalreconnectError('BUG', 'A subscription was described by no row')
  if (!input.showSecret) return { webhook }
  const signingKey = (await deps.subscriptions?.signingKey(found.uri)) ?? null
  if (signingKey === null) {
    throw new CalreconnectError(
      'SETTING_MISSING',
      `The signing key of ${idOf(found.uri)} is not stored here, and Calendly does not tell it`,
      {
        hint: advise`${next('webhooks', 'recreate')} makes the connection’s own anew, with a key that is stored`,
      },
    )
  }
  return { webhook, signingKey: signingKey.reveal() }
}
