// Calendly's webhook events: the scopes each can be had in, the OAuth scope it needs, whether the plan must have a feature for it.
// @see https://developer.calendly.com/api-docs (create-webhook-subscription) and the release notes up to 2026-11-19

import { advise, next, type Hint } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import type { Scope } from './model.ts'

interface EventRule {
  readonly scopes: readonly Scope[]
  readonly oauthScope: string
  readonly needsPlanFeature: boolean
}

const ANY_SCOPE: readonly Scope[] = ['organization', 'user', 'group']
const MEETING: EventRule = { scopes: ANY_SCOPE, oauthScope: 'scheduled_events:read', needsPlanFeature: false }
const EVENT_TYPE: EventRule = { scopes: ANY_SCOPE, oauthScope: 'event_types:read', needsPlanFeature: false }
const CONTACT: EventRule = { scopes: ANY_SCOPE, oauthScope: 'contacts:read', needsPlanFeature: false }
const ROUTING_FORM: EventRule = { scopes: ['organization'], oauthScope: 'routing_forms:read', needsPlanFeature: true }
const MEETING_RECAP: EventRule = { scopes: ['user'], oauthScope: 'meeting_recaps:read', needsPlanFeature: true }

const RULES: ReadonlyMap<string, EventRule> = new Map([
  ['invitee.created', MEETING],
  ['invitee.canceled', MEETING],
  ['invitee_no_show.created', MEETING],
  ['invitee_no_show.deleted', MEETING],
  ['event_type.created', EVENT_TYPE],
  ['event_type.updated', EVENT_TYPE],
  ['event_type.deleted', EVENT_TYPE],
  ['contact.created', CONTACT],
  ['contact.updated', CONTACT],
  ['contact.deleted', CONTACT],
  ['routing_form_submission.created', ROUTING_FORM],
  ['meeting_recap.created', MEETING_RECAP],
  ['meeting_recap.updated', MEETING_RECAP],
  ['meeting_recap.deleted', MEETING_RECAP],
])

/** Every event that Calendly sends. */
export const EVENTS: readonly string[] = [...RULES.keys()]

/** What `connect` subscribes to unless told otherwise. */
export const DEFAULT_EVENTS: readonly string[] = ['invitee.created', 'invitee.canceled']

/** Letters, digits and what separates them: whatever else it is, an event is no sentence. */
const EVENT_NAME = /^[A-Za-z][\w.-]{0,99}$/

/** Farther than this many edits away, a name is no near miss. */
const NEAR_MISS_EDITS_MAX = 4
const NEAR_MISSES_MAX = 3

/**
 * The events, trimmed, each once, in the order given.
 * @param options.allowUnknown Calendly has new events before it documents them: somebody insists on names that are not known here
 * @throws USAGE when there are none
 * @throws UNKNOWN_EVENT naming what comes near
 * @throws EVENT_SCOPE_MISMATCH when Calendly does not have one in this scope
 */
export function checkEvents(events: readonly string[], scope: Scope, options: { readonly allowUnknown?: boolean } = {}): string[] {
  const wanted = [...new Set(events.map((event) => event.trim()).filter((event) => event !== ''))]
  if (wanted.length === 0) {
    throw new CalreconnectError('USAGE', 'No event was named', { hint: `--events ${DEFAULT_EVENTS.join(',')}` })
  }
  for (const event of wanted) {
    const rule = RULES.get(event)
    if (rule === undefined && options.allowUnknown === true && EVENT_NAME.test(event)) continue
    if (rule === undefined) throw unknownEvent(event)
    if (!rule.scopes.includes(scope)) {
      throw new CalreconnectError(
        'EVENT_SCOPE_MISMATCH',
        `Event ${event} exists in ${rule.scopes.join(' and ')} scope only, not in ${scope} scope`,
        {
          hint: advise`Make a subscription of its own for it: ${next('webhooks', 'create', '--callback-url', 'URL', '--events', event, '--scope', rule.scopes[0] ?? 'organization')}`,
        },
      )
    }
  }
  return wanted
}

/** The OAuth scopes that a connection needs for these events and no more. */
export function leastOAuthScopes(events: readonly string[], scope: Scope): string[] {
  const groups = scope === 'group' ? ['groups:read'] : []
  return [...new Set(['users:read', 'organizations:read', 'webhooks:write', ...familyScopes(events), ...groups])]
}

/**
 * The OAuth scopes that creating a subscription for these events needs and that were not granted. `:write` implies `:read`.
 * @param granted null (cannot be known) or with `default` (a token from before scopes): everything counts as granted
 */
export function missingOAuthScopes(events: readonly string[], granted: readonly string[] | null): string[] {
  if (granted === null || granted.includes('default')) return []
  const has = new Set(granted)
  return ['webhooks:write', ...familyScopes(events)].filter(
    (needed) => !has.has(needed) && !(needed.endsWith(':read') && has.has(needed.replace(/:read$/, ':write'))),
  )
}

/** The subscription scopes that an event can be had in; none for a name that Calendly does not have. */
export function scopesOfEvent(event: string): readonly Scope[] {
  return RULES.get(event)?.scopes ?? []
}

/** Those of the events that the organization's plan must have a feature for (else a 403). */
export function planFeatureEvents(events: readonly string[]): string[] {
  return events.filter((event) => RULES.get(event)?.needsPlanFeature === true)
}

/**
 * What to try after a 400 on create whose message blames "the supplied parameters": Calendly answers so, instead of 403, when the
 * token lacks the read scope of an event family. Null when that cannot be the reason.
 */
export function explainBadRequest(events: readonly string[], granted: readonly string[] | null): Hint | null {
  const families = familyScopes(events)
  if (families.length === 0) return null
  if (granted === null || granted.includes('default')) {
    return `Calendly answers 400 when the token lacks an event's read scope: check that it has ${families.join(' ')}`
  }
  const missing = missingOAuthScopes(events, granted)
  if (missing.length === 0) return null
  return advise`The token lacks ${missing.join(' ')}, which Calendly answers with 400: run ${next('connect', '--force', '--oauth-scope', [...new Set([...granted, ...missing])].join(' '))}`
}

function familyScopes(events: readonly string[]): string[] {
  return [...new Set(events.flatMap((event) => RULES.get(event)?.oauthScope ?? []))]
}

function unknownEvent(event: string): CalreconnectError {
  const near = nearMisses(event)
  const meant = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Events: ${EVENTS.join(', ')}.`
  const hint = EVENT_NAME.test(event) ? `${meant} If Calendly has it by now, add --allow-unknown-event` : meant
  return new CalreconnectError('UNKNOWN_EVENT', `Calendly has no event ${event}`, { hint })
}

function nearMisses(event: string): string[] {
  return EVENTS.map((known) => ({ known, edits: editsBetween(event.toLowerCase().slice(0, 64), known) }))
    .filter(({ edits }) => edits <= NEAR_MISS_EDITS_MAX)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, NEAR_MISSES_MAX)
    .map(({ known }) => known)
}

/** Levenshtein's distance. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
