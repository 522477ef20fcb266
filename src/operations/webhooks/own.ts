// Keeps a connection's record of its own webhook in step with what other verbs (restore, apply) made or kept at its place.

import { identityOf } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { ConnectionStore, SubscriptionStore } from '../../core/ports/store.ts'
import { specFor } from './ensure.ts'
import type { Session } from '../observe/session.ts'

export interface OwnDeps {
  readonly connections: Pick<ConnectionStore, 'get' | 'update'>
  readonly subscriptions: Pick<SubscriptionStore, 'keep'>
}

/**
 * One of these at the identity that the connection desires is its own: `reconnect` looks after it, also when it is desired no more.
 * What a crash leaves undone here, the next `reconnect` does.
 */
export async function recordOwn(deps: OwnDeps, session: Session, subscriptions: readonly Subscription[]): Promise<void> {
  if (session.connection === null) return
  const connection = await deps.connections.get(session.connection.name)
  const desired = connection?.desired ?? null
  if (connection === null || desired === null) return
  const identity = identityOf(specFor(session, desired))
  const own = subscriptions.find((one) => identityOf(one) === identity)
  if (own === undefined) return
  await deps.subscriptions.keep(own, { account: connection.name, origin: 'connection', signingKey: null })
  if (connection.webhookUri !== own.uri) await deps.connections.update(connection.name, { webhookUri: own.uri })
}
