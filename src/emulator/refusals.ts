// Every refusal that Calendly is known to give, body for body, and the one way to give one: throw it. Knows nothing of why.

/** An answer of the API or of OAuth: a JSON body, a page, or nothing. Headers here come on top of the usual ones. */
export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly html?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The emulator's own (control API, page): sent without the headers that Calendly puts on everything, `access-control-*` among them. */
  readonly own?: true
}

/** Thrown by a route to refuse the request with an answer. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`Refused with ${answer.status}`)
    this.name = 'Refusal'
    this.answer = answer
  }
}

/** One item of `details`. */
export interface Detail {
  readonly parameter: string
  readonly message: string
}

/** 400 of the API; with no details the list is left out, as Calendly does. */
export function invalidArgument(...details: readonly Detail[]): Refusal {
  const body = { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' }
  return new Refusal({ status: 400, json: details.length === 0 ? body : { ...body, details } })
}

/** 401: no token, an unknown, an expired and a revoked one all read the same. */
export function unauthenticated(): Refusal {
  return new Refusal({ status: 401, json: { title: 'Unauthenticated', message: 'The access token is invalid' } })
}

/** The three texts of a 403 by role, by whom they are for. */
export const PERMISSION = {
  notAdmin: 'You do not have permission to access this resource.',
  notInOrganization: 'You do not have permission',
  otherUser: 'Unauthorized',
} as const

/** 403 for the caller's role, membership or plan. */
export function permissionDenied(message: string): Refusal {
  return new Refusal({ status: 403, json: { title: 'Permission Denied', message } })
}

/** 403 for what the token was granted. */
export function insufficientScope(required: readonly string[]): Refusal {
  const message = "This operation requires the scopes listed in the 'required_scopes' array."
  return new Refusal({ status: 403, json: { title: 'Insufficient scope', message, required_scopes: required } })
}

/** 404 for a resource that does not exist. */
export function notFound(): Refusal {
  const json = { title: 'Resource Not Found', message: 'The server could not find the requested resource.' }
  return new Refusal({ status: 404, json, headers: { 'cache-control': 'no-cache' } })
}

/**
 * 501: what Calendly may have and the emulator has not. Never a 404, which a client would take for the word of Calendly that a
 * resource is gone.
 */
export function notEmulated(method: string, path: string): Refusal {
  const message = `The emulator has no ${method} ${path}. This answer is its own, not Calendly's.`
  return new Refusal({ status: 501, json: { title: 'Not Emulated', message } })
}

/** 409 on a create. */
export function alreadyExists(): Refusal {
  return new Refusal({ status: 409, json: { title: 'Already Exists', message: 'Hook with this url already exists' } })
}

/** 429. Calendly publishes the headers but no body: this one is invented after the others' form. */
export function tooManyRequests(limit: number, headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal({
    status: 429,
    json: { title: 'Too Many Requests', message: 'Rate limit exceeded. Please try again later.' },
    headers: { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60', ...headers },
  })
}

/** 500. */
export function internalServerError(): Refusal {
  const message = 'The server encountered an unexpected condition that prevented it from fulfilling the request.'
  return new Refusal({ status: 500, json: { title: 'Internal Server Error', message } })
}

/** A refusal of the edge in front of Calendly: HTML, not JSON. */
export function edgeRefusal(status: number, reason: string): Refusal {
  return new Refusal({ status, html: edgePage(status, reason) })
}

/** The edge's error page. */
export function edgePage(status: number, reason: string): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head><title>${status} ${reason}</title></head>\n<body><h1>${status} ${reason}</h1><p>cloudflare</p></body>\n</html>\n`
}

const OAUTH_TEXTS = {
  invalid_grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  invalid_scope: 'The requested scope is invalid, unknown, or malformed.',
  invalid_client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  invalid_request: 'The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.',
  access_denied: 'The resource owner or authorization server denied the request.',
  unsupported_grant_type: 'The authorization grant type is not supported by the authorization server.',
  unsupported_response_type: 'The authorization server does not support this response type.',
  unauthorized_client: 'You are not authorized to revoke this token',
  invalid_redirect_uri: 'The requested redirect uri is malformed or doesn\u2019t match client redirect URI.',
} as const

export type OAuthError = keyof typeof OAUTH_TEXTS

/** An OAuth error as body or redirect parameters. The texts are those of Doorkeeper, word for word where recorded. */
export function oauthError(error: OAuthError): { error: OAuthError; error_description: string } {
  return { error, error_description: OAUTH_TEXTS[error] }
}

/** Refuses an OAuth request of a program (not of a browser). */
export function oauthRefusal(status: number, error: OAuthError, headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal({ status, json: oauthError(error), headers: { 'cache-control': 'no-store', pragma: 'no-cache', ...headers } })
}
