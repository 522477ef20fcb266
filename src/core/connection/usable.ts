// Why a stored connection cannot be used as it is, and the one thing to do about it.

import { advise, type Hint, next, type NextCommand } from '../errors/advice.ts'
import { CalreconnectError } from '../errors/errors.ts'
import type { Connection } from './model.ts'

/**
 * Where tokens are kept until it is known whose they are: no name that a person can give. A crash leaves it behind;
 * the next `connect` finishes it.
 */
export const UNFINISHED = '~unfinished'

/** The error for a connection whose tokens cannot be used any more. */
export function connectNeeded(connection: Connection, cause?: unknown): CalreconnectError {
  return new CalreconnectError('NEEDS_CONNECT', reasonText(connection), {
    hint: hintFor(connection),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whether a new authorization is needed before its tokens can be used. */
export function needsConnect(connection: Connection): boolean {
  return connection.needsConnect !== null || !connection.isActive || connection.accessToken === null
}

/** The error for a newcomer who is not the stored connection's user. */
export function differentUser(stored: Connection | null, newcomer: string | null): CalreconnectError {
  const owner = stored?.email ?? stored?.userUri ?? 'another user'
  return new CalreconnectError(
    'ACCOUNT_DIFFERS',
    `The connection ${stored?.name ?? ''} belongs to ${owner}, and ${newcomer ?? 'somebody else'} signed in`,
  )
}

/** Why its tokens cannot be read here, although it has some; null when they can, or when there are none. */
export function unreadableTokens({ accessToken, refreshToken }: Connection): Error | null {
  return accessToken?.problem ?? refreshToken?.problem ?? null
}

/** The command that mends a connection. */
export function connectCommand(name: string): NextCommand {
  return name === UNFINISHED ? next('connect') : next('connect', '--name', name)
}

function reasonText({ name, needsConnect, clientId }: Connection): string {
  switch (needsConnect) {
    case 'lost_response':
      return `The answer to an earlier token refresh of ${name} was lost, and Calendly accepts a refresh token only once`
    case 'client_changed':
      return `The tokens of ${name} were issued to another OAuth app (${clientId ?? 'unknown'}) than CALENDLY_CLIENT_ID names`
    case 'revoked':
      return `Calendly refused the refresh token of ${name}: the authorization was revoked`
    case null:
      return `The connection ${name} is disconnected: it has no tokens`
  }
}

function hintFor(connection: Connection): Hint {
  const connect = connectCommand(connection.name)
  return connection.needsConnect === 'client_changed' && connection.clientId !== null
    ? advise`Set CALENDLY_CLIENT_ID=${connection.clientId} again, or run ${connect}`
    : connect
}
