// `connect` across two processes: one prints the URL and ends, another takes the redirect and finishes.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { type Scope, SCOPES } from '../../core/calendly/model.ts'
import { keepPair } from './connect.ts'
import { EXCHANGE } from './consent.ts'
import { desiredFrom, oauthScopesFor } from '../../core/connection/desired.ts'
import { type ConnectResult, withWebhook } from './webhook.ts'
import type { AccountDeps, ConnectInput } from './input.ts'
import { findTarget } from './target.ts'
import type { OthersPolicy } from '../webhooks/others.ts'

/** `data` of `connect --start`. */
export interface StartedFlow {
  readonly flowId: string
  readonly authorizeUrl: string
  /** ISO 8601 UTC. */
  readonly expiresAt: string
}

/** Of one store, one at a time: each flow is finished once. */
const COMPLETING_LOCK = 'connect --complete'
const COMPLETING_WAIT_MS_MAX = 45_000
/** The code is of no use any more, or there never was one. */
const FINAL: ReadonlySet<string> = new Set(['INVALID_GRANT', 'AUTHORIZATION_DENIED'])

/** @throws SETTING_MISSING, ACCOUNT_AMBIGUOUS, UNKNOWN_EVENT … */
export async function startConnect(
  deps: AccountDeps,
  input: ConnectInput,
  options: { readonly redirectUri: URL; readonly timeoutMs: number },
): Promise<StartedFlow> {
  const target = await findTarget(deps, input)
  const oauth = await deps.oauth({ before: target.connection?.clientId ?? null })
  const scopes = oauthScopesFor(input.oauthScopes, desiredFrom(target.connection?.desired ?? null, input.wanted))
  const { state, codeVerifier } = oauth.newFlow()
  const redirectUri = options.redirectUri.href
  const authorizeUrl = await oauth.authorizeUrl({ redirectUri, state, codeVerifier, scopes })
  const flowId = deps.random.uuid()
  const expiresAtMs = deps.clock.nowMs() + options.timeoutMs
  const request = JSON.stringify({ ...input, name: target.newName, query: null, clientId: oauth.clientId })
  await deps.flows.add({ flowId, state, codeVerifier, redirectUri, scopes, request, expiresAtMs })
  return { flowId, authorizeUrl: authorizeUrl.href, expiresAt: new Date(expiresAtMs).toISOString() }
}

/**
 * Finishes a flow with the full URL that the browser was sent to.
 * @throws INVALID_URL, AUTHORIZATION_TIMEOUT for a state that nobody waits for (any more), else as `connect`
 */
export async function completeConnect(deps: AccountDeps, redirected: string): Promise<ConnectResult> {
  const text = redirected.trim()
  const url = URL.canParse(text) ? new URL(text) : null
  const state = url?.searchParams.get('state') ?? null
  if (url === null || state === null) {
    throw new CalreconnectError('INVALID_URL', 'This is not the full redirect URL: it has no state', {
      hint: 'Pass the whole address of the page that the browser was sent to',
    })
  }
  return deps.lock.hold(COMPLETING_LOCK, () => completeAlone(deps, url, state), {
    waitMsMax: COMPLETING_WAIT_MS_MAX,
    onWait: () => deps.progress.note('Waiting for another connect --complete to finish (45 seconds at most)'),
    signal: deps.interruption.signal,
  })
}

/** Nothing but an answer about the code itself costs the flow: a slip, a network that is down or a wrong secret can be mended. */
async function completeAlone(deps: AccountDeps, url: URL, state: string): Promise<ConnectResult> {
  const flow = await deps.flows.find(state)
  if (flow === null) throw nobodyWaits()
  await deps.connections.reserve()
  const oauth = await deps.oauth({ issuedTo: textOrNull(member(JSON.parse(flow.request), 'clientId')) })
  const { redirectUri, codeVerifier, scopes } = flow
  const input = parseInput(flow.request)
  const target = await findTarget(deps, input)
  const connection = await deps.interruption.finish({ ...EXCHANGE, mend: next('connect', '--start') }, async () => {
    const pair = await oauth.exchange(url, { redirectUri, state, codeVerifier, scopes }).catch(async (error: unknown) => {
      if (error instanceof CalreconnectError && FINAL.has(error.code)) await deps.flows.take(state)
      throw error
    })
    const kept = await keepPair(deps, target, { pair, clientId: oauth.clientId, askedScopes: scopes })
    await deps.flows.take(state)
    return kept
  })
  const desired = desiredFrom(target.connection?.desired ?? null, input.wanted)
  return withWebhook(deps, { connection, authorization: 'oauth', desired, ensure: input.webhook, others: input.others })
}

function nobodyWaits(): CalreconnectError {
  return new CalreconnectError(
    'AUTHORIZATION_TIMEOUT',
    'No authorization with this state is waiting: it is over, was completed, or is in another store',
    { hint: next('connect', '--start') },
  )
}

/** What `startConnect` wrote. Anything that does not fit is as if it had not been said. */
function parseInput(request: string): ConnectInput {
  const document: unknown = JSON.parse(request)
  const wanted = member(document, 'wanted')
  const scope = member(wanted, 'scope')
  const asked = member(document, 'oauthScopes')
  return {
    name: textOrNull(member(document, 'name')),
    query: null,
    wanted: {
      callbackUrl: textOrNull(member(wanted, 'callbackUrl')),
      callbackUrlIfNone: textOrNull(member(wanted, 'callbackUrlIfNone')),
      events: textsOrNull(member(wanted, 'events')),
      scope: SCOPES.find((candidate): candidate is Scope => candidate === scope) ?? null,
      group: textOrNull(member(wanted, 'group')),
      allowUnknownEvents: member(wanted, 'allowUnknownEvents') === true,
    },
    oauthScopes: asked === 'default' ? 'default' : textsOrNull(asked),
    force: true,
    replace: member(document, 'replace') === true,
    webhook: member(document, 'webhook') !== false,
    others: parseOthers(member(document, 'others')),
  }
}

function parseOthers(value: unknown): OthersPolicy {
  const others = (['leave', 'adopt'] as const).find((one) => one === member(value, 'others')) ?? 'replace'
  return { others, takeOver: member(value, 'takeOver') === true }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function textsOrNull(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
}
