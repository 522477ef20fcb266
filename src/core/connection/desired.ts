// What webhook a connection should have: what is asked for now, else what was asked for before, else the usual.

import { advise, next } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import { checkEvents, DEFAULT_EVENTS, leastOAuthScopes, missingOAuthScopes } from '../calendly/events.ts'
import type { Scope } from '../calendly/model.ts'
import type { DesiredWebhook } from './model.ts'

/** What the caller asked for; null = not said. */
export interface WantedWebhook {
  readonly callbackUrl: string | null
  /** From the environment: for a connection that remembers none. Absent: none. */
  readonly callbackUrlIfNone?: string | null
  readonly events: readonly string[] | null
  readonly scope: Scope | null
  readonly group: string | null
  /** Events that are not known here are wanted all the same. Absent: no. */
  readonly allowUnknownEvents?: boolean
}

export const NOTHING_WANTED: WantedWebhook = { callbackUrl: null, events: null, scope: null, group: null }

/** Without a callback URL, now or before, only events and scope can be told. */
export type PartialDesired = Omit<DesiredWebhook, 'callbackUrl'> & { readonly callbackUrl: string | null }

/** @throws UNKNOWN_EVENT, EVENT_SCOPE_MISMATCH, USAGE for a group without group scope or the reverse */
export function desiredFrom(remembered: DesiredWebhook | null, wanted: WantedWebhook): PartialDesired {
  const scope = wanted.scope ?? remembered?.scope ?? 'organization'
  const group = scope === 'group' ? (wanted.group ?? remembered?.group ?? null) : wanted.group
  if (scope === 'group' && group === null) throw new CalreconnectError('USAGE', '--scope group needs --group with the group’s URI')
  if (scope !== 'group' && group !== null) {
    throw new CalreconnectError('USAGE', `--group is for --scope group, not for --scope ${scope}`, { hint: 'Add --scope group' })
  }
  return {
    callbackUrl: wanted.callbackUrl ?? remembered?.callbackUrl ?? wanted.callbackUrlIfNone ?? null,
    // Whoever is remembered to want them has insisted already.
    events: checkEvents(wanted.events ?? remembered?.events ?? DEFAULT_EVENTS, scope, {
      allowUnknown: wanted.allowUnknownEvents === true || wanted.events === null,
    }),
    scope,
    group,
  }
}

/** With a callback URL it can be ensured and remembered. */
export function wholeDesired(desired: PartialDesired): DesiredWebhook | null {
  const { callbackUrl } = desired
  return callbackUrl === null ? null : { ...desired, callbackUrl }
}

/** Null: send no scope parameter. Asked for by name: those. Else the least that the events need. */
export function oauthScopesFor(asked: readonly string[] | 'default' | null, desired: PartialDesired): readonly string[] | null {
  if (asked === 'default') return null
  return asked ?? leastOAuthScopes(desired.events, desired.scope)
}

/** Scopes that were asked for and not granted: people may decline some. `:write` implies `:read`. */
export function declinedScopes(asked: readonly string[] | null, granted: readonly string[]): string[] {
  if (asked === null || granted.length === 0 || granted.includes('default')) return []
  return asked.filter((scope) => !granted.includes(scope) && !granted.includes(scope.replace(/:read$/, ':write')))
}

/**
 * What Calendly would refuse anyway, said before the request and with the way out.
 * @throws ROLE_INSUFFICIENT, CALENDLY_INSUFFICIENT_SCOPE
 */
export function checkAllowed(
  desired: DesiredWebhook,
  caller: { readonly role: string; readonly grantedScopes: readonly string[] | null },
): void {
  if (desired.scope === 'organization' && caller.role === 'user') {
    throw new CalreconnectError('ROLE_INSUFFICIENT', 'Organization scope is for owners and admins, and this account’s role is user', {
      hint: 'Pass --scope user',
    })
  }
  const missing = missingOAuthScopes(desired.events, caller.grantedScopes)
  if (missing.length > 0) {
    throw new CalreconnectError(
      'CALENDLY_INSUFFICIENT_SCOPE',
      `These events need OAuth scopes that were not granted: ${missing.join(' ')}`,
      {
        hint: advise`Select them on the app’s form at developer.calendly.com, then run ${next('connect', '--force', '--oauth-scope', [...new Set([...(caller.grantedScopes ?? []), ...missing])].join(' '))}`,
        requiredScopes: missing,
      },
    )
  }
}
