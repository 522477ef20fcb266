// A validation proxy that others wrote stands between calreconnect and the emulator, with the transcription of Calendly's OpenAPI: it
// lets no request and no answer pass that breaks it.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { type CliHome, cliHome } from '../../support/cli.ts'
import { freePort } from '../../support/http-server.ts'
import { installClients } from '../../support/registry-clients.ts'

const OPENAPI_FILE = fileURLToPath(new URL('../../support/openapi/calendly.yaml', import.meta.url))
const HOOK = 'https://hooks.example.com/calendly'
const prism = await installClients(['@stoplight/prism-cli@5.14.2'])

describe.skipIf(prism === null)('through Prism', () => {
  let emulator: Emulator
  let home: CliHome
  let proxy: ChildProcess
  let proxyUrl: string
  let said = ''

  beforeAll(async () => {
    if (prism === null) return
    emulator = await startEmulator({
      seed: {
        subscriptions: [
          { callback_url: 'https://foreign.example.com/{n}', count: 30 },
          { id: 'EXISTING000000001', callback_url: 'https://existing.example.com' },
        ],
        switches: { rate_limit_paid: 10_000 },
      },
    })
    const port = await freePort()
    proxyUrl = `http://127.0.0.1:${port}`
    const bin = `${prism.folder}/node_modules/@stoplight/prism-cli/dist/index.js`
    proxy = spawn(process.execPath, [bin, 'proxy', OPENAPI_FILE, emulator.url, '--errors', '--port', String(port)], { stdio: 'pipe' })
    const listening = new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('is listening')) resolve()
      }
      proxy.stdout?.on('data', hear)
      proxy.stderr?.on('data', hear)
      proxy.on('exit', (code) => reject(new Error(`Prism ended with ${code}: ${said}`)))
    })
    await listening
    home = cliHome({ CALENDLY_AUTH_URL: emulator.url, CALENDLY_API_URL: proxyUrl, CALENDLY_TOKEN: emulator.info.personalAccessToken })
  })
  afterAll(async () => {
    proxy?.kill()
    home?.remove()
    await emulator?.close()
  })

  test.each([
    ['webhooks list', ['webhooks', 'list'], 0],
    ['webhooks create', ['webhooks', 'create', '--callback-url', HOOK, '--events', 'invitee.created,invitee.canceled'], 0],
    [
      'webhooks create again, with nothing to do',
      ['webhooks', 'create', '--callback-url', HOOK, '--events', 'invitee.created,invitee.canceled'],
      0,
    ],
    ['webhooks get', ['webhooks', 'get', 'EXISTING000000001'], 0],
    ['webhooks sample', ['webhooks', 'sample', 'invitee.canceled'], 0],
    ['webhooks audit', ['webhooks', 'audit', '--fail-on', 'DISABLED'], 0],
    ['webhooks prune', ['webhooks', 'prune', '--url', 'https://foreign.example.com/1*', '--yes'], 0],
    ['webhooks list again', ['webhooks', 'list'], 0],
  ])('%s passes', async (_name, args, code) => {
    const result = await home.json(args)
    expect({ code: result.code, error: result.envelope.error?.code ?? null, said: violations(said) }).toEqual({
      code,
      error: code === 0 ? null : expect.any(String),
      said: [],
    })
  })

  test('what breaks the document is caught: the proxy can fail', async () => {
    const headers = { authorization: `Bearer ${emulator.info.personalAccessToken}` }
    const query = new URLSearchParams({ organization: emulator.info.organizationUri, scope: 'organization' })
    emulator.control.addFaults([{ path: '/webhook_subscriptions', action: 'reshape', remove: ['collection.*.creator'] }])
    const bent = await fetch(`${proxyUrl}/webhook_subscriptions?${query.toString()}`, { headers })
    const wrong = await fetch(`${proxyUrl}/webhook_subscriptions?scope=everything`, { headers })
    expect([bent.ok, wrong.ok, violations(said).length > 0]).toEqual([false, false, true])
  })

  test('every operation that only reads passes', async () => {
    const headers = { authorization: `Bearer ${emulator.info.personalAccessToken}` }
    const organization = encodeURIComponent(emulator.info.organizationUri)
    const user = encodeURIComponent(emulator.info.userUri)
    await emulator.control.bookMeeting()
    const paths = [
      '/users/me',
      new URL(emulator.info.organizationUri).pathname,
      `/organization_memberships?user=${user}`,
      `/groups?organization=${organization}`,
      `/group_relationships?organization=${organization}`,
      `/event_types?organization=${organization}`,
      `/scheduled_events?organization=${organization}`,
      `/user_availability_schedules?user=${user}`,
      `/routing_forms?organization=${organization}`,
      `${new URL(emulator.info.organizationUri).pathname}/invitations`,
    ]
    for (const path of paths) expect([path, (await fetch(proxyUrl + path, { headers })).status]).toEqual([path, 200])
  })
})

/** What Prism says of requests and answers that break the document. */
function violations(text: string): string[] {
  return text.split('\n').filter((line) => /violation/i.test(line))
}
