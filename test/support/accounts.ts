// Account operations against an emulator and a real store: real loopback redirect, and a "browser" that fills in the consent form.

import { systemClock } from '../../src/adapters/clock.ts'
import { openCalendly } from '../../src/adapters/calendly/client.ts'
import { openOAuth } from '../../src/adapters/oauth/client.ts'
import { listenForRedirect } from '../../src/adapters/oauth/redirect-listener.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { CalreconnectError } from '../../src/core/errors/errors.ts'
import type { Clock, Progress, Prompts } from '../../src/core/ports/desk.ts'
import type { OAuth } from '../../src/core/ports/oauth.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import type { Connection } from '../../src/core/connection/model.ts'
import type { Emulator, EmulatorOptions } from '../../src/emulator/server.ts'
import { accessTokens } from '../../src/operations/tokens/access-token.ts'
import type { AccountDeps, ConnectInput, Person } from '../../src/operations/connect/input.ts'
import { NOTHING_WANTED } from '../../src/core/connection/desired.ts'
import { connectByGrant, emulated, HOOK } from './connected.ts'
import { UNINTERRUPTED } from './interruption.ts'
import { freePort } from './http-server.ts'

/** What the person in front of the browser does. */
export interface Consent {
  readonly decision?: 'allow' | 'deny'
  /** E-mail of who signs in; default: the first user. */
  readonly as?: string
  /** Unticked on the form. */
  readonly declined?: readonly string[]
}

export interface Rig {
  readonly emulator: Emulator
  readonly store: DatabaseStore
  readonly deps: AccountDeps
  readonly redirectUri: URL
  /** Lines shown to the person: warnings, notes, URLs. */
  readonly shown: string[]
  /** Pages that the browser was sent to. */
  readonly opened: string[]
  /** What the browser showed in the end. */
  readonly pages: { readonly status: number; readonly text: string }[]
  /** Consent in the automated browser. */
  consent(person?: Consent, options?: { readonly prompts?: Prompts; readonly openBrowser?: boolean; readonly timeoutMs?: number }): Person
  /** A second process's ports on the same store. */
  other(overrides?: Partial<AccountDeps>): AccountDeps
  oauth(clientId?: string, clientSecret?: string | null): OAuth
  /** Requests since the last call, as `METHOD /path`. */
  requests(): string[]
  /** A connection with tokens of its own, identity included, without a browser. */
  connected(name: string, fields?: ConnectedFields): Promise<Connection>
  get(name: string): Promise<Connection>
  close(): Promise<void>
}

export interface ConnectedFields {
  readonly user?: string
  readonly scope?: string
  /** Milliseconds until the access token expires by the client's clock; negative: expired. */
  readonly expiresInMs?: number
  readonly clientId?: string
  readonly role?: 'owner' | 'admin' | 'user'
}

const silent: Progress = { start() {}, advance() {}, note() {}, stop() {} }

export const CONNECT: ConnectInput = {
  name: null,
  query: null,
  wanted: NOTHING_WANTED,
  oauthScopes: null,
  force: false,
  replace: false,
  webhook: true,
}

export const wanting = (differing: Partial<ConnectInput['wanted']> = {}): ConnectInput['wanted'] => ({
  ...NOTHING_WANTED,
  callbackUrl: HOOK,
  ...differing,
})

