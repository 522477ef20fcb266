// The seed file's schema and what to say when a file does not fit it. Knows nothing of the state that a seed becomes.
import * as v from 'valibot'
import { SwitchesSchema } from './switches.ts'
import { EVENT_RULES, OAUTH_SCOPES } from './events.ts'
import { wireTime } from './clock.ts'

const text = v.pipe(v.string(), v.nonEmpty('must be filled'))
/** The id part of a URI, or the whole URI; without one a UUIDv4 is drawn. */
const id = v.optional(
  v.pipe(v.string(), v.regex(/^(https:\/\/api\.calendly\.com\/[a-z_]+\/)?[A-Za-z0-9-]{1,64}$/, 'must be an id or a URI')),
)
const time = v.pipe(
  v.string(),
  v.check((value) => !Number.isNaN(Date.parse(value)), 'must be an ISO 8601 time'),
  v.transform((value) => (/\.\d{6}Z$/.test(value) ? value : wireTime(Date.parse(value)))),
)
const bulk = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000)), 1)
const events = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.check((name) => EVENT_RULES.has(name), 'is not an event of Calendly'),
    ),
  ),
  v.nonEmpty('must name an event'),
)
const oauthScopes = v.array(v.picklist(OAUTH_SCOPES, 'is not a scope of Calendly'))

const OrganizationSeed = v.strictObject({
  id,
  name: v.optional(text),
  kind: v.optional(v.picklist(['single', 'multiple'])),
  plan: v.optional(v.picklist(['basic', 'essentials', 'standard', 'professional', 'teams', 'enterprise'])),
  stage: v.optional(v.picklist(['trial', 'free', 'paid']), 'paid'),
  created_at: v.optional(time),
  features: v.optional(
    v.strictObject({ webhooks: v.optional(v.boolean()), routing_forms: v.optional(v.boolean()), meeting_recaps: v.optional(v.boolean()) }),
    {},
  ),
})

export const UserSeed = v.strictObject({
  id,
  count: bulk,
  name: v.optional(text),
  email: v.optional(v.pipe(v.string(), v.includes('@', 'must be an e-mail address'))),
  slug: v.optional(text),
  locale: v.optional(text, 'en'),
  timezone: v.optional(text, 'Africa/Nairobi'),
  time_notation: v.optional(v.picklist(['12h', '24h']), '24h'),
  avatar_url: v.optional(v.nullable(v.string()), null),
  created_at: v.optional(time),
  /** Which organization, by URI, id or name; default the first. Null: member of none (for a while). */
  organization: v.optional(v.nullable(text)),
  role: v.optional(v.picklist(['owner', 'admin', 'user'])),
})

const MembershipSeed = v.strictObject({
  user: text,
  organization: text,
  role: v.picklist(['owner', 'admin', 'user']),
  created_at: v.optional(time),
})

const GroupSeed = v.strictObject({
  id,
  name: text,
  organization: v.optional(text),
  members: v.optional(v.array(text), []),
  created_at: v.optional(time),
})

export const AppSeed = v.pipe(
  v.strictObject({
    client_id: v.optional(text),
    client_secret: v.optional(text),
    name: v.optional(text, 'calreconnect'),
    kind: v.optional(v.picklist(['web', 'native']), 'web'),
    environment: v.optional(v.picklist(['sandbox', 'production']), 'sandbox'),
    redirect_uris: v.optional(v.array(v.pipe(v.string(), v.url('must be a URL'))), ['http://localhost:8917/callback']),
    scopes: v.optional(oauthScopes, [...OAUTH_SCOPES]),
    legacy: v.optional(v.boolean(), false),
    signing_key: v.optional(text),
  }),
  v.check(
    (app) => app.redirect_uris.every((uri) => mayRedirectTo(uri, app.kind, app.environment)),
    'redirect_uris must be https; http only for localhost in a sandbox app; an own scheme only in a native app',
  ),
)

const PersonalAccessTokenSeed = v.strictObject({
  token: v.optional(text),
  user: v.optional(text),
  scopes: v.optional(v.union([v.literal('default'), oauthScopes]), 'default'),
})

