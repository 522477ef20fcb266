// Every way in which this tool fails, each declared once: its code, its exit, its usual next step.

import { advise, again, type Hint, next } from './advice.ts'
import type { ExitName } from './exit-codes.ts'

interface Declaration {
  readonly exit: ExitName
  /** The command or setting to try next, unless the thrower knows a better one. */
  readonly hint?: Hint
}

/** code -> exit name and usual hint. Codes are part of the `--json` contract. */
export const ERRORS = {
  /** An unexpected error in this tool. */
  BUG: { exit: 'bug', hint: advise`Run ${again({ add: ['--debug'] })} and report what it prints` },

  // usage
  /** A bad flag, argument or value. */
  USAGE: { exit: 'usage', hint: next('--help') },
  /** Input is needed and nobody can be asked. */
  INPUT_REQUIRED: { exit: 'usage' },
  /** A required setting (client id, callback URL …) is not there. */
  SETTING_MISSING: { exit: 'usage' },
  /** Not an absolute URL, or of a scheme that cannot be used here. */
  INVALID_URL: { exit: 'usage' },
  /** A callback URL that is not https, without --allow-http. */
  INSECURE_URL: { exit: 'usage', hint: 'Use an https:// URL, or pass --allow-http' },
  /** A callback URL at a tunnel, on this machine or in a private network, without --allow-ephemeral-host. */
  EPHEMERAL_HOST: { exit: 'usage', hint: advise`For a trial: ${again({ add: ['--allow-ephemeral-host'] })}` },
  /** An event name that Calendly does not have. */
  UNKNOWN_EVENT: { exit: 'usage' },
  /** An event that cannot be had in the scope asked for. */
  EVENT_SCOPE_MISMATCH: { exit: 'usage' },
  /** The loopback port is in use or reserved. */
  PORT_TAKEN: { exit: 'usage' },
  /** The connection belongs to another Calendly user. */
  ACCOUNT_DIFFERS: { exit: 'usage', hint: 'Pass --replace to put this user in its place, or --name to add another connection' },
  /** A name or prefix fits several connections, or none was named and several exist. */
  ACCOUNT_AMBIGUOUS: { exit: 'usage', hint: next('accounts', 'list') },
  /** A connection of that name exists already. */
  ACCOUNT_EXISTS: { exit: 'usage', hint: next('accounts', 'list') },
  /** More deletions than --max-deletes allows. */
  TOO_MANY_DELETES: { exit: 'usage' },
  /** A file that was named cannot be read, or is not what it should be. */
  FILE_UNREADABLE: { exit: 'usage' },
  /** A file that was named cannot be written. */
  FILE_UNWRITABLE: { exit: 'usage' },

  // findings
  /** `audit` found something at or above --fail-on. */
  FINDINGS: { exit: 'findings' },
  /** At least one delivery is not authentic. */
  SIGNATURE_INVALID: { exit: 'findings' },
  /** No signing key is known for at least one delivery: nobody can tell. */
  SIGNATURE_UNKNOWN: { exit: 'findings', hint: 'Pass --signing-key-file or --signing-key-stdin, or set CALENDLY_WEBHOOK_SIGNING_KEY' },
  /** A receiver did not take a delivery: an answer that is no 2xx. */
  DELIVERY_REFUSED: { exit: 'findings' },
  /** `plan --detailed-exitcode` has changes. */
  CHANGES_PENDING: { exit: 'findings' },

  // auth
  /** No connection of that name is stored. */
  ACCOUNT_UNKNOWN: { exit: 'auth', hint: next('accounts', 'list') },
  /** No connection is stored at all. */
  NOT_CONNECTED: { exit: 'auth', hint: next('connect') },
  /** The connection is stored and needs a new authorization. */
  NEEDS_CONNECT: { exit: 'auth', hint: next('connect') },
  /** The person, or Calendly, denied the authorization. */
  AUTHORIZATION_DENIED: { exit: 'auth', hint: again() },
  /** Nobody came back from the browser in time. */
  AUTHORIZATION_TIMEOUT: { exit: 'auth', hint: again() },
  /** `invalid_grant` for an authorization code: expired, used, or not for this redirect URI. */
  INVALID_GRANT: { exit: 'auth', hint: again() },
  /** The client id or secret is wrong. Stored tokens are left as they are. */
  INVALID_CLIENT: { exit: 'auth', hint: 'Check CALENDLY_CLIENT_ID and CALENDLY_CLIENT_SECRET' },
  /** An OAuth scope that the app may not ask for. */
  INVALID_SCOPE: { exit: 'auth', hint: again({ add: ['--oauth-scope', 'default'] }) },
  /** The authorization server refused for another OAuth error code. */
  OAUTH_REFUSED: { exit: 'auth' },
  /** 401 from the API although the token was renewed, or for a personal access token. */
  CALENDLY_UNAUTHENTICATED: { exit: 'auth', hint: next('connect') },
  /** 403 with `required_scopes`. */
  CALENDLY_INSUFFICIENT_SCOPE: { exit: 'auth' },

  // refused
  CALENDLY_BAD_REQUEST: { exit: 'refused', hint: advise`To see what was asked: ${again({ add: ['--debug'] })}` },
  CALENDLY_FORBIDDEN: { exit: 'refused', hint: next('status', '--remote') },
  CALENDLY_NOT_FOUND: { exit: 'refused', hint: next('webhooks', 'list') },
  CALENDLY_CONFLICT: { exit: 'refused', hint: next('webhooks', 'list') },
  /** Any other 4xx. */
  CALENDLY_REFUSED: { exit: 'refused', hint: advise`To see what was asked: ${again({ add: ['--debug'] })}` },
  /** The caller's role does not allow organization scope; found out before the request. */
  ROLE_INSUFFICIENT: { exit: 'refused' },
  /** The connection's user is no member of its organization any more. */
  MEMBERSHIP_ENDED: { exit: 'refused' },
  /** A subscription made here is replaced by somebody else's again and again. */
  CONTESTED: { exit: 'refused' },
  /** A saved plan says what no planner could have written, or was changed since: nothing of it is done. */
  PLAN_TAMPERED: { exit: 'refused' },
  /** A saved plan no longer fits what is at Calendly. */
  PLAN_STALE: { exit: 'refused' },

  // unreachable
  /** DNS, refused, reset … */
  NETWORK: { exit: 'unreachable', hint: advise`Check the network, and HTTPS_PROXY behind a proxy; then ${again()}` },
  TLS: { exit: 'unreachable', hint: 'Behind a TLS-inspecting proxy set NODE_EXTRA_CA_CERTS to its certificate' },
  TIMEOUT: { exit: 'unreachable', hint: advise`In a minute: ${again()} (what was done already is not done twice)` },
  CALENDLY_SERVER_ERROR: { exit: 'unreachable', hint: advise`In a minute: ${again()} (what was done already is not done twice)` },
  /** Not Calendly's: HTML, a captive portal, a schema that does not fit, a redirect. */
  UNEXPECTED_ANSWER: { exit: 'unreachable', hint: advise`To see the answer: ${again({ add: ['--debug'] })}` },

  // rate_limited
  RATE_LIMITED: { exit: 'rate_limited' },

  // partial
  PARTIAL: { exit: 'partial' },

  // store
  STORE_LOCKED: { exit: 'store' },
  STORE_FULL: { exit: 'store' },
  STORE_READ_ONLY: { exit: 'store' },
  STORE_DAMAGED: { exit: 'store' },
  /** The store, its key or their folder is somebody else's, or others may write it. */
  STORE_UNSAFE: { exit: 'store' },
  STORE_NEWER: { exit: 'store' },
  /** Its connections are in another store now. */
  STORE_MOVED: { exit: 'store' },
  /** Others may read it. */
  STORE_EXPOSED: { exit: 'store' },
  STORE_KEY_MISSING: { exit: 'store' },
  STORE_KEY_WRONG: { exit: 'store' },
  STORE_FAILED: { exit: 'store' },
  /** The store's native module cannot be loaded: a fault of the installation. */
  NATIVE_MODULE: { exit: 'store' },
  /** Where the command was told to look there is none, and it makes none. */
  STORE_MISSING: { exit: 'store', hint: next('store', 'info') },

  // interrupted
  INTERRUPTED: { exit: 'interrupted' },
} as const satisfies Record<string, Declaration>

