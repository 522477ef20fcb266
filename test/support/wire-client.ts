// A bare client for tests of the emulator: sends what it is told, and holds every JSON answer against the wire schema.
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/server.ts'
import { wireProblems } from './wire-schema.ts'

/** An answer, read to its end. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: any // eslint-disable-line typescript/no-explicit-any -- judged by the schema; tests look inside
  readonly text: string
}

/** Sends a request to the emulator; a JSON answer that does not fit the wire fails the test. */
export async function ask(
  emulator: { url: string },
  method: string,
  path: string,
  options: {
    token?: string
    basic?: [string, string]
    json?: unknown
    form?: Record<string, string>
    headers?: Record<string, string>
    body?: string
  } = {},
): Promise<WireAnswer> {
  const headers: Record<string, string> = { 'user-agent': 'wire-client', ...options.headers }
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`
  if (options.basic !== undefined) headers['authorization'] = `Basic ${Buffer.from(options.basic.join(':')).toString('base64')}`
  if (options.json !== undefined) headers['content-type'] = 'application/json'
  const body =
    options.form !== undefined
      ? new URLSearchParams(options.form)
      : options.json !== undefined
        ? JSON.stringify(options.json)
        : options.body
  const init = { method, headers, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) }
  const response = await fetch(emulator.url + path, init)
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json') && text !== ''
  const parsed: unknown = isJson ? JSON.parse(text) : null
  const pathname = new URL(path, emulator.url).pathname
  if (isJson && !pathname.startsWith('/_emulator')) expect(wireProblems(method, pathname, response.status, parsed)).toEqual([])
  return { status: response.status, headers: Object.fromEntries(response.headers), body: parsed, text }
}

export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** The path of an authorize request for the emulator's web app. */
export function authorizePath(emulator: Emulator, change: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: emulator.info.clientId,
    response_type: 'code',
    redirect_uri: 'http://localhost:8917/callback',
    scope: 'users:read webhooks:write',
    state: 'a-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...change,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return `/oauth/authorize?${query.toString()}`
}

/** Does what a person does with the consent form at an authorize URL; returns where the browser is sent. */
export async function consent(
  authorizeUrl: string,
  choice: { decision?: 'allow' | 'deny'; user?: string; declined?: readonly string[] } = {},
): Promise<URL> {
  const page = await (await fetch(authorizeUrl, { headers: { 'user-agent': 'browser' } })).text()
  const form = new URLSearchParams()
  for (const [, type, name, value] of page.matchAll(/<input type="(hidden|checkbox)" name="([^"]*)" value="([^"]*)"/g))
    if (type === 'hidden' || !(choice.declined ?? []).includes(unescape(value))) form.append(unescape(name), unescape(value))
  const option = /<option value="([^"]*)"/.exec(page)?.[1]
  if (choice.user !== undefined) form.set('user', choice.user)
  else if (option !== undefined) form.set('user', unescape(option))
  form.set('decision', choice.decision ?? 'allow')
  const url = new URL('/oauth/authorize', authorizeUrl)
  const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual', headers: { 'user-agent': 'browser' } })
  const location = response.headers.get('location')
  if (location === null) throw new Error(`The consent form was answered with ${response.status}: ${await response.text()}`)
  return new URL(location)
}

function unescape(text = ''): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
