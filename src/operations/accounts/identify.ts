// Who a token belongs to, and what that person may do in their organization.

import { idOf } from '../../core/calendly/identity.ts'
import type { User } from '../../core/calendly/model.ts'
import type { CalendlyApi } from '../../core/ports/calendly.ts'
import { emailFromOutside } from '../../core/connection/name.ts'
import type { ConnectionPatch } from '../../core/connection/model.ts'

export interface Identity {
  readonly user: User
  /** In the user's current organization. Somebody without a membership there may do the least. */
  readonly role: string
  /** False: `/users/me` names an organization that no membership of the user's is in. */
  readonly isMember: boolean
}

/** Two requests: `GET /users/me` and the caller's own memberships. @throws CALENDLY_UNAUTHENTICATED, CALENDLY_INSUFFICIENT_SCOPE … */
export async function identify(api: Pick<CalendlyApi, 'me' | 'memberships'>): Promise<Identity> {
  const user = await api.me()
  const role = await membershipRole(api, user)
  return { user, role: role ?? 'user', isMember: role !== null }
}

/** @see https://developer.calendly.com/api-docs list-organization-memberships */
export async function roleOf(api: CalendlyApi, user: User): Promise<string> {
  return (await membershipRole(api, user)) ?? 'user'
}

async function membershipRole(api: Pick<CalendlyApi, 'memberships'>, user: User): Promise<string | null> {
  const memberships = await api.memberships({ user: user.uri })
  return memberships.find((membership) => membership.organization === user.currentOrganization)?.role ?? null
}

/** What a connection is called that nobody gave a name: its user's e-mail address, or their id where Calendly tells none. */
export function nameOf({ email, uri }: User): string {
  return email === null || email.trim() === '' ? idOf(uri) : email
}

/** What the store remembers of an identity. */
export function identityPatch({ user, role }: Identity): ConnectionPatch {
  return {
    email: user.email === null ? null : emailFromOutside(user.email),
    userUri: user.uri,
    organizationUri: user.currentOrganization,
    role,
  }
}
