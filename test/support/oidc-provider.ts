// An authorization server that nobody here wrote (panva's certified oidc-provider), at Calendly's paths, and a script that plays the browser.

import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

import { Provider } from 'oidc-provider'

export interface OidcProvider {
  /** What CALENDLY_AUTH_URL is set to. */
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly nativeClientId: string
  close(): Promise<void>
}

const SCOPES = [
  'users:read',
  'organizations:read',
  'webhooks:read',
  'webhooks:write',
  'scheduled_events:read',
  'groups:read',
  'event_types:read',
]

/** @param options.redirectUris what both clients have registered; `{port}` is not replaced: matching is exact, as at Calendly */
export async function startOidcProvider(options: {
  readonly redirectUris: readonly string[]
  readonly accessTokenTtlSeconds?: number
}): Promise<OidcProvider> {
  const client = {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    redirect_uris: [...options.redirectUris],
  }
  const server = createServer((request, response) => void handler?.(request, response))
  let handler: ReturnType<Provider['callback']> | null = null
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the provider has no port')
  const url = `http://127.0.0.1:${address.port}`
  const provider = new Provider(url, {
    clients: [
      // With the characters that form-encoding would change: Calendly's own identifiers hold them.
      { ...client, client_id: 'web-client_1', client_secret: 'web_secret-0123456789', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'native-client', token_endpoint_auth_method: 'none', application_type: 'native' },
    ],
    clientDefaults: { id_token_signed_response_alg: 'RS256' },
    cookies: { keys: ['a key for cookies in tests'] },
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      introspection: { enabled: true, allowedPolicy: () => true },
    },
    scopes: SCOPES,
    pkce: { required: () => true },
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    ttl: { AccessToken: options.accessTokenTtlSeconds ?? 7200, RefreshToken: 86_400, Interaction: 600, Session: 600, Grant: 86_400 },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      revocation: '/oauth/revoke',
      introspection: '/oauth/introspect',
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  })
  provider.use(answerRevocationsAsCalendlyDoes)
  handler = provider.callback()
  return {
    url,
    clientId: 'web-client_1',
    clientSecret: 'web_secret-0123456789',
    nativeClientId: 'native-client',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** RFC 7009 leaves the body of a revocation's 200 open and this provider has none; Calendly documents `{}`. */
function answerRevocationsAsCalendlyDoes(context: { path: string; status: number; body: unknown }, next: () => Promise<unknown>) {
  return next().then(() => {
    if (context.path === '/oauth/revoke' && context.status === 200) context.body = {}
  })
}

export interface Played {
  /** The redirect URI with everything in its query. */
  readonly redirected: URL
  readonly status: number
  readonly page: string
}

const STEPS_MAX = 20

/**
 * Opens `authorizeUrl` as a person would: follows redirects, keeps cookies, fills in and sends the forms, until the redirect URI
 * has answered. @param options.deny leaves at the consent page instead. @param options.visit false: stops before the redirect URI is asked
 */
export async function playBrowser(
  authorizeUrl: URL | string,
  options: { readonly deny?: boolean; readonly visit?: boolean } = {},
): Promise<Played> {
  const start = new URL(authorizeUrl)
  const redirectUri = new URL(start.searchParams.get('redirect_uri') ?? '')
  const cookies = new Map<string, string>()
  let next: { url: URL; form: URLSearchParams | null } = { url: start, form: null }
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const atRedirect = next.url.origin === redirectUri.origin && next.url.pathname === redirectUri.pathname
    if (atRedirect && options.visit === false) return { redirected: next.url, status: 0, page: '' }
    const response = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(next.form === null ? {} : { method: 'POST', body: next.form }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (name !== undefined && value !== undefined) cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const page = await response.text()
    if (atRedirect) return { redirected: next.url, status: response.status, page }
    next = location === null ? submit(page, next.url, options.deny === true) : { url: new URL(location, next.url), form: null }
  }
  throw new Error(`the redirect URI was not reached within ${STEPS_MAX} steps`)
}

function submit(page: string, base: URL, deny: boolean): { url: URL; form: URLSearchParams | null } {
  const abort = /href="([^"]*\/abort)"/.exec(page)?.[1]
  if (deny && abort !== undefined) return { url: new URL(abort, base), form: null }
  const action = /<form[^>]*action="([^"]*)"/.exec(page)?.[1]
  if (action === undefined) throw new Error(`no form at ${base.href}: ${page.replace(/<style>.*?<\/style>/s, '').slice(0, 500)}`)
  const form = new URLSearchParams()
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name')
    if (name !== null) form.append(name, attribute(input, 'value') ?? 'someone')
  }
  // Named buttons decide: the one that denies, or the last one that does not.
  const buttons = [...page.matchAll(/<button[^>]*>/g)].map(([button]) => button).filter((button) => attribute(button, 'name') !== null)
  const pressed = buttons.findLast((button) => (attribute(button, 'value') === 'deny') === deny)
  if (pressed !== undefined) form.append(attribute(pressed, 'name') ?? '', attribute(pressed, 'value') ?? '')
  return { url: new URL(unescapeHtml(action), base), form }
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? null : unescapeHtml(value)
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}

/** Started as a program: prints where it listens, as JSON. For tests of the command line in another process. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const provider = await startOidcProvider({ redirectUris: process.argv.slice(2) })
  process.stdout.write(`${JSON.stringify(provider)}\n`)
}
