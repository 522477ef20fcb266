// What of a connection's webhooks can be seen at Calendly. Never stops: what cannot be looked at is told, with the reason, and
// whether the connection's tokens could ever reach it.

import { CalreconnectError, type ErrorReport, reportError } from '../../core/errors/errors.ts'
import { connectNeeded, needsConnect, unreadableTokens } from '../../core/connection/usable.ts'
import type { Connection } from '../../core/connection/model.ts'
import { type Bar, barOf, type Change, type Whereabouts } from '../../core/connection/whereabouts.ts'
import type { Subscription, Definition } from '../../core/calendly/model.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import type { AccountDeps } from '../connect/input.ts'
import { accessTokens } from '../tokens/access-token.ts'
import { sessionOf } from '../connect/webhook.ts'
import { contradicts, doubt } from '../accounts/doubt.ts'
import { endsTheRun } from '../execute/errors.ts'
import { observe } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

/** A webhook that cannot be looked at, or not be deleted. */
export interface OutOfReach extends Pick<Definition, 'callbackUrl' | 'scope' | 'organization'> {
  readonly uri: string
  /** Why this user's tokens are of no use for it. Null: they may be, another time. */
  readonly bar: Bar | null
  readonly error: ErrorReport
}

export interface Looked {
  /** Null: its tokens cannot be used at all. */
  readonly session: Session | null
  readonly connection: Connection
  readonly observed: readonly Subscription[]
  readonly known: readonly KnownSubscription[]
  readonly out: readonly OutOfReach[]
  /** Where the user is, if that was asked. */
  readonly now: Whereabouts | null
  readonly change: Change | null
  /** Why the lists could not be read: what a create without an answer came to is then not known. */
  readonly unlisted: CalreconnectError | null
}

interface Eyes {
  session: Session
  now: Whereabouts | null
  change: Change | null
}

/**
 * @param mine which of what is known is to be found
 * @param keyless whether the store's key may be missing: tokens that cannot be read are then like tokens that do not work
 * @throws INTERRUPTED, STORE_LOCKED …, ACCOUNT_DIFFERS
 */
export async function look(
  deps: AccountDeps,
  connection: Connection,
  { mine, keyless }: { readonly mine: (one: KnownSubscription) => boolean; readonly keyless: boolean },
): Promise<Looked> {
  const known = (await deps.subscriptions.known(null)).filter(mine)
  const opened = await openEyes(deps, connection, keyless)
  if (opened instanceof CalreconnectError) {
    const out = known.map((one) => outOfReach(one, null, opened))
    return { session: null, connection, observed: [], known, out, now: null, change: null, unlisted: opened }
  }
  const eyes: Eyes = { session: opened, now: null, change: null }
  const first = await listed(deps, eyes.session)
  // Only what was learned makes another look worth while.
  const again = contradicts(first.error) && (await learn(deps, eyes)) ? await listed(deps, eyes.session) : first
  const seen = { ...again, known: (again.known ?? known).filter(mine) }
  const { found, out } = await lookUp(deps, eyes, seen)
  const { session, now, change } = eyes
  return {
    session,
    connection: session.connection ?? connection,
    observed: [...seen.observed, ...found],
    known: seen.known,
    out,
    now,
    change,
    unlisted: seen.error,
  }
}

/** Asks once where the user is. True when that is something else than was thought. */
export async function learn(deps: AccountDeps, eyes: Eyes): Promise<boolean> {
  const { connection } = eyes.session
  if (eyes.now !== null || connection === null) return false
  try {
    const doubted = await doubt(deps, connection, eyes.session.api)
    const { organizationUri, role } = doubted.now
    Object.assign(eyes, doubted, { session: { ...eyes.session, organizationUri, role: role ?? 'user', connection: doubted.connection } })
    return doubted.change !== null
  } catch (error) {
    passing(error)
    return false
  }
}

async function openEyes(deps: AccountDeps, connection: Connection, keyless: boolean): Promise<Session | CalreconnectError> {
  if (needsConnect(connection)) return connectNeeded(connection)
  const unreadable = unreadableTokens(connection)
  if (unreadable instanceof CalreconnectError) return unreadable
  try {
    const session = await sessionOf(deps, connection)
    // Whether its tokens can be read shows before anything else is asked with them.
    if (keyless) await accessTokens(deps, connection.name, { minValidityMs: 0 }).get()
    return session
  } catch (error) {
    if (keyless && isKeyless(error)) return error
    return passing(error)
  }
}

async function listed(deps: AccountDeps, session: Session) {
  try {
    // Looking settles creates whose answer was lost, so what is known may have grown.
    return { ...(await observe(deps, session)), error: null }
  } catch (error) {
    return { observed: [], known: null, error: passing(error) }
  }
}

/** What no list showed (another organization, a group, a list that failed), one by one; what is gone is forgotten. */
async function lookUp(
  deps: AccountDeps,
  eyes: Eyes,
  seen: { readonly observed: readonly Subscription[]; readonly known: readonly KnownSubscription[] },
): Promise<{ readonly found: readonly Subscription[]; readonly out: readonly OutOfReach[] }> {
  const there = new Set(seen.observed.map(({ uri }) => uri))
  const found: Subscription[] = []
  const out: OutOfReach[] = []
  let hopeless: CalreconnectError | null = null
  for (const one of seen.known.filter(({ uri }) => !there.has(uri))) {
    try {
      if (hopeless !== null) throw hopeless
      found.push(await eyes.session.api.subscription(one.uri))
    } catch (thrown) {
      const error = passing(thrown)
      const isElsewhere = one.organization !== eyes.session.organizationUri
      if (error.code === 'CALENDLY_NOT_FOUND' && !isElsewhere) {
        await deps.subscriptions.forget(one.uri)
        continue
      }
      if (contradicts(error)) await learn(deps, eyes)
      if (endsTheRun(error)) hopeless = error
      out.push(outOfReach(one, eyes.now, error))
    }
  }
  return { found, out }
}

export function outOfReach(
  one: Pick<OutOfReach, 'uri' | 'callbackUrl' | 'scope' | 'organization'>,
  now: Whereabouts | null,
  error: CalreconnectError | ErrorReport,
): OutOfReach {
  const { uri, callbackUrl, scope, organization } = one
  const report = error instanceof CalreconnectError ? reportError(error) : error
  const bar = now !== null && report.exit === 'refused' ? barOf(one, now) : null
  return { uri, callbackUrl, scope, organization, bar, error: report }
}

/** A failure of looking. @throws what is none: an interruption, the store, a bug, tokens of somebody else */
function passing(error: unknown): CalreconnectError {
  if (!(error instanceof CalreconnectError)) throw error
  const { code, exit } = error
  if (code === 'INTERRUPTED' || exit === 'store' || exit === 'bug' || exit === 'usage') throw error
  return error
}

/** The store's secrets cannot be read. */
export function isKeyless(error: unknown): error is CalreconnectError {
  return error instanceof CalreconnectError && (error.code === 'STORE_KEY_MISSING' || error.code === 'STORE_KEY_WRONG')
}
