// `webhooks watch`: what changed between two audits, told once, to the person and to a command.

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'
import { schemaProblems } from '../../support/data-schema.ts'

let cli: EmulatedCli
beforeEach(async () => {
  cli = await emulatedCli()
  await cli.connect('--callback-url', 'https://hooks.example.com/a')
})
afterEach(() => cli.close())

/** Somebody makes a subscription at a tunnel's host, which an audit objects to. */
async function tunnel(name: string): Promise<string> {
  const { organizationUri, personalAccessToken } = cli.emulator.info
  const answer = await fetch(`${cli.emulator.url}/webhook_subscriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${personalAccessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      url: `https://${name}.ngrok.io/a`,
      organization: organizationUri,
      scope: 'organization',
      events: ['invitee.created'],
    }),
  })
  const { resource } = (await answer.json()) as { resource: { uri: string } }
  return new URL(resource.uri).pathname
}

async function remove(path: string): Promise<void> {
  const headers = { authorization: `Bearer ${cli.emulator.info.personalAccessToken}` }
  await fetch(`${cli.emulator.url}${path}`, { method: 'DELETE', headers })
}

async function once(...args: readonly string[]) {
  const { code, envelope } = await cli.json(['webhooks', 'watch', '--once', ...args])
  expect(await schemaProblems('webhooks watch', envelope.data)).toEqual([])
  const codes = (all: readonly { code: string }[]) => all.map((one) => one.code)
  return { code, appeared: codes(envelope.data.appeared), gone: codes(envelope.data.gone), findings: envelope.data.findings }
}

test('webhooks watch --once tells what appeared since the last run, once, and what is gone', async () => {
  expect(await once()).toEqual({ code: 0, appeared: [], gone: [], findings: 0 })
  const path = await tunnel('one')
  expect(await once()).toEqual({ code: 0, appeared: ['EPHEMERAL_HOST'], gone: [], findings: 1 })
  expect(await once()).toEqual({ code: 0, appeared: [], gone: [], findings: 1 })
  expect((await cli.run(['webhooks', 'watch', '--once'])).stdout).toBe('')
  await remove(path)
  expect(await once()).toEqual({ code: 0, appeared: [], gone: ['EPHEMERAL_HOST'], findings: 0 })
  expect(await once()).toEqual({ code: 0, appeared: [], gone: [], findings: 0 })
})

test('webhooks watch --exec gets each change as JSON on standard input, and one that fails does not end it', async () => {
  await tunnel('one')
  const told = join(cli.folder, 'told')
  const { code, stdout } = await cli.run(['webhooks', 'watch', '--once', '--exec', `cat >> '${told}'; echo noise`])
  expect(code).toBe(0)
  expect(stdout).not.toContain('noise')
  expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({
    change: 'appeared',
    account: 'owner@example.com',
    finding: { code: 'EPHEMERAL_HOST', severity: 'warning', fix: expect.stringMatching(/^calreconnect /) },
  })
  await tunnel('two')
  const failing = await cli.run(['webhooks', 'watch', '--once', '--exec', 'exit 7'])
  expect([failing.code, failing.stderr.includes('exit code 7')]).toEqual([0, true])
})

test('webhooks watch goes on through rounds and failures until it is interrupted, and ends with 130', async () => {
  const running = cli.start(['webhooks', 'watch', '--interval', '1s', '--ndjson', '--max-wait', '0'])
  await tunnel('one')
  const [line] = await running.stdoutUntil(/^\{.*\}$/m)
  expect(JSON.parse(line)).toMatchObject({ change: 'appeared', finding: { code: 'EPHEMERAL_HOST' } })
  cli.emulator.control.addFaults([{ path: '/webhook_subscriptions', action: 'status', status: 200, times: 8, body: '<html>portal</html>' }])
  await running.stderrUntil(/This round could not be finished/)
  running.child.kill('SIGINT')
  expect((await running.done).code).toBe(130)
})

test('webhooks watch with CALENDLY_TOKEN keeps nothing, and --json needs --once', async () => {
  const env = { CALENDLY_TOKEN: cli.emulator.info.personalAccessToken }
  const before = readdirSync(dirname(cli.db)).toSorted()
  expect((await cli.run(['webhooks', 'watch', '--once', '--db', join(cli.folder, 'none', 'x.db')], { env })).code).toBe(0)
  expect([readdirSync(dirname(cli.db)).toSorted(), existsSync(join(cli.folder, 'none'))]).toEqual([before, false])
  for (const args of [['--json'], ['--interval', '5'], ['--interval', '0s'], ['--once', '--json', '--ndjson']]) {
    expect([args, (await cli.run(['webhooks', 'watch', ...args])).code]).toEqual([args, 2])
  }
})

test('webhooks watch takes a file of another version for none', async () => {
  await tunnel('one')
  await once()
  const name = readdirSync(dirname(cli.db)).find((file) => file.includes('-watch-'))
  writeFileSync(join(dirname(cli.db), name ?? ''), '{"version":2}')
  expect((await once()).appeared).toEqual(['EPHEMERAL_HOST'])
})
