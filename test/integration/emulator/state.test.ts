import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededRandomSource } from '../../../src/emulator/random-ids.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../../src/emulator/server.ts'
import { ask } from '../../support/wire-client.ts'

/** Saves for ever, as fast as it can; says so once. */
const WRITER = `
import { loadState, StateFile } from './state-file.mjs'
const path = process.argv[2]
const { state } = await loadState(path)
const file = new StateFile(path)
for (let n = 0; ; n++) {
  state.touch()
  await file.save(state, n)
  if (n === 3) console.log('writing')
}
`

const running: Emulator[] = []
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()))
  await rm(folder, { recursive: true })
})

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator(options)
  running.push(emulator)
  return emulator
}

describe('startEmulator', () => {
  test('fills an empty seed with an organization, an owner, both apps and a token', async () => {
    const emulator = await start()
    const { body } = await ask(emulator, 'GET', '/_emulator/info')
    expect(Object.keys(body)).toEqual([
      'url',
      'client_id',
      'client_secret',
      'native_client_id',
      'personal_access_token',
      'user_uri',
      'organization_uri',
      'app_signing_key',
    ])
    expect(emulator.info.personalAccessToken).toMatch(/^eyJ/)
    expect(emulator.control.subscriptions()).toEqual([])
    expect([...emulator.control.state.apps.values()].map((app) => [app.kind, app.environment, app.redirectUris])).toEqual([
      ['web', 'sandbox', ['http://localhost:8917/callback']],
      ['native', 'sandbox', ['http://localhost:8917/callback']],
    ])
  })

  test('makes the same ids from the same randomness', async () => {
    const one = await start({ random: seededRandomSource('x'), realNowMs: () => 1_800_000_000_000 })
    const two = await start({ random: seededRandomSource('x'), realNowMs: () => 1_800_000_000_000 })
    expect({ ...one.info, url: '' }).toEqual({ ...two.info, url: '' })
  })

  test.each<[unknown, string]>([
    [{ subscription: [] }, 'seed: subscription is not known'],
    [{ users: [{ email: 'nobody' }] }, 'seed: users.0.email must be an e-mail address'],
    [{ subscriptions: [{ callback_url: 'x' }] }, 'seed: subscriptions.0.callback_url must be a URL'],
    [{ subscriptions: [{ callback_url: 'https://e.com', events: ['a'] }] }, 'seed: subscriptions.0.events.0 is not an event of Calendly'],
    [{ subscriptions: [{ callback_url: 'https://e.com', scope: 'group', group: 'X' }] }, 'seed: subscriptions.0.group names no group: X'],
    [{ subscriptions: [{ callback_url: 'https://e.com', creator: 'x@y' }] }, 'seed: subscriptions.0.creator names no user: x@y'],
    [{ memberships: [{ user: 'x@y', organization: 'z', role: 'user' }] }, 'seed: memberships.0.user names no user: x@y'],
    [{ users: [{ email: 'a@b' }, { email: 'a@b' }] }, 'seed: users.1.email is taken: a@b'],
    [{ apps: [{ environment: 'production' }] }, 'seed: apps.0 redirect_uris must be https'],
    [{ apps: [{ redirect_uris: ['http://127.0.0.1/'] }] }, 'seed: apps.0 redirect_uris must be https'],
    [{ organizations: [{ created_at: 'yesterday' }] }, 'seed: organizations.0.created_at must be an ISO 8601 time'],
    [{ switches: { paging: 'none' } }, 'seed: switches.paging is invalid'],
    [7, 'seed: is invalid type'],
  ])('refuses the seed %j', async (seed, message) => {
    await expect(startEmulator({ seed })).rejects.toThrow(message)
  })

  test('plants a seed of every kind', async () => {
    const emulator = await start({
      seed: {
        organizations: [{ id: 'EBHAAFHDCAEQTSEZ', name: 'Big' }],
        users: [
          { id: 'AAAAAAAAAAAAAAAA', email: 'boss@example.com' },
          { count: 3, email: 'u{n}@example.com', role: 'user' },
        ],
        personal_access_tokens: [{ token: 'eyJ-mine', scopes: ['users:read'] }],
        subscriptions: [
          {
            count: 137,
            callback_url: 'https://h{n}.example.com/',
            created_at: '2026-01-01T00:00:00Z',
            creator: 'u2@example.com',
            created_step_ms: 86_400_000,
          },
        ],
      },
    })
    expect(emulator.info).toMatchObject({
      organizationUri: 'https://api.calendly.com/organizations/EBHAAFHDCAEQTSEZ',
      userUri: 'https://api.calendly.com/users/AAAAAAAAAAAAAAAA',
      personalAccessToken: 'eyJ-mine',
    })
    const rows = emulator.control.subscriptions()
    expect([rows.length, rows[0]?.createdAt, rows[136]?.createdAt, rows[136]?.callbackUrl]).toEqual([
      137,
      '2026-01-01T00:00:00.000000Z',
      '2026-05-17T00:00:00.000000Z',
      'https://h137.example.com/',
    ])
    expect([...emulator.control.state.memberships.values()].map((row) => row.role)).toEqual(['owner', 'user', 'user', 'user'])
  })

  test('lists 5,000 subscriptions and 2,000 memberships page by page', async () => {
    const emulator = await start({
      seed: { users: [{}, { count: 1999, role: 'user' }], subscriptions: [{ count: 5000, callback_url: 'https://example.com/{n}' }] },
      switches: { rate_limit_paid: 10_000 },
    })
    const token = emulator.info.personalAccessToken
    const all = async (path: string) => {
      let rows = 0
      for (let next: string | null = `${path}organization=${encodeURIComponent(emulator.info.organizationUri)}&count=100`; next !== null;) {
        const { body } = await ask(emulator, 'GET', next, { token })
        rows += body.pagination.count
        next = body.pagination.next_page?.replace('https://api.calendly.com', '') ?? null
      }
      return rows
    }
    expect([await all('/webhook_subscriptions?scope=organization&'), await all('/organization_memberships?')]).toEqual([5000, 2000])
    expect(emulator.requests()).toHaveLength(70)
  })
})

