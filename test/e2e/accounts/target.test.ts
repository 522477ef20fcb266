// Where a webhook goes: hosts that do not last, one URL for several accounts, and whose subscriptions a question is about.

import { afterEach, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const HOOK = 'https://app.acme.example/hooks'
let cli: AccountCli
afterEach(() => cli.remove())

async function connected(...names: readonly string[]): Promise<void> {
  cli = await accountCli()
  for (const name of names) {
    const { code } = await cli.consenting(['connect', name, '--callback-url', `${HOOK}/${name}`])
    expect(code).toBe(0)
  }
}

test('a tunnel, this machine and a private network need --allow-ephemeral-host, once: what is remembered goes on', async () => {
  await connected('robin')
  const tunnel = 'https://7f3a.ngrok-free.app/hook'
  for (const args of [
    ['reconnect', '--callback-url', tunnel],
    ['connect', 'robin', '--callback-url', 'http://localhost:3000/x', '--allow-http'],
    ['webhooks', 'create', '--callback-url', 'https://192.168.1.2/x'],
  ]) {
    const { code, envelope } = await cli.json(args)
    expect([args[0], code, envelope.error?.code]).toEqual([args[0], 2, 'EPHEMERAL_HOST'])
    expect(envelope.error?.hint).toContain('--allow-ephemeral-host')
  }
  const moved = await cli.json(['reconnect', '--callback-url', tunnel, '--allow-ephemeral-host'])
  expect(moved.code).toBe(0)
  expect(moved.stderr).toContain(`The webhook of robin moves from ${HOOK}/robin to ${tunnel}`)
  expect((await cli.json(['reconnect'])).code).toBe(0)
  const back = await cli.json(['reconnect', '--callback-url', `${HOOK}/robin`])
  expect(back.stderr).toContain(`--callback-url ${tunnel} --allow-ephemeral-host`)
})

test('one callback URL for several accounts is shown and needs --yes; without a URL nobody is asked', async () => {
  await connected('robin', 'kit')
  const args = ['reconnect', '--all', '--callback-url', `${HOOK}/one`]
  const refused = await cli.json(args)
  expect([refused.code, refused.envelope.error?.code, refused.envelope.error?.message]).toEqual([
    2,
    'INPUT_REQUIRED',
    `reconnect would give 2 accounts the one callback URL ${HOOK}/one: pass --yes to do so without being asked`,
  ])
  const shown = await cli.run([...args, '--dry-run'])
  expect(shown.code).toBe(0)
  expect(shown.stdout.match(/^(?:robin|kit)/gm)).toEqual(['robin', 'kit'])
  expect(shown.stdout.split(`${HOOK}/one`).length - 1).toBe(2)
  const done = await cli.json([...args, '--yes'])
  expect([done.code, done.envelope.data.results.length]).toEqual([0, 2])
  expect((await cli.json(['reconnect', '--all'])).code).toBe(0)
})

test("prune says when it deletes the connection's own webhook, and how to have it again", async () => {
  await connected('robin')
  const { code, stderr } = await cli.run(['webhooks', 'prune', '--url', `${HOOK}/*`, '--yes'])
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('is the webhook of robin itself; to have it again: calreconnect reconnect robin'),
  ])
  expect((await cli.run(['reconnect', 'robin'])).code).toBe(0)
  const quiet = await cli.run(['webhooks', 'prune', '--duplicates', '--yes'])
  expect(quiet.stderr).not.toContain('itself')
})
