// Something that subscriptions may be told of. Knows nothing of who is told, or how.
import type { Delivery, User } from './entities.ts'

/** What happened, to a user of an organization. */
export interface Occurrence {
  readonly event: string
  readonly organization: string
  readonly host: User
  readonly payload: unknown
}

/** Tells every subscription that wants to know; the deliveries are made at once and sent right after. */
export type Announce = (occurrence: Occurrence) => Delivery[]