describe('--state', () => {
  const create = (emulator: Emulator, n: number) =>
    ask(emulator, 'POST', '/webhook_subscriptions', {
      token: emulator.info.personalAccessToken,
      json: {
        url: `https://example.com/${n}`,
        events: ['invitee.created'],
        organization: emulator.info.organizationUri,
        scope: 'organization',
      },
    })

  test('keeps everything across a restart, tokens and clock included', async () => {
    const stateFile = join(folder, 'state.json')
    const first = await start({ stateFile })
    const grant = first.control.issueTokens({ clientId: first.info.clientId })
    await create(first, 1)
    await first.control.advanceTime(3_600_000)
    const { url: _old, ...info } = first.info
    const nowMs = first.control.clock.nowMs()
    await first.close()
    const second = await start({ stateFile, seed: { users: [{ email: 'ignored@example.com' }] } })
    expect(second.info).toMatchObject(info)
    expect(second.control.subscriptions()).toEqual(first.control.subscriptions())
    expect(second.control.clock.nowMs()).toBeGreaterThanOrEqual(nowMs)
    expect((await ask(second, 'GET', '/users/me', { token: grant.accessToken })).status).toBe(200)
  })

  test('has a change on disk before its answer, and leaves no temporary file', async () => {
    const stateFile = join(folder, 'state.json')
    const emulator = await start({ stateFile })
    const { body } = await create(emulator, 1)
    expect(JSON.parse(await readFile(stateFile, 'utf8')).subscriptions[0].uri).toBe(body.resource.uri)
    await Promise.all(Array.from({ length: 20 }, (_, n) => create(emulator, n + 2)))
    expect(JSON.parse(await readFile(stateFile, 'utf8')).subscriptions).toHaveLength(21)
    expect(await readdir(folder)).toEqual(['state.json'])
  })

  test('is never torn by a kill', async () => {
    const stateFile = join(folder, 'state.json')
    await build({
      entryPoints: ['src/emulator/state-file.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'state-file.mjs'),
    })
    await writeFile(join(folder, 'writer.mjs'), WRITER)
    await (await startEmulator({ stateFile, seed: { subscriptions: [{ count: 5000, callback_url: 'https://example.com/{n}' }] } })).close()
    for (let round = 0; round < 8; round++) {
      const writer = spawn(process.execPath, [join(folder, 'writer.mjs'), stateFile], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => writer.stdout.once('data', resolve))
      // Spread over the few milliseconds that one save takes.
      await new Promise((resolve) => void setTimeout(resolve, round * 3))
      writer.kill('SIGKILL')
      await new Promise((resolve) => writer.once('exit', resolve))
      expect(JSON.parse(await readFile(stateFile, 'utf8')).subscriptions).toHaveLength(5000)
    }
  })

  test('refuses a file that is not its own', async () => {
    const stateFile = join(folder, 'state.json')
    for (const text of ['{"version":1', '{"version":2}', '[]']) {
      await writeFile(stateFile, text)
      await expect(startEmulator({ stateFile })).rejects.toThrow(`state file: ${stateFile} was not written by this version of the emulator`)
    }
  })
})
