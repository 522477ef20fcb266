// One face for OAuth clients that others wrote: each does login, refresh and API requests in its own way, with its own defaults.

import type { Installed } from '../../support/registry-clients.ts'

/** Where the emulator is, and the app that logs in. */
export interface Place {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** Does what a person does at the consent page; gives where the browser is sent. */
  consent(authorizeUrl: string): Promise<URL>
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface ApiAnswer {
  readonly status: number
  readonly body: any // eslint-disable-line typescript/no-explicit-any -- tests look inside
}

/** What one client can do, done its way. */
export interface ForeignClient {
  login(): Promise<Tokens>
  refresh(tokens: Tokens): Promise<Tokens>
  api(accessToken: string, method: string, url: string, json?: unknown): Promise<ApiAnswer>
  /** Undefined: the client cannot. */
  readonly introspect?: (tokens: Tokens) => Promise<boolean>
  readonly revoke?: (tokens: Tokens) => Promise<void>
}

const SCOPE = 'users:read webhooks:write scheduled_events:read'

/** The clients by name; each is made from what the registry gave. */
export const OAUTH_CLIENTS: Readonly<Record<string, (installed: Installed, place: Place) => Promise<ForeignClient>>> = {
  'openid-client': openidClient,
  'simple-oauth2': simpleOAuth2,
  'passport-oauth2': passportOAuth2,
  '@badgateway/oauth2-client': badgateway,
  '@n8n/client-oauth2': n8nOAuth2,
}

async function openidClient(installed: Installed, place: Place): Promise<ForeignClient> {
  const lib = await installed.load('openid-client')
  const metadata = {
    issuer: place.url,
    authorization_endpoint: `${place.url}/oauth/authorize`,
    token_endpoint: `${place.url}/oauth/token`,
    revocation_endpoint: `${place.url}/oauth/revoke`,
    introspection_endpoint: `${place.url}/oauth/introspect`,
  }
  const config = new lib.Configuration(metadata, place.clientId, place.clientSecret, lib.ClientSecretBasic(place.clientSecret))
  lib.allowInsecureRequests(config)
  return {
    async login() {
      const pkceCodeVerifier = lib.randomPKCECodeVerifier()
      const expectedState = lib.randomState()
      const challenge = await lib.calculatePKCECodeChallenge(pkceCodeVerifier)
      const url = lib.buildAuthorizationUrl(config, {
        redirect_uri: place.redirectUri,
        scope: SCOPE,
        state: expectedState,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      })
      return tokensOf(await lib.authorizationCodeGrant(config, await place.consent(url.href), { pkceCodeVerifier, expectedState }))
    },
    refresh: async (tokens) => tokensOf(await lib.refreshTokenGrant(config, tokens.refreshToken)),
    async api(accessToken, method, url, json) {
      const headers = new Headers(json === undefined ? {} : { 'content-type': 'application/json' })
      const body = json === undefined ? undefined : JSON.stringify(json)
      return read(await lib.fetchProtectedResource(config, accessToken, new URL(url), method, body, headers))
    },
    introspect: async (tokens) => (await lib.tokenIntrospection(config, tokens.accessToken)).active,
    revoke: async (tokens) => lib.tokenRevocation(config, tokens.refreshToken),
  }
}

async function simpleOAuth2(installed: Installed, place: Place): Promise<ForeignClient> {
  const { AuthorizationCode } = await installed.load('simple-oauth2')
  const client = new AuthorizationCode({
    client: { id: place.clientId, secret: place.clientSecret },
    auth: { tokenHost: place.url, authorizePath: '/oauth/authorize', tokenPath: '/oauth/token', revokePath: '/oauth/revoke' },
  })
  const asToken = ({ accessToken, refreshToken }: Tokens) => client.createToken({ access_token: accessToken, refresh_token: refreshToken })
  return {
    async login() {
      const url = client.authorizeURL({ redirect_uri: place.redirectUri, scope: SCOPE, state: 'of-simple-oauth2' })
      const code = (await place.consent(url)).searchParams.get('code')
      return tokensOf((await client.getToken({ code, redirect_uri: place.redirectUri })).token)
    },
    refresh: async (tokens) => tokensOf((await asToken(tokens).refresh()).token),
    api: bareApi,
    revoke: async (tokens) => asToken(tokens).revokeAll(),
  }
}

async function passportOAuth2(installed: Installed, place: Place): Promise<ForeignClient> {
  const { default: Strategy } = await installed.load('passport-oauth2')
  const options = {
    authorizationURL: `${place.url}/oauth/authorize`,
    tokenURL: `${place.url}/oauth/token`,
    clientID: place.clientId,
    clientSecret: place.clientSecret,
    callbackURL: place.redirectUri,
    scope: SCOPE.split(' '),
    state: true,
    pkce: true,
  }
  const strategy = new Strategy(options, (accessToken: string, refreshToken: string, _profile: unknown, done: Done) =>
    done(null, { accessToken, refreshToken }),
  )
  // What Passport does around a strategy: it is asked twice, with the same session, and says what came of it.
  const session = {}
  const authenticate = (query: Readonly<Record<string, string>>) =>
    new Promise<string | Tokens>((resolve, reject) => {
      const asked = Object.create(strategy)
      asked.redirect = resolve
      asked.success = resolve
      asked.fail = (why: unknown) => reject(new Error(JSON.stringify(why)))
      asked.error = reject
      asked.authenticate({ query, session, body: {}, headers: {}, url: '/', method: 'GET', connection: {} }, {})
    })
  return {
    async login() {
      const url = await authenticate({})
      if (typeof url !== 'string') throw new Error('passport-oauth2 did not redirect')
      const tokens = await authenticate(Object.fromEntries((await place.consent(url)).searchParams))
      if (typeof tokens === 'string') throw new Error('passport-oauth2 redirected twice')
      return tokens
    },
    refresh: (tokens) =>
      new Promise((resolve, reject) => {
        const done = (error: unknown, accessToken: string, refreshToken: string) =>
          error === null ? resolve({ accessToken, refreshToken }) : reject(new Error(JSON.stringify(error)))
        strategy._oauth2.getOAuthAccessToken(tokens.refreshToken, { grant_type: 'refresh_token' }, done)
      }),
    api: (accessToken, method, url, json) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${accessToken}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
        const body = json === undefined ? '' : JSON.stringify(json)
        strategy._oauth2._request(
          method,
          url,
          headers,
          body,
          null,
          (error: { statusCode: number; data: string } | null, text: string, response: { statusCode: number }) => {
            if (error !== null && error.statusCode === undefined) reject(new Error(JSON.stringify(error)))
            else if (error !== null) resolve({ status: error.statusCode, body: JSON.parse(error.data) })
            else resolve({ status: response.statusCode, body: text === '' ? null : JSON.parse(text) })
          },
        )
      }),
  }
}

