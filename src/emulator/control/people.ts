// What happens to people, organizations and apps without any request: roles, moves, departures, plans, new secrets.
// Knows nothing of HTTP.
import type { Role } from '../../core/calendly/model.ts'
import { wireTime } from '../clock.ts'
import type { App, Organization, User } from '../entities.ts'
import { findOrganization, findUser } from '../lookup.ts'
import { logActivity } from '../scheduling/activity.ts'
import { join } from '../seed.ts'
import { BadInput } from '../seed-schema.ts'
import { membershipKey } from '../state.ts'
import type { World } from '../world.ts'

/** Makes somebody a member or changes the role that they have; default: in their current organization. @throws BadInput */
export function setRole(world: World, user: string, role: Role, organization?: string): void {
  const member = findUser(world.state, user)
  join(world, member, findOrganization(world.state, organization ?? member.currentOrganization), role)
}

/** Ends a membership; the user stays. @throws BadInput */
export function removeMember(world: World, user: string, organization?: string): boolean {
  const member = findUser(world.state, user)
  const from = findOrganization(world.state, organization ?? member.currentOrganization)
  const removed = world.state.memberships.delete(membershipKey(member.uri, from.uri))
  if (removed) logActivity(world, { organization: from.uri, namespace: 'User', action: 'Remove', actor: member.uri })
  return removed
}

/** Moves somebody: out of the current organization, into another one, which `/users/me` then names. @throws BadInput */
export function moveUser(world: World, user: string, organization: string, role: Role = 'user'): User {
  const member = findUser(world.state, user)
  const to = findOrganization(world.state, organization)
  removeMember(world, member.uri)
  join(world, member, to, role)
  return changeUser(world, member.uri, { currentOrganization: to.uri })
}

/** Deletes an account: its memberships and tokens end, what it made for its organization stays and names it. @throws BadInput for the last */
export function removeUser(world: World, user: string): void {
  const { state } = world
  const gone = findUser(state, user)
  if (state.users.size === 1) throw new BadInput('user', 'user', 'is the last one')
  state.users.delete(gone.uri)
  for (const [key, membership] of state.memberships) if (membership.user === gone.uri) state.memberships.delete(key)
  for (const group of state.groups.values()) group.members = group.members.filter((member) => member !== gone.uri)
  for (const grant of state.grants.values())
    if (grant.user === gone.uri) Object.assign(grant, { accessRevoked: true, refreshRevoked: true })
  for (const token of state.personalAccessTokens.values()) if (token.user === gone.uri) token.revoked = true
  state.touch()
}

/** What may be changed of a user. */
export type UserChange = Partial<Pick<User, 'email' | 'name' | 'slug' | 'timezone' | 'locale' | 'currentOrganization'>>

/** @throws BadInput */
export function changeUser(world: World, user: string, change: UserChange): User {
  const row = findUser(world.state, user)
  const organization = change.currentOrganization
  const found = organization === undefined ? {} : { currentOrganization: findOrganization(world.state, organization).uri }
  Object.assign(row, change, found, { updatedAt: wireTime(world.clock.nowMs()) })
  world.state.touch()
  return row
}

/** What may be changed of an organization. */
export type OrganizationChange = Partial<Pick<Organization, 'name' | 'plan' | 'stage' | 'kind'>> & {
  features?: Partial<Organization['features']>
}

/** @throws BadInput */
export function changeOrganization(world: World, organization: string, change: OrganizationChange): Organization {
  const row = findOrganization(world.state, organization)
  const features = { ...row.features, ...change.features }
  Object.assign(row, change, { features, updatedAt: wireTime(world.clock.nowMs()) })
  world.state.touch()
  return row
}

/** What may be changed of an app. */
export type AppChange = Partial<Pick<App, 'name' | 'clientSecret' | 'redirectUris' | 'scopes' | 'signingKey' | 'legacy'>>

/** @throws BadInput */
export function changeApp(world: World, clientId: string, change: AppChange): App {
  const row = world.state.apps.get(clientId)
  if (row === undefined) throw new BadInput('app', 'client_id', `names no app: ${clientId}`)
  Object.assign(row, change)
  world.state.touch()
  return row
}
