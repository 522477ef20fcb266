// What Calendly can tell a webhook about, and what each needs. Written from CALENDLY's published table, apart from the client's own.
// Knows nothing of requests.
import type { Scope } from '../core/calendly/model.ts'

/** A feature of the organization's plan that an event family is sold with. */
export type Feature = 'routing_forms' | 'meeting_recaps'

/** The rules of one event. @see https://developer.calendly.com/api-docs create-webhook-subscription, 2026-11 */
export interface EventRule {
  readonly scopes: readonly Scope[]
  readonly oauthScope: string
  readonly feature: Feature | null
}

const ANY: readonly Scope[] = ['organization', 'user', 'group']

function family(names: readonly string[], scopes: readonly Scope[], oauthScope: string, feature: Feature | null): [string, EventRule][] {
  return names.map((name) => [name, { scopes, oauthScope, feature }])
}

/** Every event by name. */
export const EVENT_RULES: ReadonlyMap<string, EventRule> = new Map([
  ...family(['invitee.created', 'invitee.canceled'], ANY, 'scheduled_events:read', null),
  ...family(['invitee_no_show.created', 'invitee_no_show.deleted'], ANY, 'scheduled_events:read', null),
  ...family(['event_type.created', 'event_type.updated', 'event_type.deleted'], ANY, 'event_types:read', null),
  ...family(['contact.created', 'contact.updated', 'contact.deleted'], ANY, 'contacts:read', null),
  ...family(['routing_form_submission.created'], ['organization'], 'routing_forms:read', 'routing_forms'),
  ...family(['meeting_recap.created', 'meeting_recap.updated', 'meeting_recap.deleted'], ['user'], 'meeting_recaps:read', 'meeting_recaps'),
])

/** The 23 OAuth scopes. @see https://developer.calendly.com/scopes */
export const OAUTH_SCOPES: readonly string[] = [
  'availability:read',
  'availability:write',
  'event_types:read',
  'event_types:write',
  'locations:read',
  'routing_forms:read',
  'shares:write',
  'scheduled_events:read',
  'scheduled_events:write',
  'scheduling_links:write',
  'meeting_recaps:read',
  'meeting_recaps:write',
  'contacts:read',
  'contacts:write',
  'groups:read',
  'organizations:read',
  'organizations:write',
  'users:read',
  'activity_log:read',
  'data_compliance:write',
  'outgoing_communications:read',
  'webhooks:read',
  'webhooks:write',
]

/** Whether a grant (space-separated, or `default` for all) holds a scope; `:write` implies the same domain's `:read`. */
export function grants(granted: string, needed: string): boolean {
  const scopes = granted.split(' ')
  return scopes.includes('default') || scopes.includes(needed) || scopes.includes(needed.replace(/:read$/, ':write'))
}
