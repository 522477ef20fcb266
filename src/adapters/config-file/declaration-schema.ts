// What a calreconnect.yaml may contain. Which events and URLs are right is decided in core/plan/declaration.ts.

import * as v from 'valibot'
import { DEFAULT_EVENTS } from '../../core/calendly/events.ts'
import { SCOPES } from '../../core/calendly/model.ts'

const ACCOUNTS_MAX = 10_000
const WEBHOOKS_MAX = 1_000
const EVENTS_MAX = 100
const TEXT_MAX = 4_096

const text = (what: string) =>
  v.pipe(
    v.string(`expected ${what}`),
    v.trim(),
    v.minLength(1, `expected ${what}, not an empty text`),
    v.maxLength(TEXT_MAX, `longer than ${TEXT_MAX} characters`),
  )

const WEBHOOK_KEYS = ['callback_url', 'events', 'scope', 'group'] as const

const Webhook = v.strictObject(
  {
    callback_url: text('a URL'),
    events: v.optional(
      v.pipe(v.array(text('the name of an event'), 'expected a list of events'), v.maxLength(EVENTS_MAX, `more than ${EVENTS_MAX} events`)),
      [...DEFAULT_EVENTS],
    ),
    scope: v.optional(v.picklist(SCOPES, `expected ${SCOPES.join(', ')}`), 'organization'),
    group: v.optional(v.nullable(text('the URI of a group')), null),
  },
  (issue) => mismatch(issue, `a webhook with ${WEBHOOK_KEYS.join(', ')}`),
)

const Account = v.strictObject(
  {
    webhooks: v.pipe(
      v.array(Webhook, 'expected a list of webhooks; [] for none'),
      v.maxLength(WEBHOOKS_MAX, `more than ${WEBHOOKS_MAX} webhooks`),
    ),
  },
  (issue) => mismatch(issue, 'an account with a list called webhooks'),
)

/** The whole file. */
export const DeclarationSchema = v.strictObject(
  {
    version: v.literal(1, 'expected version: 1'),
    accounts: v.pipe(
      v.record(text('the name of a connection'), Account, 'expected accounts by name'),
      v.check((accounts) => Object.keys(accounts).length <= ACCOUNTS_MAX, `more than ${ACCOUNTS_MAX} accounts`),
    ),
  },
  (issue) => mismatch(issue, 'version and accounts'),
)

/** valibot calls for a missing key, for a key too many, and for what is no object at all. */
function mismatch(issue: v.StrictObjectIssue, wanted: string): string {
  if (issue.expected === 'never') return `unknown key; expected ${wanted}`
  if (issue.received === 'undefined') return 'missing'
  return `expected ${wanted}`
}