export const SubscriptionSeed = v.strictObject({
  id,
  /** So many at once; `{n}` in `callback_url` becomes 1, 2, 3 … */
  count: bulk,
  callback_url: v.pipe(
    v.string(),
    v.check((url) => URL.canParse(url.replaceAll('{n}', '1')), 'must be a URL'),
  ),
  events: v.optional(events, ['invitee.created', 'invitee.canceled']),
  scope: v.optional(v.picklist(['organization', 'user', 'group']), 'organization'),
  organization: v.optional(text),
  user: v.optional(text),
  group: v.optional(text),
  /** E-mail, id or URI. A URI of nobody is taken as it is: a creator who is gone. */
  creator: v.optional(v.nullable(text)),
  created_at: v.optional(time),
  /** Between one and the next of a bulk. */
  created_step_ms: v.optional(v.pipe(v.number(), v.integer()), 60_000),
  state: v.optional(v.picklist(['active', 'disabled']), 'active'),
  retry_started_at: v.optional(v.nullable(time), null),
  signing_key: v.optional(v.nullable(text), null),
  /** The client id of the app that made it; null: a personal access token did. Default: the first web app. */
  client_id: v.optional(v.nullable(text)),
  hidden_ms: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  hidden_lists: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
})

const EventTypeSeed = v.strictObject({
  id,
  name: v.optional(text, '30 Minute Meeting'),
  slug: v.optional(text),
  /** E-mail, id or URI; default the first user. */
  owner: v.optional(text),
  /** Minutes. */
  duration: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(720)), 30),
  active: v.optional(v.boolean(), true),
  secret: v.optional(v.boolean(), false),
})

const RoutingFormSeed = v.strictObject({
  name: text,
  organization: v.optional(text),
  status: v.optional(v.picklist(['draft', 'published']), 'published'),
})

const MeetingSeed = v.strictObject({
  /** So many, an hour apart; `{n}` in the names and the e-mail becomes 1, 2, 3 … */
  count: bulk,
  host: v.optional(text),
  event_type: v.optional(text),
  name: v.optional(text),
  invitee_name: v.optional(text),
  invitee_email: v.optional(v.pipe(v.string(), v.includes('@', 'must be an e-mail address'))),
  starts_in_ms: v.optional(v.number(), 86_400_000),
  canceled: v.optional(v.boolean(), false),
})

const InvitationSeed = v.strictObject({
  email: v.pipe(v.string(), v.includes('@', 'must be an e-mail address')),
  organization: v.optional(text),
  status: v.optional(v.picklist(['pending', 'accepted', 'declined']), 'pending'),
})

/** A seed file. Sections that are left out are filled with the default's, so that an app, an owner and a token always exist. */
export const SeedSchema = v.strictObject({
  organizations: v.optional(v.array(OrganizationSeed), []),
  users: v.optional(v.array(UserSeed), []),
  memberships: v.optional(v.array(MembershipSeed), []),
  groups: v.optional(v.array(GroupSeed), []),
  apps: v.optional(v.array(AppSeed), []),
  personal_access_tokens: v.optional(v.array(PersonalAccessTokenSeed), []),
  event_types: v.optional(v.array(EventTypeSeed), []),
  routing_forms: v.optional(v.array(RoutingFormSeed), []),
  meetings: v.optional(v.array(MeetingSeed), []),
  invitations: v.optional(v.array(InvitationSeed), []),
  subscriptions: v.optional(v.array(SubscriptionSeed), []),
  switches: v.optional(v.partial(SwitchesSchema), {}),
})

export type Seed = v.InferOutput<typeof SeedSchema>

/** A document that the emulator was given and cannot take; the message names the path in the document and what is wrong there. */
export class BadInput extends Error {
  readonly path: string

  constructor(what: string, path: string, problem: string) {
    super(`${what}: ${path === '' ? '' : `${path} `}${problem}`)
    this.name = 'BadInput'
    this.path = path
  }
}

/** Parses a document at the door. @throws BadInput with the path of the first thing wrong */
export function parseInput<S extends v.GenericSchema>(what: string, schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue) ?? ''
  const unknown = issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never'
  throw new BadInput(what, path, unknown ? 'is not known' : issue.message.replace(/^Invalid/, 'is invalid'))
}

/** Sandbox: https, or http for host `localhost`. Production: https. Native apps may use a scheme of their own in both. */
function mayRedirectTo(uri: string, kind: 'web' | 'native', environment: 'sandbox' | 'production'): boolean {
  const { protocol, hostname } = new URL(uri)
  if (protocol === 'https:') return true
  if (protocol === 'http:') return environment === 'sandbox' && hostname === 'localhost'
  return kind === 'native'
}
