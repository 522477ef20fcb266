// A stored connection's access token, refreshed when needed. Calendly's refresh tokens work once: one race or one lost
// answer is a full re-login for somebody. So: one process at a time, looking again under the lock, an in-flight row on
// disk before the request leaves, compare-and-swap when the answer is stored, and credentials are never deleted.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccessTokens } from '../../core/ports/calendly.ts'
import type { Clock, Interruption, Progress, Stake } from '../../core/ports/desk.ts'
import type { OpenOAuth } from '../../core/ports/oauth.ts'
import type { Connection, TokenPair } from '../../core/connection/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { ConnectionStore, ProcessLock, RateBudget, RefreshJournal } from '../../core/ports/store.ts'
import { needsRefresh, oddPairNote } from '../../core/connection/token.ts'
import { connectCommand, connectNeeded, needsConnect, unreadableTokens } from '../../core/connection/usable.ts'
import { refreshFailed } from './failure.ts'

export interface AccessTokenDeps {
  readonly connections: ConnectionStore
  readonly refreshes: RefreshJournal
  readonly lock: ProcessLock
  readonly oauth: OpenOAuth
  readonly clock: Clock
  readonly budget: RateBudget
  readonly progress: Progress
  /** Looked at before a refresh leaves; once it left, its answer is waited for and kept. */
  readonly interruption: Interruption
  /** The longest wait for Calendly's token budget. Default 60 s. */
  readonly maxWaitMs?: number
}

/** Nobody waits longer than this for another process's refresh. */
const LOCK_WAIT_MS_MAX = 45_000
/** Calendly: 8 OAuth tokens per user and minute. @see https://developer.calendly.com/api-docs rate limits, seen 2026-11-22 */
const TOKENS_PER_WINDOW = 8
const TOKEN_WINDOW_MS = 60_000
const MAX_WAIT_MS = 60_000
const WAIT_MS_MIN = 50
/** What a token that was just renewed must still be good for. */
const SHORT_VALIDITY_MS = 30_000
const STORE_ATTEMPTS = 3

/** What excludes everybody else from a connection's token pair. */
export function tokenLockName(name: string): string {
  return `tokens ${name}`
}

/** Excludes everybody else from the token pair of `name` while `work` runs. @throws STORE_LOCKED after 45 s */
export function holdTokens<T>(
  deps: Pick<AccessTokenDeps, 'lock' | 'progress' | 'interruption'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  return deps.lock.hold(tokenLockName(name), work, {
    waitMsMax: LOCK_WAIT_MS_MAX,
    onWait: () => deps.progress.note(`Waiting for another process that is renewing the tokens of ${name} (45 seconds at most)`),
    signal: deps.interruption.signal,
  })
}

/**
 * Access to the tokens of the connection `name`. `get` gives one that stays valid for `minValidityMs` yet.
 * @throws ACCOUNT_UNKNOWN, NEEDS_CONNECT, INVALID_CLIENT, RATE_LIMITED, STORE_LOCKED, NETWORK …
 */
export function accessTokens(deps: AccessTokenDeps, name: string, options: { readonly minValidityMs: number }): AccessTokens {
  let last: Connection | null = null
  // A server whose tokens live shorter than `minValidityMs` must not be asked for one before every request.
  let lastServesMs = options.minValidityMs
  const isFresh = (connection: Connection): boolean => !needsRefresh(connection, deps.clock.nowMs(), options.minValidityMs)
  const tokenOf = (connection: Connection): Secret => {
    last = connection
    return presentToken(connection)
  }
  return {
    async get() {
      if (last !== null && !needsRefresh(last, deps.clock.nowMs(), lastServesMs)) return presentToken(last)
      const stored = await readUsable(deps, name)
      if (isFresh(stored)) return tokenOf(stored)
      const fresh = await renewed(deps, name, isFresh)
      lastServesMs = Math.min(options.minValidityMs, SHORT_VALIDITY_MS)
      return tokenOf(fresh)
    },
    async renew(rejected) {
      const isOther = (connection: Connection): boolean => connection.accessToken?.reveal() !== rejected.reveal()
      const stored = await readUsable(deps, name)
      if (isOther(stored)) return tokenOf(stored)
      if (stored.auth === 'personal_access_token') return null
      return tokenOf(await renewed(deps, name, isOther))
    },
  }
}

function presentToken(connection: Connection): Secret {
  if (connection.accessToken === null) throw connectNeeded(connection)
  return connection.accessToken
}

/** The stored connection, if its tokens may be used. A changed client is looked at again: the environment may be mended. */
async function readUsable(deps: AccessTokenDeps, name: string): Promise<Connection> {
  const stored = await deps.connections.get(name)
  if (stored === null) throw new CalreconnectError('ACCOUNT_UNKNOWN', `No connection is called ${name}`)
  const unreadable = unreadableTokens(stored)
  if (unreadable !== null) throw unreadable
  if (stored.needsConnect === 'client_changed' && stored.clientId === (await deps.oauth({ issuedTo: stored.clientId })).clientId) {
    return deps.connections.update(name, { needsConnect: null })
  }
  if (needsConnect(stored)) throw connectNeeded(stored)
  return stored
}

