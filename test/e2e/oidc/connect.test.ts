import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/emulator/server.ts'
import { type CliHome, cliHome } from '../../support/cli.ts'
import { freePort } from '../../support/http-server.ts'
import { type OidcProvider, playBrowser, startOidcProvider } from '../../support/oidc-provider.ts'

// The OAuth server is one that nobody here wrote; the API is the emulator, behind a door that asks the OAuth server about every token.

let provider: OidcProvider
let emulator: Emulator
let front: Server
let home: CliHome

async function introspect(token: string): Promise<boolean> {
  const basic = Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString('base64')
  const answer = await fetch(`${provider.url}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token }),
  })
  const { active } = (await answer.json()) as { active: boolean }
  return active
}

/** The emulator's API for whoever has a token that the provider calls active. */
function openFront(): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const body = Buffer.concat(chunks)
      const path = request.url ?? '/'
      const headers = new Headers()
      for (const name of ['authorization', 'content-type', 'accept', 'user-agent']) {
        const value = request.headers[name]
        if (typeof value === 'string') headers.set(name, value)
      }
      const active = await introspect((headers.get('authorization') ?? '').replace('Bearer ', ''))
      headers.set('authorization', `Bearer ${active ? emulator.info.personalAccessToken : 'refused'}`)
      const answer = await fetch(emulator.url + path, {
        method: request.method ?? 'GET',
        headers,
        ...(body.length === 0 ? {} : { body }),
      })
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })().catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))))
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

beforeAll(async () => {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  // Always within five minutes of its end, so that every command refreshes.
  provider = await startOidcProvider({ redirectUris: [redirectUri], accessTokenTtlSeconds: 200 })
  emulator = await startEmulator()
  front = await openFront()
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  home = cliHome({
    CALENDLY_AUTH_URL: provider.url,
    CALENDLY_API_URL: url,
    CALENDLY_CLIENT_ID: provider.clientId,
    CALENDLY_CLIENT_SECRET: provider.clientSecret,
    CALRECONNECT_REDIRECT_URI: redirectUri,
  })
})
afterAll(async () => {
  front.closeAllConnections()
  front.close()
  home.remove()
  await Promise.all([provider.close(), emulator.close()])
})

test('connect, refresh and disconnect work against oidc-provider: PKCE, state, loopback, exchange, rotation, revocation', async () => {
  const connecting = home.start(['connect', '--json', '--no-browser', '--callback-url', 'https://example.com/hook'])
  const [authorizeUrl] = await connecting.stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m)
  const played = await playBrowser(authorizeUrl)
  const connected = await connecting.done
  expect([connected.code, played.status, connected.stderr.includes('Error')]).toEqual([0, 200, false])
  const { data } = JSON.parse(connected.stdout) as {
    data: { authorization: string; account: { email: string }; webhook: { applied: { outcome: string }[] } }
  }
  expect([data.authorization, data.account.email, data.webhook.applied.map(({ outcome }) => outcome)]).toEqual([
    'oauth',
    'owner@example.com',
    ['created'],
  ])

  // Two rotations: the second only works if the first refresh token was replaced by the new one.
  const listed = [await home.json(['webhooks', 'list']), await home.json(['webhooks', 'list'])]
  expect(listed.map(({ code, envelope }) => [code, envelope.data.summary.total])).toEqual([
    [0, 1],
    [0, 1],
  ])
  const { entries } = (await home.json(['log'])).envelope.data as { entries: { path: string; status: number }[] }
  // The code, then once in each command, since these tokens live less than the five minutes that a command wants.
  expect(entries.filter(({ path }) => path === '/oauth/token').map(({ status }) => status)).toEqual([200, 200, 200, 200])

  const token = (await home.run(['token'])).stdout.trim()
  expect(await introspect(token)).toBe(true)
  const gone = await home.json(['disconnect', '--yes'])
  expect([gone.code, gone.envelope.data.results[0].tokens_revoked, gone.envelope.data.results[0].cleared]).toEqual([
    0,
    ['refresh', 'access'],
    true,
  ])
  expect(await introspect(token)).toBe(false)
  expect(emulator.control.subscriptions()).toEqual([])
})