export type ErrorCode = keyof typeof ERRORS

/** One item of Calendly's `details`. */
export interface ErrorDetail {
  readonly parameter?: string
  readonly message: string
  readonly code?: string
}

/** What the other side answered, whole (SAFETY: redacted before it is shown). */
export interface RemoteAnswer {
  readonly status?: number
  readonly title?: string
  readonly details?: readonly ErrorDetail[]
  readonly requiredScopes?: readonly string[]
  readonly requestId?: string
  readonly rawBody?: string
  /** After a 429: when to try again. */
  readonly retryAfterSeconds?: number
  /** Only of failures without an answer. False: the request surely never left, so nothing was done and no token spent. */
  readonly requestSent?: boolean
}

export interface ErrorContext extends RemoteAnswer {
  readonly hint?: Hint
  readonly cause?: unknown
}

/**
 * The one error class. `message` says what happened and to what, in sentence case without a full stop;
 * `hint` is one command or setting to try next.
 */
export class CalreconnectError extends Error {
  readonly code: ErrorCode
  /** What to do next, whose commands know how this run was invoked only where it is shown. */
  readonly advice: Hint | null
  readonly answer: RemoteAnswer

  constructor(code: ErrorCode, message: string, options: ErrorContext = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CalreconnectError'
    this.code = code
    const { hint, cause: _cause, ...answer } = options
    const usual: Declaration = ERRORS[code]
    this.advice = hint ?? usual.hint ?? null
    this.answer = answer
  }

  /** `advice` as text. */
  get hint(): string | null {
    return this.advice === null ? null : String(this.advice)
  }

  get exit(): ExitName {
    return ERRORS[this.code].exit
  }
}

/** An error as a plan's failed step and the `--json` envelope carry it. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly exit: ExitName
  readonly message: string
  readonly hint: Hint | null
  readonly status?: number
  readonly title?: string
  readonly details?: readonly ErrorDetail[]
  readonly requiredScopes?: readonly string[]
  readonly requestId?: string
  readonly retryAfterSeconds?: number
}

/** The error without its raw body and cause. Anything that is not ours is reported as a bug. */
export function reportError(thrown: unknown): ErrorReport {
  const error =
    thrown instanceof CalreconnectError
      ? thrown
      : new CalreconnectError('BUG', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
  const { rawBody: _rawBody, requestSent: _requestSent, ...answer } = error.answer
  return { code: error.code, exit: error.exit, message: error.message, hint: error.advice, ...answer }
}
