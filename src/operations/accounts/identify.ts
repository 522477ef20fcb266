// Who a token belongs to, and what that person may do in their organization.

import type { Role, User } from '../../core/calendly/model.ts'
import type { CalendlyApi } from '../../core/ports/calendly.ts'
import type { ConnectionPatch } from '../../core/connection/model.ts'

export interface Identity {
  readonly user: User
  /** In the user's current organization. Somebody without a membership there may do the least. */
  readonly role: Role
}

/** Two requests: `GET /users/me` and the caller's own memberships. @throws CALENDLY_UNAUTHENTICATED, CALENDLY_INSUFFICIENT_SCOPE … */
export async function identify(api: CalendlyApi): Promise<Identity> {
  const user = await api.me()
  return { user, role: await roleOf(api, user) }
}

/** @see https://developer.calendly.com/api-docs list-organization-memberships */
export async function roleOf(api: CalendlyApi, user: User): Promise<Role> {
  const memberships = await api.memberships({ user: user.uri })
  return memberships.find((membership) => membership.organization === user.currentOrganization)?.role ?? 'user'
}

/** What the store remembers of an identity. */
export function identityPatch({ user, role }: Identity): ConnectionPatch {
  return { email: user.email, userUri: user.uri, organizationUri: user.currentOrganization, role }
}
