// OAuth apps (clients) that are known here, and which of them is meant: one from the environment, and those that the store keeps.

import { advise, next, type NextCommand } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import type { Secret } from '../secrets/secret.ts'
import { checkName, fold } from './name.ts'

/** An OAuth app as it was made at Calendly. */
export interface OAuthApp {
  readonly clientId: string
  /** What people call it here; null: its client id. */
  readonly name: string | null
  /** A web app has a secret, a native one only PKCE. */
  readonly kind: 'web' | 'native'
  /** Null for a native app, and for a web app whose secret was forgotten. */
  readonly clientSecret: Secret | null
}

export interface KnownApps {
  /** CALENDLY_CLIENT_ID and CALENDLY_CLIENT_SECRET. */
  readonly environment: OAuthApp | null
  /** Oldest first. */
  readonly stored: readonly OAuthApp[]
}

/** Which app is wanted. Nothing said: the one for a new authorization. */
export interface AppWanted {
  /** By name or client id, as a person said it. */
  readonly named?: string | null
  /** The client that tokens were issued to: theirs, if it is known here. */
  readonly issuedTo?: string | null
  /** Of a new authorization: the client of the one that it replaces. */
  readonly before?: string | null
}

export interface ChosenApp {
  readonly app: OAuthApp
  readonly from: 'environment' | 'store'
}

/**
 * The environment wins, but for tokens of another app that is kept here (any other one would be refused) and for an app that was named.
 * @throws SETTING_MISSING when none is known, or several are and none is meant
 */
export function chooseApp({ environment, stored }: KnownApps, wanted: AppWanted): ChosenApp {
  const kept = (app: OAuthApp): ChosenApp => ({ app, from: 'store' })
  if (typeof wanted.named === 'string') return named({ environment, stored }, wanted.named)
  const own = stored.find(({ clientId }) => clientId === wanted.issuedTo)
  if (environment !== null) {
    return own !== undefined && environment.clientId !== own.clientId ? kept(own) : { app: environment, from: 'environment' }
  }
  if (own !== undefined) return kept(own)
  const before = stored.find(({ clientId }) => clientId === wanted.before)
  if (before !== undefined) return kept(before)
  const [only, another] = stored
  if (only !== undefined && another === undefined) return kept(only)
  throw typeof wanted.issuedTo === 'string' ? unknownApp(wanted.issuedTo) : only === undefined ? noApp() : severalApps(stored)
}

/** The stored app that `query` names: by name or client id, or an unambiguous prefix. @throws SETTING_MISSING */
export function findApp(stored: readonly OAuthApp[], query: string): OAuthApp {
  const folded = fold(query.trim())
  const exact = stored.filter((app) => labelsOf(app).some((label) => fold(label) === folded))
  const begun = stored.filter((app) => labelsOf(app).some((label) => fold(label).startsWith(folded)))
  const [found, another] = exact.length > 0 ? exact : begun
  if (found === undefined || folded === '') {
    throw new CalreconnectError('SETTING_MISSING', `No OAuth app that is kept here is called ${query}`, { hint: next('app', 'show') })
  }
  if (another !== undefined) {
    throw new CalreconnectError('SETTING_MISSING', `${query} fits several OAuth apps`, { hint: next('app', 'show') })
  }
  return found
}

const CLIENT_ID_LENGTH_MAX = 200
/** Of one that begins with `-`, as one random id of 64 does: what is shorter is an option that was mistyped. */
const DASHED_LENGTH_MIN = 20

/** @throws USAGE for an id or a name that cannot be one, or a name that another app has */
export function checkApp({ clientId, name }: OAuthApp, stored: readonly OAuthApp[]): void {
  const isMistyped = clientId.startsWith('-') && clientId.length < DASHED_LENGTH_MIN
  if (clientId.length > CLIENT_ID_LENGTH_MAX || !/^[\w.~-]+$/.test(clientId) || isMistyped) {
    const shown = JSON.stringify(clientId.slice(0, CLIENT_ID_LENGTH_MAX))
    throw new CalreconnectError('USAGE', `${shown} is no client id: it has letters, digits, - and _ only`, {
      hint: 'Copy it from https://developer.calendly.com, My apps',
    })
  }
  if (name === null) return
  checkName(name)
  const other = stored.find((app) => app.clientId !== clientId && labelsOf(app).some((label) => fold(label) === fold(name)))
  if (other !== undefined) {
    throw new CalreconnectError('USAGE', `The OAuth app ${other.clientId} is called ${name} already`, { hint: 'Choose another --name' })
  }
}

/** For people. */
export function labelOf({ name, clientId }: OAuthApp): string {
  return name ?? clientId
}

/** The command that keeps an app here. */
export function setCommand(clientId: string): NextCommand {
  return clientId.startsWith('-') ? next('app', 'set', `--client-id=${clientId}`) : next('app', 'set', clientId)
}

function named({ environment, stored }: KnownApps, query: string): ChosenApp {
  if (environment?.clientId === query) return { app: environment, from: 'environment' }
  return { app: findApp(stored, query), from: 'store' }
}

function labelsOf({ name, clientId }: OAuthApp): readonly string[] {
  return name === null ? [clientId] : [name, clientId]
}

function unknownApp(clientId: string): CalreconnectError {
  return new CalreconnectError('SETTING_MISSING', `The OAuth app ${clientId}, which the tokens were issued to, is not known here`, {
    hint: advise`${setCommand(clientId)} keeps it here. Or set CALENDLY_CLIENT_ID and CALENDLY_CLIENT_SECRET`,
  })
}

function noApp(): CalreconnectError {
  return new CalreconnectError('SETTING_MISSING', 'CALENDLY_CLIENT_ID is not set, and no OAuth app is kept here to connect with', {
    hint: advise`${next('app', 'set', 'CLIENT_ID')} keeps one; ${next('connect')} says how to make it. Or use ${next('connect', '--token-stdin')}`,
  })
}

function severalApps(stored: readonly OAuthApp[]): CalreconnectError {
  return new CalreconnectError('SETTING_MISSING', `${stored.length} OAuth apps are kept here, and none was named`, {
    hint: next('connect', '--app', stored[0] === undefined ? 'NAME' : labelOf(stored[0])),
  })
}
