// Query parameters and fields judged as Calendly judges them: full URIs only, nothing unknown. Knows nothing of permissions.
import type { Scope } from '../core/calendly/model.ts'
import { API_ORIGIN } from './lookup.ts'
import type { Detail } from './refusals.ts'
import { invalidArgument } from './refusals.ts'

const RESOURCE_ID = /^[A-Za-z0-9-]+$/

/** Whether a value is the full URI of a resource; a bare UUID is not. */
export function isResourceUri(value: unknown, collection: string): value is string {
  if (typeof value !== 'string') return false
  const prefix = `${API_ORIGIN}/${collection}/`
  return value.startsWith(prefix) && RESOURCE_ID.test(value.slice(prefix.length))
}

/** Refuses parameters that the route does not have, and repeated ones. @throws Refusal 400 */
export function checkQuery(query: URLSearchParams, known: readonly string[], unknown: 'refuse' | 'ignore'): void {
  const names = [...query.keys()]
  const wrong: Detail[] = []
  for (const name of new Set(names)) {
    if (unknown === 'refuse' && !known.includes(name)) wrong.push({ parameter: name, message: 'is not allowed' })
    if (known.includes(name) && query.getAll(name).length > 1) wrong.push({ parameter: name, message: 'must be given once' })
    if (known.includes(name) && query.get(name) === '') wrong.push({ parameter: name, message: 'must be filled' })
  }
  if (wrong.length > 0) throw invalidArgument(...wrong)
}

/** Whose subscriptions are meant. */
export interface Owner {
  readonly organization: string
  readonly scope: Scope
  readonly user: string | null
  readonly group: string | null
}

/**
 * Reads organization, scope, user and group of a list, sample or create. Problems are added to `wrong`; then the result is null.
 * With `ignoresUser` one that the scope has no use for is passed over.
 */
export function readOwner(given: (name: string) => unknown, wrong: Detail[], ignoresUser = false): Owner | null {
  const field = (name: string) => (ignoresUser && name === 'user' && given('scope') === 'organization' ? undefined : given(name))
  const before = wrong.length
  const organization = field('organization')
  const scope = field('scope')
  checkUri('organization', organization, 'organizations', true, wrong)
  if (scope === undefined || scope === null) wrong.push({ parameter: 'scope', message: 'is missing' })
  else if (!isScope(scope)) wrong.push({ parameter: 'scope', message: 'must be one of: organization, user, group' })
  checkUri('user', field('user'), 'users', scope === 'user', wrong)
  checkUri('group', field('group'), 'groups', scope === 'group', wrong)
  if (wrong.length > before || !isScope(scope) || typeof organization !== 'string') return null
  return { organization, scope, user: textOrNull(field('user')), group: textOrNull(field('group')) }
}

/** A needed one must be there; one that the scope has no use for must not. */
function checkUri(name: string, value: unknown, collection: string, needed: boolean, wrong: Detail[]): void {
  if (value === undefined || value === null) {
    if (needed) wrong.push({ parameter: name, message: 'is missing' })
  } else if (!isResourceUri(value, collection)) wrong.push({ parameter: name, message: 'is in invalid format' })
  else if (!needed) wrong.push({ parameter: name, message: 'is not allowed with this scope' })
}

function isScope(value: unknown): value is Scope {
  return value === 'organization' || value === 'user' || value === 'group'
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