export async function accountRig(
  options: Omit<EmulatorOptions, 'redirectUris'> & {
    readonly native?: boolean
    readonly clock?: Clock
    readonly answerTimeoutMs?: number
  } = {},
): Promise<Rig> {
  const { native = false, clock = systemClock, ...emulatorOptions } = options
  const redirectUri = new URL(`http://localhost:${await freePort()}/callback`)
  const world = await emulated({ ...emulatorOptions, clock, redirectUris: [redirectUri.href] })
  const { emulator, store, http } = world
  const url = new URL(emulator.url)
  const shown: string[] = []
  const opened: string[] = []
  const pages: { status: number; text: string }[] = []
  const oauth = (clientId?: string, clientSecret?: string | null): OAuth => {
    const { info } = emulator
    const secret = clientSecret === undefined ? (native ? null : info.clientSecret) : clientSecret
    const id = clientId ?? (native ? info.nativeClientId : info.clientId)
    return openOAuth({ authUrl: url, clientId: id, clientSecret: secret === null ? null : new Secret(secret), http, clock })
  }
  const progress: Progress = { ...silent, note: (text) => void shown.push(text) }
  const deps: AccountDeps = {
    connections: store.connections,
    refreshes: store.refreshes,
    lock: store.lock,
    budget: store.budget,
    subscriptions: store.subscriptions,
    runs: store.runs,
    flows: store.flows,
    oauth: async () => oauth(),
    calendly: async (tokens) =>
      openCalendly({
        apiUrl: url,
        http,
        tokens,
        clock,
        random: systemRandom,
        maxWaitMs: 0,
        interruption: UNINTERRUPTED,
        progress,
      }),
    clock,
    random: systemRandom,
    progress,
    interruption: UNINTERRUPTED,
    maxWaitMs: 0,
    warn: (text) => void shown.push(String(text)),
  }
  let seen = 0
  const rig: Rig = {
    emulator,
    store,
    deps,
    redirectUri,
    shown,
    opened,
    pages,
    consent: (person = {}, { prompts, openBrowser = true, timeoutMs = 10_000 } = {}) => ({
      kind: 'consent',
      input: { redirectUri, timeoutMs, openBrowser },
      deps: {
        listen: ({ redirectUri: uri, state, onReject }) => listenForRedirect({ redirectUri: uri, state, issuer: null, onReject }),
        browser: async () => ({
          async open(page) {
            opened.push(page)
            void browse(page, person, redirectUri.href).then((end) => pages.push(end))
            return true
          },
        }),
        prompts: async () => prompts ?? null,
        view: { url: (page) => void shown.push(page.href), note: (text) => void shown.push(text) },
      },
    }),
    other: (overrides = {}) => ({ ...deps, ...overrides }),
    oauth,
    requests() {
      const all = emulator.requests().map(({ method, path }) => `${method} ${path}`)
      const fresh = all.slice(seen)
      seen = all.length
      return fresh
    },
    connected: (name, { expiresInMs = 7_200_000, clientId = oauth().clientId, ...granted } = {}) =>
      connectByGrant(world, name, { ...granted, clientId, expiresAtMs: clock.nowMs() + expiresInMs }),
    async get(name) {
      const connection = await store.connections.get(name)
      if (connection === null) throw new Error(`${name} is not stored`)
      return connection
    },
    close: () => world.close(),
  }
  return rig
}

/** Opens the page, fills in the form, sends it, and follows the redirect back. */
export async function browse(
  page: string,
  person: Consent,
  redirectUri: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const location = await decide(page, person)
  if (!location.startsWith(redirectUri)) return { status: 0, text: location }
  const end = await fetch(location)
  return { status: end.status, text: await end.text() }
}

/** Where the browser would be sent after the form: the redirect URL. */
export async function decide(page: string, { decision = 'allow', as, declined = [] }: Consent = {}): Promise<string> {
  const form = await fetch(page, { redirect: 'manual' })
  const early = form.headers.get('location')
  if (early !== null) return early
  const html = await form.text()
  const fields = new URLSearchParams()
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(tag, 'name')
    const value = attribute(tag, 'value')
    if (!declined.includes(value)) fields.append(name, value)
  }
  const options = [...html.matchAll(/<option value="([^"]*)">([^<]*)<\/option>/g)]
  const chosen = options.find(([, , label]) => as === undefined || unescape(label ?? '').includes(as))
  if (chosen !== undefined) fields.set('user', unescape(chosen[1] ?? ''))
  fields.set('decision', decision)
  const answer = await fetch(new URL('/oauth/authorize', page), { method: 'POST', body: fields, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`The consent form answered ${answer.status}: ${await answer.text()}`)
  return location
}

/** The error that `work` ends with; it must be one of ours. */
export async function errorOf(work: Promise<unknown>): Promise<CalreconnectError> {
  const error = await work.then(
    (value) => new Error(`no error, but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof CalreconnectError) return error
  throw error
}

/** A stored connection's access token as other commands get it. */
export function tokenOf(deps: AccountDeps, name: string, minValidityMs = 300_000): Promise<Secret> {
  return accessTokens(deps, name, { minValidityMs }).get()
}

/** Stands where it is until moved; sleeping moves it. */
export function movedClock(startMs = Date.now()): Clock & { move(ms: number): void; readonly slept: number[] } {
  let nowMs = startMs
  const slept: number[] = []
  return {
    slept,
    nowMs: () => nowMs,
    async sleep(ms) {
      slept.push(ms)
      nowMs += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
    move: (ms) => void (nowMs += ms),
  }
}

function attribute(tag: string, name: string): string {
  return unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function unescape(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
