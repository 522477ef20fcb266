// Finds what a seed or a control request names: by URI, id, e-mail address or name. Knows nothing of who asks.
import type { Organization, User } from './entities.ts'
import type { State } from './state.ts'
import { BadInput } from './seed-schema.ts'

/** All identifiers of resources start so, wherever the emulator listens. */
export const API_ORIGIN = 'https://api.calendly.com'

/** The first of a section; sections with a default are never empty. */
export function firstOf<T>(section: ReadonlyMap<string, T>): T {
  for (const entity of section.values()) return entity
  throw new BadInput('seed', '', 'has nothing to refer to')
}

/** A user by URI, id or e-mail. @throws BadInput */
export function findUser(state: State, reference: string, path = 'user'): User {
  const direct = state.users.get(reference) ?? state.users.get(`${API_ORIGIN}/users/${reference}`)
  if (direct !== undefined) return direct
  for (const user of state.users.values()) if (user.email === reference) return user
  throw new BadInput('seed', path, `names no user: ${reference}`)
}

/** An organization by URI, id or name. @throws BadInput */
export function findOrganization(state: State, reference: string, path = 'organization'): Organization {
  const direct = state.organizations.get(reference) ?? state.organizations.get(`${API_ORIGIN}/organizations/${reference}`)
  if (direct !== undefined) return direct
  for (const organization of state.organizations.values()) if (organization.name === reference) return organization
  throw new BadInput('seed', path, `names no organization: ${reference}`)
}

/** A group's URI by URI, id or name. @throws BadInput */
export function findGroup(state: State, reference: string, path = 'group'): string {
  for (const group of state.groups.values())
    if (group.uri === reference || group.name === reference || group.uri.endsWith(`/${reference}`)) return group.uri
  throw new BadInput('seed', path, `names no group: ${reference}`)
}
