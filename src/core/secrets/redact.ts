// Masks what must not be seen in logs, by the name of the field that holds it: secrets, and personal data of payloads.
// Known values are masked besides, wherever they are, by a SecretRegistry (registry.ts). Pure, and
// linear in what is given: it comes from whoever answers.

import { maskFreeText, PERSONAL_MASK, SECRET_MASK } from './free-text.ts'
import { maskJsonFields, type Value } from './json-fields.ts'
import type { SecretRegistry } from './registry.ts'

type Masker = Pick<SecretRegistry, 'redact'>
const NONE: Masker = { redact: (text) => text }

const SECRET_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-ratelimit-key', // oauth:<client id>:<user id>
  'x-api-key',
])

const SECRET_FIELDS = new Set([
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'authorization',
  'client_secret',
  'client_assertion',
  'assertion',
  'code_verifier',
  'signing_key',
  'app_signing_key',
  'webhook_signing_key',
  'personal_access_token',
  'password',
  'secret',
  'cookie',
  'set-cookie',
  'x-ratelimit-key',
])

/** Of forms and queries only: in JSON, `state` is a subscription's and `code` an error's. */
const SECRET_PARAMETERS = new Set([...SECRET_FIELDS, 'code', 'state', 'code_challenge', 'iss_state'])

const PERSONAL_FIELDS = new Set([
  'email',
  'name',
  'first_name',
  'last_name',
  'slug',
  'scheduling_url',
  'avatar_url',
  'phone',
  'phone_number',
  'text_reminder_number',
  'answer',
  'reason',
  'canceled_by',
  'cancel_url',
  'reschedule_url',
  'join_url',
  'location',
  'transcript',
  'summary_md',
  'action_items_md',
  'discussion_md',
  'share_link',
  'submitter',
])

/** A text of unknown shape: tokens, named secrets, credentials in URLs and e-mail addresses are masked. */
export function redactText(text: string, registry: Masker = NONE): string {
  return maskFreeText(registry.redact(text))
}

/** Headers by name; names in lower case. An authorization keeps its scheme, which is what one debugs. */
export function redactHeaders(headers: Readonly<Record<string, string>>, registry: Masker = NONE): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([given, value]) => {
      const name = given.toLowerCase()
      if (name.endsWith('authorization')) return [name, `${value.split(' ', 1)[0] ?? ''} ${SECRET_MASK}`]
      if (SECRET_HEADERS.has(name)) return [name, SECRET_MASK]
      if (name === 'location' || name === 'referer') return [name, redactUrl(value, registry)]
      return [name, redactText(value, registry)]
    }),
  )
}

/** A URL's query, fragment and user info. Personal ones of the query are masked as well. */
export function redactUrl(url: string, registry: Masker = NONE): string {
  const masked = url.replaceAll(/([?&#])([^?=&#]*)=([^&#]*)/g, (whole, before: string, name: string, value: string) => {
    const mask = value === '' ? null : maskOfParameter(decoded(name))
    return mask === null ? whole : `${before}${name}=${mask}`
  })
  return redactText(masked, registry)
}

/** A body: JSON and forms field by field, anything else (HTML, half a JSON) as text. */
export function redactBody(body: string, contentType: string | null, registry: Masker = NONE): string {
  const trimmed = body.trimStart()
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    const json = jsonOf(body)
    if (json !== null) return registry.redact(maskJsonFields(json, maskOfValue))
  }
  if (contentType?.includes('x-www-form-urlencoded') === true) return registry.redact(redactForm(body))
  return redactText(body, registry)
}

function maskOfValue({ field, text }: Value): string | null {
  const mask = field === null ? null : maskOfField(field.toLowerCase(), text)
  return mask ?? (text === null ? null : maskFreeText(text))
}

const OPAQUE_LENGTH_MIN = 20

function maskOfField(name: string, text: string | null): string | null {
  if (SECRET_FIELDS.has(name)) return SECRET_MASK
  if (PERSONAL_FIELDS.has(name)) return PERSONAL_MASK
  // An authorization code or an OAuth state in JSON: long and without meaning, unlike `active` or an error's code.
  if (name !== 'code' && name !== 'state') return null
  // Its length apart: a bounded repetition without an end (20 or more) of megabytes overflows the engine's stack.
  return text !== null && text.length >= OPAQUE_LENGTH_MIN && /^[\w.~+/=-]+$/.test(text) ? SECRET_MASK : null
}

function maskOfParameter(name: string): string | null {
  if (SECRET_PARAMETERS.has(name)) return SECRET_MASK
  return PERSONAL_FIELDS.has(name) ? PERSONAL_MASK : null
}

function redactForm(body: string): string {
  return body
    .split('&')
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=')
      const mask = maskOfParameter(decoded(name))
      return rest.length === 0 || mask === null ? redactText(pair) : `${name}=${mask}`
    })
    .join('&')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).toLowerCase()
  } catch {
    // A stray percent sign, which no name has that is masked.
    return name
  }
}

/** The JSON text of a body; null when it is cut off, or no JSON after all. */
function jsonOf(body: string): string | null {
  // A byte order mark, which some gateways put first, is no JSON.
  const json = body.startsWith('\u{FEFF}') ? body.slice(1) : body
  try {
    JSON.parse(json)
    return json
  } catch {
    // Masked as text.
    return null
  }
}
