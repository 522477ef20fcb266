// Which subscription `webhooks test` is about: the one that is named by URI, id, the beginning of an id or callback URL; else the
// connection's own; else the only one.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { idOf, normalizeUrl } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { SubscriptionStore } from '../../core/ports/store.ts'
import { listEverywhere } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

/** @throws USAGE when none is meant, or several could be */
export async function findTestable(
  deps: { readonly subscriptions: Pick<SubscriptionStore, 'known'> | null },
  session: Session,
  named: string | null,
): Promise<Subscription> {
  const known = deps.subscriptions === null ? [] : await deps.subscriptions.known(null)
  const knownGroups = known.flatMap(({ group, organization }) =>
    group !== null && organization === session.organizationUri ? [group] : [],
  )
  const all = await listEverywhere(session, { knownGroups })
  const own = all.find(({ uri }) => uri === session.connection?.webhookUri)
  if (named === null && own !== undefined) return own
  const meant = named === null ? all : all.filter((one) => isNamed(one, named.trim()))
  const [only, another] = meant
  if (only !== undefined && another === undefined) return only
  const which =
    named === null
      ? 'Name a subscription'
      : only === undefined
        ? `There is no subscription ${named}`
        : `${named} fits ${meant.length} subscriptions`
  throw new CalreconnectError('USAGE', which, { hint: next('webhooks', 'list') })
}

function isNamed({ uri, callbackUrl }: Subscription, named: string): boolean {
  return uri === named || idOf(uri).startsWith(named) || (URL.canParse(named) && normalizeUrl(callbackUrl) === normalizeUrl(named))
}
