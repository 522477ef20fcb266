// Tables as programs read them and as people name what is in them.

import { afterEach, expect, test } from 'vitest'
import { auditHome, type AuditHome } from '../../support/audit-cli.ts'
import { hasTerminal, onTerminal } from '../../support/terminal.ts'

let home: AuditHome
afterEach(() => home.close())

const MANY = { subscriptions: [{ count: 40, callback_url: 'https://h{n}.example.com/calendly/hook' }] }
const idOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)

test('webhooks list in a pipe is tab-separated with whole values, and --columns chooses', async () => {
  home = await auditHome(MANY)
  const { stdout } = await home.cli.run(['webhooks', 'list'], { env: home.token })
  const [head = '', ...rows] = stdout.trimEnd().split('\n')
  expect(head.split('\t')).toEqual(['STATE', 'SCOPE', 'CALLBACK_URL', 'EVENTS', 'CREATED', 'MANAGED', 'FINDINGS', 'ID'])
  const uris = home.emulator.control.subscriptions().map(({ uri }) => uri)
  expect(new Set(rows.map((row) => row.split('\t').at(-1)))).toEqual(new Set(uris.map(idOf)))

  const chosen = await home.cli.run(['webhooks', 'list', '--columns', 'id,callback_url'], { env: home.token })
  expect(chosen.stdout.split('\n')[0]).toBe('ID\tCALLBACK_URL')
  const wrong = await home.cli.run(['webhooks', 'list', '--columns', 'nonsense'], { env: home.token })
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('state,scope,callback_url,events')])
})

test('webhooks get, delete, keys and restore take a beginning of an id or a callback URL, and refuse what fits several', async () => {
  home = await auditHome({ subscriptions: [...MANY.subscriptions, { count: 2, callback_url: 'https://twice.example.com/' }] })
  await home.connect()
  const [first, second, third] = home.emulator.control.subscriptions()
  if (first === undefined || second === undefined || third === undefined) throw new Error('not seeded')
  const got = await home.cli.json(['webhooks', 'get', idOf(first.uri).slice(0, 8)])
  expect(got.envelope.data.webhook.uri).toBe(first.uri)
  const byUrl = await home.cli.json(['webhooks', 'delete', second.callbackUrl, '--yes'])
  expect(byUrl.envelope.data.applied.map(({ uri }: { uri: string }) => uri)).toEqual([second.uri])
  const back = await home.cli.json(['webhooks', 'restore', '--uri', idOf(second.uri).slice(0, 8), '--yes'])
  expect(back.envelope.data.applied).toMatchObject([{ outcome: 'created', callback_url: second.callbackUrl }])
  const keyed = await home.cli.json(['webhooks', 'keys', 'add', third.callbackUrl, '--stdin'], { stdin: 'a-key' })
  expect(keyed.envelope.data.webhook_uri).toBe(third.uri)
  const removed = await home.cli.json(['webhooks', 'keys', 'remove', third.callbackUrl])
  expect(removed.envelope.data).toMatchObject({ webhook_uri: third.uri, removed: true })

  const unclear = await home.cli.run(['webhooks', 'delete', 'https://twice.example.com/', '--yes'])
  expect([unclear.code, unclear.stderr]).toEqual([2, expect.stringContaining('fits 2 webhook subscriptions')])
  expect((await home.cli.run(['webhooks', 'get', 'https://nobody.example.com/'])).code).toBe(2)
})

test('webhooks audit --quiet prints nothing where nothing was found', async () => {
  home = await auditHome(MANY)
  expect(await home.cli.run(['webhooks', 'audit', '--quiet'], { env: home.token })).toMatchObject({ code: 0, stdout: '', stderr: '' })
})

test.runIf(hasTerminal())('webhooks list longer than the terminal goes through the pager, unless --no-pager says otherwise', async () => {
  home = await auditHome(MANY)
  const env = { ...home.token, CALRECONNECT_PAGER: 'sed s/^/paged:/' }
  const paged = await onTerminal(home.cli, ['webhooks', 'list'], env).done
  expect([paged.code, paged.shown]).toEqual([0, expect.stringContaining('paged:active')])
  const plain = await onTerminal(home.cli, ['webhooks', 'list', '--no-pager'], env).done
  expect([plain.code, plain.shown.includes('paged:'), plain.shown.includes('h40.example.com')]).toEqual([0, false, true])
  const unknown = await onTerminal(home.cli, ['webhooks', 'list'], { ...env, CALRECONNECT_PAGER: '/nonexistent/pager' }).done
  expect([unknown.code, unknown.shown.includes('h40.example.com')]).toEqual([0, true])
})
