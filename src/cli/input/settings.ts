// Settings from the environment, checked before they are used.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { setting } from './environment.ts'
import { checkPath, type GivenPath } from './paths.ts'
import type { Host } from '../output/streams.ts'

type Env = Host['env']

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

interface EnvironmentApp {
  readonly clientId: string
  /** Null: a native client. */
  readonly clientSecret: string | null
}

/** Null without CALENDLY_CLIENT_ID: a secret alone names no app. */
export function environmentApp(env: Env): EnvironmentApp | null {
  const clientId = setting(env, 'CALENDLY_CLIENT_ID')
  return clientId === null ? null : { clientId, clientSecret: setting(env, 'CALENDLY_CLIENT_SECRET') }
}

export const authUrl = (env: Env): URL => baseUrl(env, 'CALENDLY_AUTH_URL', 'https://auth.calendly.com')
export const apiUrl = (env: Env): URL => baseUrl(env, 'CALENDLY_API_URL', 'https://api.calendly.com')

/** @throws INVALID_URL for anything but https, or http on a loopback host */
function baseUrl(env: Env, name: string, byDefault: string): URL {
  const text = setting(env, name) ?? byDefault
  if (!URL.canParse(text)) throw new CalreconnectError('INVALID_URL', `${name} is not a URL: ${text}`)
  const url = new URL(text)
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))
  if (!secure) {
    throw new CalreconnectError('INVALID_URL', `${name} must be https; plain http is for loopback hosts only: ${text}`, {
      hint: `unset ${name}`,
    })
  }
  return url
}

/** The connection that CI jobs use without a store. */
export function environmentToken(env: Env): string | null {
  return setting(env, 'CALENDLY_TOKEN')
}

/** A store that is in a database server, not in a file. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text)
}

/** @throws USAGE for what is no path, with what to write instead */
export function checkStorePath(given: GivenPath, env: Env): string {
  if (isPostgresUrl(given.text)) {
    throw new CalreconnectError('USAGE', 'Connections are copied from one file to another: neither may be in PostgreSQL', {
      hint: next('store', 'copy', '--help'),
    })
  }
  return checkPath(given, env)
}