type Done = (error: null, tokens: Tokens) => void

async function badgateway(installed: Installed, place: Place): Promise<ForeignClient> {
  const { OAuth2Client, OAuth2Fetch, generateCodeVerifier } = await installed.load('@badgateway/oauth2-client')
  const client = new OAuth2Client({
    server: place.url,
    clientId: place.clientId,
    clientSecret: place.clientSecret,
    authorizationEndpoint: '/oauth/authorize',
    tokenEndpoint: '/oauth/token',
    revocationEndpoint: '/oauth/revoke',
    introspectionEndpoint: '/oauth/introspect',
  })
  return {
    async login() {
      const codeVerifier = await generateCodeVerifier()
      const flow = { redirectUri: place.redirectUri, state: 'of-badgateway', codeVerifier }
      const url = await client.authorizationCode.getAuthorizeUri({ ...flow, scope: SCOPE.split(' ') })
      return client.authorizationCode.getTokenFromCodeRedirect((await place.consent(url)).href, flow)
    },
    refresh: (tokens) => client.refreshToken(tokens),
    async api(accessToken, method, url, json) {
      const wrapper = new OAuth2Fetch({
        client,
        getNewToken: () => null,
        getStoredToken: () => ({ accessToken, refreshToken: null, expiresAt: null }),
      })
      const init = {
        method,
        ...(json === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
      }
      return read(await wrapper.fetch(url, init))
    },
    introspect: async (tokens) => (await client.introspect(tokens)).active,
    revoke: (tokens) => client.revoke(tokens, 'refresh_token'),
  }
}

async function n8nOAuth2(installed: Installed, place: Place): Promise<ForeignClient> {
  const { ClientOAuth2 } = await installed.load('@n8n/client-oauth2')
  const client = new ClientOAuth2({
    clientId: place.clientId,
    clientSecret: place.clientSecret,
    accessTokenUri: `${place.url}/oauth/token`,
    authorizationUri: `${place.url}/oauth/authorize`,
    redirectUri: place.redirectUri,
    scopes: SCOPE.split(' '),
    // As n8n's credentials for Calendly say.
    authentication: 'header',
  })
  return {
    login: async () => await client.code.getToken((await place.consent(client.code.getUri({ state: 'of-n8n' }))).href),
    refresh: async ({ accessToken, refreshToken }) =>
      client.createToken({ access_token: accessToken, refresh_token: refreshToken }).refresh(),
    api: bareApi,
  }
}

/** For clients that only get tokens. */
async function bareApi(accessToken: string, method: string, url: string, json?: unknown): Promise<ApiAnswer> {
  const headers = { authorization: `Bearer ${accessToken}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
  return read(await fetch(url, { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) }))
}

async function read(response: Response): Promise<ApiAnswer> {
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

function tokensOf(answer: { access_token: string; refresh_token: string }): Tokens {
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token }
}
