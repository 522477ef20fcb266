// An agent's session, with the protocol's own client: it looks, gets a plan, carries it out, and brings back what went.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli, HOOK } from '../../support/connected.ts'
import { HEADER, RAW_BODY, sign } from '../../support/deliveries.ts'

const BIN = fileURLToPath(new URL('../../../bin/calreconnect.js', import.meta.url))
const DEAD = 'https://dead.example.com/x'
let cli: EmulatedCli
const clients: Client[] = []

beforeEach(async () => {
  cli = await emulatedCli({ seed: { subscriptions: [{ callback_url: DEAD, state: 'disabled' }] } })
  await cli.connect('--callback-url', HOOK)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await cli.close()
})

async function agent(...flags: readonly string[]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [BIN, 'mcp', ...flags], env: { ...cli.env }, stderr: 'inherit' }),
  )
  clients.push(client)
  return client
}

// oxlint-disable-next-line typescript/no-explicit-any -- documents whose schema other tests hold them to
async function call(client: Client, name: string, input: Record<string, unknown> = {}): Promise<any> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: input })
  const [first] = content as { text: string }[]
  if (structuredContent !== undefined) expect(JSON.parse(first?.text ?? '')).toEqual(structuredContent)
  return structuredContent ?? { isError, text: first?.text }
}

const urls = () => cli.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)

test('an agent without leave to write reads and plans, and changes nothing', async () => {
  const client = await agent()
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual([
    'status',
    'list_webhooks',
    'audit_webhooks',
    'verify_delivery',
    'runs',
    'plan_reconnect',
    'plan_prune',
    'plan_delete',
    'plan_restore',
  ])
  expect(tools.every(({ annotations, inputSchema }) => annotations?.readOnlyHint === true && inputSchema.type === 'object')).toBe(true)
  const audit = await call(client, 'audit_webhooks')
  expect([audit.ok, audit.data.findings.map((one: { code: string }) => one.code)]).toEqual([false, ['DISABLED']])
  const plan = await call(client, 'plan_prune', { disabled: true, include_foreign: true })
  expect(plan.data.plan.steps.map((step: { callback_url: string }) => step.callback_url)).toEqual([DEAD])
  expect(await call(client, 'apply_plan', { plan_id: plan.plan_id })).toMatchObject({
    isError: true,
    text: expect.stringContaining('--allow-writes'),
  })
  expect(urls().toSorted()).toEqual([DEAD, HOOK])
})

test('an agent with leave to write carries out the plan that it was shown, once, and restores what went', async () => {
  const client = await agent('--allow-writes')
  const { plan_id } = await call(client, 'plan_prune', { disabled: true, include_foreign: true })
  const applied = await call(client, 'apply_plan', { plan_id })
  expect([applied.ok, applied.data.applied.map((step: { outcome: string }) => step.outcome), urls()]).toEqual([true, ['deleted'], [HOOK]])
  expect(await call(client, 'apply_plan', { plan_id })).toMatchObject({ ok: false, error: { code: 'PLAN_STALE' } })
  const restore = await call(client, 'plan_restore')
  expect((await call(client, 'apply_plan', { plan_id: restore.plan_id })).data.applied).toHaveLength(1)
  expect(urls().toSorted()).toEqual([DEAD, HOOK])
  const nothing = await call(client, 'plan_reconnect')
  expect([nothing.ok, nothing.plan_id]).toEqual([true, null])
})

test('a plan that fits no more is refused, and what is there stays', async () => {
  const client = await agent('--allow-writes')
  const { plan_id } = await call(client, 'plan_prune', { url: 'https://dead.example.com/*' })
  cli.emulator.control.add({ subscriptions: [{ callback_url: 'https://dead.example.com/another' }] })
  expect(await call(client, 'apply_plan', { plan_id })).toMatchObject({ ok: false, error: { code: 'PLAN_STALE' } })
  expect(urls()).toHaveLength(3)
})

test('what an agent says is a value and never an option; what does not fit is told by name', async () => {
  const client = await agent('--allow-writes')
  const status = await call(client, 'status', { account: '--db=/nowhere.db' })
  expect([status.ok, status.error.code]).toEqual([false, 'ACCOUNT_UNKNOWN'])
  const planned = await call(client, 'plan_delete', { subscriptions: ['--yes'] })
  expect([planned.ok, planned.plan_id, urls().length]).toEqual([false, null, 2])
  expect(await call(client, 'list_webhooks', { colour: 'red' })).toMatchObject({ isError: true, text: expect.stringContaining('colour') })
  await expect(call(client, 'no_such_tool')).resolves.toMatchObject({ isError: true })
})

test('an agent may ask whether a delivery is authentic, and is never told a key', async () => {
  const client = await agent()
  const [own] = cli.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)
  const key = own?.signingKey ?? ''
  const asked = await call(client, 'verify_delivery', { body_base64: RAW_BODY.toString('base64'), signature: sign(RAW_BODY, key) })
  expect([asked.ok, asked.data.valid]).toEqual([true, 1])
  const forged = await call(client, 'verify_delivery', { body: 'x', signature: HEADER })
  expect([forged.ok, forged.data.results[0].reason]).toEqual([false, 'wrong_key'])
  const answers = [
    asked,
    forged,
    await call(client, 'status', { remote: true }),
    await call(client, 'runs'),
    await call(client, 'list_webhooks'),
  ]
  const told = JSON.stringify(answers)
  expect([key, cli.emulator.info.personalAccessToken].filter((secret) => told.includes(secret))).toEqual([])
})

test('mcp ends when its client does, without a word on stdout but the protocol’s', async () => {
  const { code, stdout } = await cli.run(['mcp'], { stdin: '' })
  expect([code, stdout]).toEqual([0, ''])
  expect((await cli.run(['mcp', '--nonsense'])).code).toBe(2)
  expect((await cli.json(['mcp'])).code).toBe(2)
})
