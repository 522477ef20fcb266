// What a first declarative file would say: the webhooks that each connection manages now, and those of others for information.

import { identityOf } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import { isUnderstood, type UnderstoodSubscription } from '../../core/calendly/understood.ts'
import { keyedUris, managedUris, worthKeepingFirst } from '../../core/plan/standing.ts'
import type { DesiredWebhook } from '../../core/connection/model.ts'
import { observe, type ObserveDeps } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

export interface ExistingAccount {
  readonly name: string
  readonly webhooks: readonly DesiredWebhook[]
  readonly foreign: readonly Subscription[]
}

/** Each place once: of duplicates the best. Applying the file changes nothing but what `reconnect` would mend too. */
export async function existingAccount(deps: ObserveDeps, session: Session): Promise<ExistingAccount> {
  const { observed, known } = await observe(deps, session)
  const mine = known.filter(({ account }) => account === session.account || (account === null && session.connection === null))
  const managed = managedUris(mine)
  const standing = { managed, keyed: keyedUris(known), current: new Set<string>() }
  const anybodys = managedUris(known)
  const byIdentity = new Map<string, UnderstoodSubscription>()
  const better = worthKeepingFirst(standing)
  // The best comes last and wins.
  const worstFirst = observed.filter(({ uri }) => managed.has(uri)).sort((a, b) => better(b, a))
  for (const one of worstFirst.filter(isUnderstood)) byIdentity.set(identityOf(one), one)
  const webhooks = [...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => desiredOf(one))
  return { name: session.account, webhooks, foreign: observed.filter(({ uri }) => !anybodys.has(uri)) }
}

function desiredOf({ callbackUrl, events, scope, group }: UnderstoodSubscription): DesiredWebhook {
  return { callbackUrl, events: [...events].sort(), scope, group: scope === 'group' ? group : null }
}
