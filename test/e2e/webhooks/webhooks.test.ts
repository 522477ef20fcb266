// The webhook verbs as a script sees them: exit codes, envelopes that fit their schemas, stdout and stderr of the built program.

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GenericSchema } from 'valibot'
import * as v from 'valibot'
import { webhooksChangeSchema, webhooksDeletionSchema, webhooksGetSchema, webhooksListSchema } from '../../../src/cli/schemas/webhooks.ts'
import { type Emulator, startEmulator } from '../../../src/emulator/server.ts'
import { cliHome, type CliResult, type Envelope } from '../../support/cli.ts'
import { type EmulatedCli, emulatedCli, HOOK } from '../../support/connected.ts'

function documentOf(result: CliResult, schema: GenericSchema): Envelope {
  const envelope: Envelope = JSON.parse(result.stdout)
  if (envelope.data !== null) v.parse(schema, envelope.data)
  return envelope
}

describe('the webhook verbs, one after the other', () => {
  let emulator: Emulator
  let home: EmulatedCli
  let signingKey = ''
  const run = (...args: readonly string[]): Promise<CliResult> => home.run(args)
  beforeAll(async () => {
    home = await emulatedCli({
      seed: {
        subscriptions: [
          { callback_url: 'https://x.ngrok.app/{n}', count: 3 },
          { callback_url: HOOK, state: 'disabled' },
        ],
      },
    })
    emulator = home.emulator
    await home.connect('--name', 'me', '--callback-url', HOOK)
  })
  afterAll(() => home.close())
  const ours = (): string => emulator.control.subscriptions().find(({ callbackUrl }) => callbackUrl.startsWith(HOOK))?.uri ?? ''

  test('webhooks list --json gives rows and summary', async () => {
    const { data, ...rest } = documentOf(await run('webhooks', 'list', '--json'), webhooksListSchema)
    expect({ ...rest, summary: data.summary }).toEqual({
      schema_version: 1,
      command: 'webhooks list',
      ok: true,
      summary: { total: 4, active: 4, disabled: 0, retrying: 0, managed: 1, foreign: 3, duplicates: 0, distinct_urls: 4 },
      error: null,
    })
  })

  test('webhooks list prints a table on stdout and nothing on stderr', async () => {
    const result = await run('webhooks', 'list', '--url', '*.ngrok.app*')
    expect({
      code: result.code,
      lines: result.stdout.split('\n').length,
      head: result.stdout.split('\t')[0],
      stderr: result.stderr,
    }).toEqual({
      code: 0,
      lines: 5,
      head: 'STATE',
      stderr: '',
    })
  })

  test('webhooks list of nothing is an empty list in JSON and a hint for people', async () => {
    const json = documentOf(await run('webhooks', 'list', '--url', 'nothing', '--json'), webhooksListSchema)
    const human = await run('webhooks', 'list', '--url', 'nothing')
    expect({ webhooks: json.data.webhooks, stdout: human.stdout, stderr: human.stderr }).toEqual({
      webhooks: [],
      stdout: '',
      stderr: 'No subscription fits. All of them: calreconnect webhooks list\n',
    })
  })

  test('webhooks get takes a bare id, and tells the key only with --show-secret', async () => {
    const id = ours().split('/').at(-1) ?? ''
    const plain = await run('webhooks', 'get', id, '--json')
    const shown = await run('webhooks', 'get', id, '--show-secret')
    signingKey = shown.stdout.trim()
    const remote = emulator.control.subscriptions().find(({ uri }) => uri === ours())
    expect({
      uri: documentOf(plain, webhooksGetSchema).data.webhook.uri,
      leaks: plain.stdout.includes(signingKey),
      key: signingKey,
    }).toEqual({
      uri: ours(),
      leaks: false,
      key: remote?.signingKey,
    })
  })

  test('webhooks get of an unknown id exits 5 and names it', async () => {
    const { code, envelope } = await home.json(['webhooks', 'get', 'NOSUCHONE0000000'])
    expect({ code, ok: envelope.ok, data: envelope.data, error: { code: envelope.error?.code, status: envelope.error?.status } }).toEqual({
      code: 5,
      ok: false,
      data: null,
      error: { code: 'CALENDLY_NOT_FOUND', status: 404 },
    })
  })

  test('webhooks create makes one and a second run is a no-op', async () => {
    const args = ['webhooks', 'create', '--callback-url', 'https://second.example.com/', '--events', 'invitee.created', '--json']
    const first = documentOf(await run(...args), webhooksChangeSchema)
    const second = documentOf(await run(...args), webhooksChangeSchema)
    expect({
      first: first.data.applied.length,
      second: second.data.applied,
      same: first.data.webhook.uri === second.data.webhook.uri,
    }).toEqual({
      first: 1,
      second: [],
      same: true,
    })
  })

  test.each([
    [['--callback-url', 'nonsense'], 2, 'INVALID_URL'],
    [['--callback-url', 'http://plain.example.com/'], 2, 'INSECURE_URL'],
    [['--callback-url', 'https://a.example.com/', '--events', 'invitee.create'], 2, 'UNKNOWN_EVENT'],
    [['--callback-url', 'https://a.example.com/', '--events', 'meeting_recap.created'], 2, 'EVENT_SCOPE_MISMATCH'],
    [['--callback-url', 'https://a.example.com/', '--scope', 'group'], 2, 'USAGE'],
    [[], 2, 'SETTING_MISSING'],
  ])('webhooks create %j exits %i with %s and changes nothing', async (flags, code, error) => {
    const before = emulator.control.subscriptions().length
    const result = await home.json(['webhooks', 'create', ...flags])
    expect({ code: result.code, error: result.envelope.error?.code, there: emulator.control.subscriptions().length }).toEqual({
      code,
      error,
      there: before,
    })
  })

  test('webhooks create asks before it replaces one that was made elsewhere', async () => {
    const result = await home.json(['webhooks', 'create', '--callback-url', 'https://x.ngrok.app/1', '--allow-ephemeral-host'])
    expect({ code: result.code, error: result.envelope.error?.code, message: result.envelope.error?.message }).toEqual({
      code: 2,
      error: 'INPUT_REQUIRED',
      message: 'webhooks create would replace 1 subscription: pass --yes to do so without being asked',
    })
  })

  test('webhooks prune without --yes exits 2 naming it, and --dry-run prints the plan', async () => {
    const asked = await home.json(['webhooks', 'prune', '--url', '*.ngrok.app*'])
    const dry = documentOf(await run('webhooks', 'prune', '--url', '*.ngrok.app*', '--dry-run', '--json'), webhooksDeletionSchema)
    expect({
      code: asked.code,
      error: asked.envelope.error?.code,
      message: asked.envelope.error?.message,
      steps: dry.data.plan.steps.length,
      applied: dry.data.applied,
    }).toEqual({
      code: 2,
      error: 'INPUT_REQUIRED',
      message: 'webhooks prune would delete 3 subscriptions: pass --yes to do so without being asked',
      steps: 3,
      applied: [],
    })
  })

  test('webhooks prune with an empty plan needs no --yes', async () => {
    const result = await home.json(['webhooks', 'prune'])
    expect({ code: result.code, steps: result.envelope.data.plan.steps }).toEqual({ code: 0, steps: [] })
  })

  test('webhooks prune --max-deletes refuses instead of deleting fewer', async () => {
    const result = await home.json(['webhooks', 'prune', '--url', '*.ngrok.app*', '--max-deletes', '2', '--yes'])
    expect({ code: result.code, error: result.envelope.error?.code, there: emulator.control.subscriptions().length }).toEqual({
      code: 2,
      error: 'TOO_MANY_DELETES',
      there: 5,
    })
  })

  test('webhooks prune that succeeds in part exits 8 with data, and again continues', async () => {
    const body = { title: 'Permission Denied', message: 'You do not have permission' }
    emulator.control.addFaults([{ method: 'DELETE', path: '/webhook_subscriptions/*', action: 'status', status: 403, body }])
    const first = await home.json(['webhooks', 'prune', '--url', '*.ngrok.app*', '--yes'])
    v.parse(webhooksDeletionSchema, first.envelope.data)
    const second = await home.json(['webhooks', 'prune', '--url', '*.ngrok.app*', '--yes'])
    const facts = ({ code, envelope }: typeof first) => ({
      code,
      ok: envelope.ok,
      applied: envelope.data.applied.length,
      failed: envelope.data.failed.length,
    })
    expect([facts(first), facts(second)]).toEqual([
      { code: 8, ok: false, applied: 2, failed: 1 },
      { code: 0, ok: true, applied: 1, failed: 0 },
    ])
  })

  test('webhooks recreate --yes measures the gap, and --overlap has none', async () => {
    const first = documentOf(await run('webhooks', 'recreate', '--yes', '--json'), webhooksChangeSchema)
    const second = documentOf(await run('webhooks', 'recreate', '--yes', '--overlap', '--json'), webhooksChangeSchema)
    expect({
      first: first.data.applied[0].gap_ms > 0,
      second: second.data.applied[0].gap_ms,
      url: second.data.webhook.callback_url,
    }).toEqual({
      first: true,
      second: 0,
      url: `${HOOK}?calreconnect=1`,
    })
  })

  test('webhooks delete takes several, and saying it again is no failure', async () => {
    const uris = emulator.control.subscriptions().map(({ uri }) => uri)
    const first = await run('webhooks', 'delete', ...uris, '--yes', '--json')
    const second = await run('webhooks', 'delete', ...uris, '--yes', '--json')
    expect({
      first: documentOf(first, webhooksDeletionSchema).data.applied.length,
      there: emulator.control.subscriptions(),
      second: { code: second.code, applied: documentOf(second, webhooksDeletionSchema).data.applied },
    }).toEqual({ first: uris.length, there: [], second: { code: 0, applied: [] } })
  })

  test.each(['list', 'get', 'create', 'delete', 'prune', 'recreate'])(
    'webhooks %s: a bad flag exits 2, and --help has examples',
    async (verb) => {
      const bad = await run('webhooks', verb, '--bogus')
      const help = await run('webhooks', verb, '--help')
      expect({ bad: bad.code, help: help.code, examples: help.stdout.includes('Examples:') }).toEqual({ bad: 2, help: 0, examples: true })
    },
  )
})

describe('the webhook verbs with CALENDLY_TOKEN alone', () => {
  test('reading makes no store; creating keeps the signing key and no connection', async () => {
    const emulator = await startEmulator()
    const home = cliHome({
      CALENDLY_API_URL: emulator.url,
      CALENDLY_AUTH_URL: emulator.url,
      CALENDLY_TOKEN: emulator.info.personalAccessToken,
    })
    try {
      await home.json(['webhooks', 'list'])
      const storeAfterList = existsSync(home.db)
      const made = await home.run(['webhooks', 'create', '--callback-url', HOOK])
      const listed = await home.json(['webhooks', 'list'])
      const status = await home.json(['status'], { env: { CALENDLY_TOKEN: '' } })
      expect({
        storeAfterList,
        says: made.stderr.includes('No connection is stored; the signing key is kept in'),
        managed: listed.envelope.data.webhooks.map((one: { managed: boolean; signing_key_stored: boolean }) => [
          one.managed,
          one.signing_key_stored,
        ]),
        accounts: status.envelope.data.accounts,
      }).toEqual({ storeAfterList: false, says: true, managed: [[true, true]], accounts: [] })
    } finally {
      home.remove()
      await emulator.close()
    }
  })
})