/** Waits for the token budget outside the lock, so that nobody waits for us meanwhile. */
async function renewed(deps: AccessTokenDeps, name: string, isGood: (connection: Connection) => boolean): Promise<Connection> {
  const maxWaitMs = deps.maxWaitMs ?? MAX_WAIT_MS
  for (let waitedMs = 0; ;) {
    const result = await holdTokens(deps, name, () => refreshAlone(deps, name, isGood))
    if (typeof result !== 'number') return result
    const waitMs = Math.max(result, WAIT_MS_MIN)
    const seconds = Math.ceil(waitMs / 1000)
    if (waitedMs + waitMs > maxWaitMs) {
      throw new CalreconnectError('RATE_LIMITED', `Calendly gives ${TOKENS_PER_WINDOW} tokens per user and minute, and they are used up`, {
        hint: `Run again in ${seconds} s, or pass --max-wait ${Math.ceil((waitedMs + waitMs) / 1000)}`,
      })
    }
    deps.progress.note(`Waiting ${seconds} s: Calendly gives ${TOKENS_PER_WINDOW} tokens per user and minute`)
    await deps.clock.sleep(waitMs, deps.interruption.signal)
    waitedMs += waitMs
  }
}

/** Under the lock: somebody else's new pair, or our own, or the milliseconds to wait for the budget. */
async function refreshAlone(
  deps: AccessTokenDeps,
  name: string,
  isGood: (connection: Connection) => boolean,
): Promise<Connection | number> {
  const connection = await readUsable(deps, name)
  if (isGood(connection)) return connection
  const oauth = await deps.oauth({ issuedTo: connection.clientId })
  const { refreshToken, tokenGeneration: generation } = connection
  if (connection.clientId !== null && connection.clientId !== oauth.clientId) {
    await deps.connections.markNeedsConnect(name, 'client_changed', generation, null)
    throw connectNeeded({ ...connection, needsConnect: 'client_changed' })
  }
  if (refreshToken === null) {
    await deps.connections.markNeedsConnect(name, 'revoked', generation, null)
    throw connectNeeded({ ...connection, needsConnect: 'revoked' })
  }
  const waitMs = await deps.budget.take(`tokens ${oauth.clientId} ${connection.userUri ?? name}`, TOKENS_PER_WINDOW, TOKEN_WINDOW_MS)
  if (waitMs > 0) return waitMs
  if (deps.interruption.signal?.aborted === true) throw new CalreconnectError('INTERRUPTED', 'Interrupted before the tokens were renewed')
  return deps.interruption.finish(stakeOf(connection), () => refreshWith(deps, connection, refreshToken))
}

function stakeOf({ name }: Connection): Stake {
  return {
    awaited: `Calendly's answer with the new tokens of ${name}`,
    cost: `${name} may have to be connected again`,
    mend: connectCommand(name),
  }
}

/** From the in-flight row on disk to the new pair on disk. */
async function refreshWith(deps: AccessTokenDeps, connection: Connection, refreshToken: Secret): Promise<Connection> {
  const { name, tokenGeneration: generation } = connection
  const earlierInFlight = (await deps.refreshes.open(name, generation)) > 0
  const refreshId = await deps.refreshes.begin(name, generation)
  let pair: TokenPair
  try {
    pair = await (await deps.oauth({ issuedTo: connection.clientId })).refresh(refreshToken)
  } catch (error) {
    return refreshFailed(deps, { connection, refreshId, earlierInFlight, error })
  }
  return storePair(deps, connection, pair, refreshId)
}

/**
 * The old pair is spent now, so a busy disk is tried again. If the new pair cannot be kept, the in-flight row stays:
 * the next run then knows why the old one is refused.
 */
async function storePair(deps: AccessTokenDeps, connection: Connection, pair: TokenPair, refreshId: string): Promise<Connection> {
  const { name, tokenGeneration } = connection
  for (let attempt = 1; ; attempt += 1) {
    try {
      const saved = await deps.connections.saveRefreshed(name, pair, tokenGeneration, refreshId)
      // Not saved: somebody stored a newer pair meanwhile (a new authorization). Theirs counts.
      if (!saved) await deps.refreshes.settle(refreshId, 'superseded')
      break
    } catch (error) {
      if (attempt === STORE_ATTEMPTS) throw error
      await deps.clock.sleep(attempt * 100)
    }
  }
  if (pair.refreshToken === null) deps.progress.note(`Calendly gave no new refresh token for ${name}: the rotation is not confirmed`)
  const odd = oddPairNote(pair)
  if (odd !== null) deps.progress.note(odd)
  return readUsable(deps, name)
}
