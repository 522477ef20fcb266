// Finds the secrets that pass through HTTP, so that every later echo of them can be masked: in error messages, redirects, HTML.

import { SECRET_SETTINGS } from '../../core/secrets/own-secrets.ts'
import { proxyPasswords } from './proxy.ts'

const SECRET_NAMES =
  'access_token|refresh_token|id_token|client_secret|code_verifier|signing_key|app_signing_key|personal_access_token|token|code|assertion'
const FORM_FIELD = new RegExp(`(?:^|[&?])(?:${SECRET_NAMES})=([^&\\s]+)`, 'g')
const JSON_FIELD = new RegExp(`"(?:${SECRET_NAMES})"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`, 'g')
/** A list of subscriptions is large and holds none: scanned only where a name of one occurs early or the body is small. */
const SCANNED_CHARACTERS_MAX = 64 * 1024

/** Secrets that the environment carries, proxy passwords included. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  // As they are sent: trimmed.
  const plain = SECRET_SETTINGS.flatMap((name) => env[name]?.trim() ?? [])
  return [...plain, ...proxyPasswords(env)]
}

/** Secrets in the headers and body of one message. */
export function harvestSecrets(headers: Readonly<Record<string, string>>, body: string | null): string[] {
  return [...ofAuthorization(headers['authorization']), ...ofCookies(headers), ...(body === null ? [] : ofBody(body))]
}

function ofAuthorization(value: string | undefined): string[] {
  if (value === undefined) return []
  const [scheme = '', credentials = ''] = value.split(' ')
  if (scheme.toLowerCase() !== 'basic') return [credentials]
  const password = Buffer.from(credentials, 'base64').toString('utf8').split(':').slice(1).join(':')
  return [credentials, password, unescaped(password)]
}

function ofCookies(headers: Readonly<Record<string, string>>): string[] {
  const cookies = [headers['cookie'], headers['set-cookie']].filter((value) => value !== undefined)
  return cookies.flatMap((value) => [...value.matchAll(/(?:^|[;,]\s*)[\w.-]+=([^;,\s]{12}[^;,\s]*)/g)].flatMap((match) => match[1] ?? []))
}

function ofBody(body: string): string[] {
  if (body.length > SCANNED_CHARACTERS_MAX) return []
  const form = [...body.matchAll(FORM_FIELD)].flatMap((match) => (match[1] === undefined ? [] : unescaped(match[1].replaceAll('+', ' '))))
  const json = [...body.matchAll(JSON_FIELD)].flatMap((match) => (match[1] === undefined ? [] : jsonText(match[1])))
  // An error's `code` is a word, and no secret.
  return [...form, ...json].filter((value) => value.length >= 12)
}

function jsonText(literal: string): string[] {
  try {
    const parsed: unknown = JSON.parse(literal)
    return typeof parsed === 'string' ? [parsed] : []
  } catch {
    // A control character that JSON does not allow: the text between the quotes.
    return [literal.slice(1, -1)]
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign: not URL-encoded.
    return text
  }
}
