// Clients that others wrote run against the emulator unchanged but for its base URL: login, refresh, list, create, a delivery that is
// verified, delete, and what else they can.

import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'
import { installClients, unpackClient } from '../../support/registry-clients.ts'
import { consent } from '../../support/wire-client.ts'
import { OAUTH_CLIENTS, type Place } from './oauth-clients.ts'

const VERSIONS: Readonly<Record<string, string>> = {
  'openid-client': '6.8.9',
  'simple-oauth2': '5.1.0',
  'passport-oauth2': '1.8.0',
  '@badgateway/oauth2-client': '3.3.1',
  '@n8n/client-oauth2': '1.9.0',
}
/** What n8n's runtime would give to its node. */
const N8N_WORKFLOW = `exports.NodeConnectionTypes = { Main: 'main' }
exports.NodeOperationError = class extends Error { constructor(_node, message) { super(message) } }
exports.VersionedNodeType = class {}
`
const installed = await installClients(Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`))
const n8n = await unpackClient('n8n-nodes-base@2.41.2', ['dist/nodes/Calendly', 'dist/utils/webhook-signature-verification.js'], {
  'n8n-workflow': N8N_WORKFLOW,
})

let emulator: Emulator
let receiver: HttpServer
const table: string[] = []

beforeEach(async () => {
  receiver = await startHttpServer((_request, response) => void response.writeHead(200).end())
  // They follow next_page and delete by uri.
  emulator = await startEmulator({ origin: 'self', seed: { subscriptions: [{ callback_url: 'https://example.com/{n}', count: 21 }] } })
})
afterEach(async () => {
  await emulator.close()
  await receiver.close()
})
afterAll(() => {
  if (table.length > 0) process.stdout.write(`${['client: what it did', ...table].join('\n')}\n`)
})

const signs = (key: string, { headers, body }: { headers: Readonly<Record<string, unknown>>; body: string }) => {
  const [, t = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['calendly-webhook-signature'])) ?? []
  return v1 === createHmac('sha256', key).update(`${t}.${body}`).digest('hex')
}

describe.skipIf(installed === null)('an OAuth client of others', () => {
  test.each(Object.keys(OAUTH_CLIENTS))(
    '%s logs in, refreshes, lists, creates, gets a delivery, deletes, and revokes if it can',
    async (name) => {
      const { url, clientId, clientSecret, organizationUri } = emulator.info
      const place: Place = { url, clientId, clientSecret, redirectUri: 'http://localhost:8917/callback', consent }
      const make = OAUTH_CLIENTS[name]
      if (installed === null || make === undefined) throw new Error('not installed')
      const client = await make(installed, place)
      const did: string[] = ['login', 'refresh', 'list', 'create', 'verify', 'delete']

      const first = await client.login()
      const tokens = await client.refresh(first)
      expect(tokens.refreshToken).not.toBe(first.refreshToken)
      await expect(client.refresh(first)).rejects.toThrow()
      const call = (method: string, target: string, json?: unknown) => client.api(tokens.accessToken, method, target, json)

      const listed: string[] = []
      let next: string | null = `${url}/webhook_subscriptions?scope=organization&organization=${encodeURIComponent(organizationUri)}`
      while (next !== null) {
        const page = await call('GET', next)
        expect(page.status).toBe(200)
        listed.push(...page.body.collection.map((row: { uri: string }) => row.uri))
        next = page.body.pagination.next_page
      }
      expect(listed).toHaveLength(21)

      const wanted = {
        url: receiver.url.href,
        events: ['invitee.created'],
        organization: organizationUri,
        scope: 'organization',
        signing_key: `key of ${name}`,
      }
      const made = await call('POST', `${url}/webhook_subscriptions`, wanted)
      expect(made.status).toBe(201)
      expect((await call('POST', `${url}/webhook_subscriptions`, wanted)).status).toBe(409)
      await emulator.control.bookMeeting()
      expect(receiver.requests.map((one) => signs(`key of ${name}`, one))).toEqual([true])
      expect((await call('DELETE', made.body.resource.uri)).status).toBe(204)
      expect((await call('GET', made.body.resource.uri)).status).toBe(404)

      if (client.introspect !== undefined) {
        expect([await client.introspect(tokens), await client.introspect({ ...tokens, accessToken: first.refreshToken })]).toEqual([
          true,
          false,
        ])
        did.push('introspect')
      }
      if (client.revoke !== undefined) {
        await client.revoke(tokens)
        const me = await fetch(`${url}/users/me`, { headers: { authorization: `Bearer ${tokens.accessToken}` } })
        expect(me.status).toBe(401)
        did.push('revoke')
      }
      table.push(`${name} ${VERSIONS[name] ?? ''}: ${did.join(', ')}`)
    },
  )
})

describe.skipIf(n8n === null)('the Calendly trigger of n8n', () => {
  test.each(['organization', 'user'])(
    'finds nothing, creates, finds, verifies a delivery and refuses a forged one, deletes: %s scope',
    async (scope) => {
      if (n8n === null) throw new Error('not unpacked')
      const { CalendlyTriggerV2 } = await n8n.load(`${n8n.folder}/package/dist/nodes/Calendly/v2/CalendlyTriggerV2.node.js`)
      // Its search ends with the first page of 20.
      for (const { uri } of emulator.control.subscriptions()) emulator.control.removeSubscription(uri)
      const { accessToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
      const hook = 'https://n8n.example.com/webhook/calendly'
      const data: Record<string, string> = {}
      const parameters: Record<string, unknown> = { scope, events: ['invitee.created', 'invitee.canceled'] }
      let refused: number | null = null
      const context = (request: unknown) => ({
        getNodeWebhookUrl: () => hook,
        getWorkflowStaticData: () => data,
        getNodeParameter: (name: string, _index: number, fallback: unknown) => parameters[name] ?? fallback,
        getNode: () => ({}),
        getRequestObject: () => request,
        getResponseObject: () => ({ status: (code: number) => ((refused = code), { send: () => ({ end: () => undefined }) }) }),
        getBodyData: () => ({}),
        helpers: {
          returnJsonArray: (body: unknown) => [body],
          // The one change: its base URL, which is written into the node.
          requestWithAuthentication: async (_credentials: string, options: N8nRequest) => {
            const url = new URL(options.uri.replace('https://api.calendly.com', emulator.url))
            for (const [name, value] of Object.entries(options.qs ?? {})) url.searchParams.set(name, value)
            const headers = { ...options.headers, authorization: `Bearer ${accessToken}` }
            const init = { method: options.method, headers, ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }) }
            const response = await fetch(url, init)
            if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
            return response.status === 204 ? {} : JSON.parse(await response.text())
          },
        },
      })
      const node = new CalendlyTriggerV2({})
      const methods = node.webhookMethods.default
      expect(await methods.checkExists.call(context(null))).toBe(false)
      expect(await methods.create.call(context(null))).toBe(true)
      expect(await methods.checkExists.call(context(null))).toBe(true)
      const [told] = (await emulator.control.bookMeeting()).deliveries.filter((one) => one.callbackUrl === hook)
      const request = (body: string) => ({
        header: (name: string) => told?.attempts[0]?.headers[name.toLowerCase()],
        rawBody: Buffer.from(body),
      })
      expect(await node.webhook.call(context(request(told?.body ?? '')))).toHaveProperty('workflowData')
      expect([await node.webhook.call(context(request(`${told?.body ?? ''} `))), refused]).toEqual([{ noWebhookResponse: true }, 401])
      expect(await methods.delete.call(context(null))).toBe(true)
      expect(emulator.control.subscriptions().filter((row) => row.callbackUrl === hook)).toEqual([])
      table.push(`n8n-nodes-base 2.41.2, ${scope} scope: find, create, verify, delete`)
    },
  )
})

interface N8nRequest {
  readonly uri: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly qs?: Record<string, string>
  readonly body?: unknown
}
