// Calendly's wire as JSON Schema, written by hand from its public contract and recorded answers. The emulator's answers are held
// against it; the client parses with schemas of its own, so that a common mistake of both would show.
import { Ajv, type ValidateFunction } from 'ajv'

const time = { type: 'string', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$` }
const text = { type: 'string' }
const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })
const uri = (collection: string) => ({
  type: 'string',
  pattern: `^https://api\\.calendly\\.com/${collection}/([A-Z0-9]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`,
})
const whole = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
})

const person = {
  avatar_url: nullable(text),
  created_at: time,
  email: text,
  locale: text,
  name: text,
  time_notation: { enum: ['12h', '24h'] },
  timezone: text,
  updated_at: time,
  uri: uri('users'),
  scheduling_url: { type: 'string', pattern: '^https://calendly\\.com/' },
  slug: text,
}
const user = whole({ ...person, current_organization: uri('organizations'), resource_type: { const: 'User' } })
const organization = whole({
  created_at: time,
  id: { type: 'integer' },
  kind: { enum: ['single', 'multiple'] },
  name: text,
  plan: { enum: ['basic', 'essentials', 'standard', 'professional', 'teams', 'enterprise'] },
  stage: { enum: ['trial', 'free', 'paid'] },
  updated_at: time,
  uri: uri('organizations'),
})
const membership = whole({
  created_at: time,
  organization: uri('organizations'),
  role: { enum: ['owner', 'admin', 'user'] },
  updated_at: time,
  uri: uri('organization_memberships'),
  user: whole(person),
})
const group = whole({
  created_at: time,
  member_count: { type: 'integer' },
  name: text,
  organization: uri('organizations'),
  updated_at: time,
  uri: uri('groups'),
})
const events = [
  'invitee.created',
  'invitee.canceled',
  'invitee_no_show.created',
  'invitee_no_show.deleted',
  'routing_form_submission.created',
  'event_type.created',
  'event_type.updated',
  'event_type.deleted',
  'contact.created',
  'contact.updated',
  'contact.deleted',
  'meeting_recap.created',
  'meeting_recap.updated',
  'meeting_recap.deleted',
]
const subscription = whole({
  uri: uri('webhook_subscriptions'),
  callback_url: text,
  created_at: time,
  updated_at: time,
  retry_started_at: nullable(time),
  state: { enum: ['active', 'disabled'] },
  events: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: events } },
  scope: { enum: ['organization', 'user', 'group'] },
  organization: uri('organizations'),
  user: nullable(uri('users')),
  group: nullable(uri('groups')),
  creator: nullable(uri('users')),
})
const page = { type: 'string', pattern: '^https://api\\.calendly\\.com/[a-z_]+\\?count=\\d+&.*page_token=[A-Za-z0-9]{32}' }
const pageToken = { type: 'string', pattern: '^[A-Za-z0-9]{32}$' }
const paged = (item: object) =>
  whole({
    collection: { type: 'array', maxItems: 100, items: item },
    pagination: whole({
      count: { type: 'integer', minimum: 0, maximum: 100 },
      next_page: nullable(page),
      next_page_token: nullable(pageToken),
      previous_page: nullable(page),
      previous_page_token: nullable(pageToken),
    }),
  })
const error = {
  type: 'object',
  required: ['title', 'message'],
  additionalProperties: false,
  properties: {
    title: text,
    message: text,
    details: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['message'],
        additionalProperties: false,
        properties: { parameter: text, message: text, code: text },
      },
    },
    required_scopes: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z_]+:(read|write)$' } },
  },
}
const delivery = whole({ created_at: time, created_by: nullable(uri('users')), event: { enum: events }, payload: { type: 'object' } })
const token = whole({
  token_type: { const: 'Bearer' },
  expires_in: { type: 'integer' },
  created_at: { type: 'integer' },
  refresh_token: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  access_token: { type: 'string', pattern: String.raw`^eyJ[\w-]+\.[\w-]+\.[\w-]+$` },
  scope: text,
  owner: uri('users'),
  organization: uri('organizations'),
})
const oauthError = whole({ error: text, error_description: text })
const introspection = { type: 'object', required: ['active'], properties: { active: { type: 'boolean' } } }

const SCHEMAS: Readonly<Record<string, object>> = {
  'GET /users': whole({ resource: user }),
  'GET /organizations': whole({ resource: organization }),
  'GET /organization_memberships': { oneOf: [paged(membership), whole({ resource: membership })] },
  'GET /groups': { oneOf: [paged(group), whole({ resource: group })] },
  'GET /webhook_subscriptions': { oneOf: [paged(subscription), whole({ resource: subscription })] },
  'POST /webhook_subscriptions': whole({ resource: subscription }),
  'GET /sample_webhook_data': delivery,
  'POST /oauth/token': token,
  'POST /oauth/revoke': whole({}),
  'POST /oauth/introspect': introspection,
}

const ajv = new Ajv({ allErrors: true, strict: false })
const compiled = new Map<string, ValidateFunction>()

function check(name: string, schema: object, value: unknown): string[] {
  const validate = compiled.get(name) ?? ajv.compile(schema)
  compiled.set(name, validate)
  return validate(value) ? [] : (validate.errors ?? []).map((problem) => `${name} ${problem.instancePath} ${problem.message ?? ''}`)
}

/** What is wrong with a JSON answer of the wire; empty if nothing. */
export function wireProblems(method: string, path: string, status: number, body: unknown): string[] {
  const isOAuth = path.startsWith('/oauth/')
  if (status >= 400) return isOAuth && status !== 429 ? check('oauth error', oauthError, body) : check('error', error, body)
  const name = `${method} ${isOAuth ? path : `/${path.split('/')[1] ?? ''}`}`
  const schema = SCHEMAS[name]
  return schema === undefined ? [`${name} has no schema`] : check(name, schema, body)
}

/** What is wrong with the body of a delivery. */
export function deliveryProblems(body: unknown): string[] {
  return check('delivery', delivery, body)
}
