// A store whose key is gone, in every way that it goes: what still answers, which way on is named, and that it leads out.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { accountsListSchema } from '../../../src/cli/schemas/accounts.ts'
import { statusSchema } from '../../../src/cli/schemas/status.ts'
import { resetSecretsSchema } from '../../../src/cli/schemas/store.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { HOOK } from '../../support/connected.ts'

const KEY = Buffer.alloc(32, 5).toString('base64')
const OTHER = Buffer.alloc(32, 6).toString('base64')
const RESET = 'calreconnect store reset-secrets'

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

const keyFile = (): string => join(cli.folder, 'config', 'calreconnect.key')

interface Loss {
  readonly what: string
  /** Of the time before the loss. */
  readonly before?: Readonly<Record<string, string>>
  /** Loses it; gives the environment afterwards. */
  readonly lose: () => Readonly<Record<string, string>>
  /** After the reset: what a hint says is needed before there can be new secrets. */
  readonly beforehand?: readonly string[]
}

const LOSSES: readonly Loss[] = [
  { what: 'the folder went with the container', lose: () => ({ CALRECONNECT_CONFIG_DIR: join(cli.folder, 'new-container') }) },
  {
    what: 'the key file was removed',
    lose: () => {
      rmSync(keyFile())
      return {}
    },
  },
  {
    what: 'the key file was replaced by another',
    lose: () => {
      writeFileSync(keyFile(), `${OTHER}\n`, { mode: 0o600 })
      return {}
    },
  },
  {
    what: 'the key file was cut off',
    lose: () => {
      writeFileSync(keyFile(), OTHER.slice(0, 20), { mode: 0o600 })
      return {}
    },
  },
  { what: 'CALRECONNECT_KEY is another', before: { CALRECONNECT_KEY: KEY }, lose: () => ({ CALRECONNECT_KEY: OTHER }) },
  { what: 'CALRECONNECT_KEY is not set any more', before: { CALRECONNECT_KEY: KEY }, lose: () => ({}) },
  {
    what: 'the keyring that was chosen is gone',
    lose: () => {
      rmSync(keyFile())
      writeFileSync(join(cli.folder, 'config', 'key-source.json'), '{"key_source":"keyring"}')
      return { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }
    },
    beforehand: ['store', 'key', 'use', 'file'],
  },
]

for (const { what, before = {}, lose, beforehand } of LOSSES)
  test(`without the key (${what}) what is no secret is shown, and store reset-secrets and connect lead out`, async () => {
    await cli.consenting(['connect', '--name', 'robin', '--callback-url', HOOK], {}, { env: before })
    const env = lose()
    const status = await cli.json(['status'], { env })
    v.parse(statusSchema, status.envelope.data)
    const [shown] = status.envelope.data.accounts
    expect({ code: status.code, name: shown.name, url: shown.webhook.callback_url }).toEqual({ code: 0, name: 'robin', url: HOOK })
    expect(status.stderr).toContain(RESET)
    const listed = await cli.json(['accounts', 'list'], { env })
    v.parse(accountsListSchema, listed.envelope.data)
    expect([listed.code, listed.stderr.includes(RESET)]).toEqual([0, true])
    expect((await cli.run(['runs'], { env })).code).toBe(0)
    expect((await cli.run(['webhooks', 'keys', 'list', '--json'], { env })).code).toBe(0)
    expect((await cli.run(['store', 'info'], { env })).code).toBe(0)
    for (const args of [
      ['status', 'robin'],
      ['token'],
      ['connect', '--name', 'robin'],
      ['reconnect', 'robin'],
      ['store', 'key', 'status'],
    ]) {
      const { code, envelope } = await cli.json(args, { env })
      expect({ args, code, names: envelope.error?.hint?.includes(RESET) }).toEqual({ args, code: 9, names: true })
    }

    const unasked = await cli.json(['store', 'reset-secrets'], { env })
    expect([unasked.code, unasked.envelope.error?.code]).toEqual([2, 'INPUT_REQUIRED'])
    const reset = await cli.json(['store', 'reset-secrets', '--yes'], { env })
    v.parse(resetSecretsSchema, reset.envelope.data)
    expect([reset.code, reset.envelope.data.accounts, reset.envelope.data.signing_keys]).toEqual([0, ['robin'], 1])
    const after = (await cli.json(['status'], { env })).envelope.data.accounts[0]
    expect([after.is_active, after.webhook.callback_url, after.webhook.signing_key_stored]).toEqual([false, HOOK, false])
    if (beforehand !== undefined) {
      const { envelope } = await cli.json(['connect', '--name', 'robin', '--start'], { env })
      expect(envelope.error?.hint).toContain(`calreconnect ${beforehand.join(' ')}`)
      expect((await cli.run(beforehand, { env })).code).toBe(0)
    }

    const again = await cli.consenting(['connect', '--name', 'robin', '--json'], {}, { env })
    const { data } = JSON.parse(again.stdout)
    expect([again.code, data.account.is_active, data.account.webhook.signing_key_stored]).toEqual([0, true, true])
    expect((await cli.run(['token'], { env })).code).toBe(0)
    const { webhooks } = (await cli.json(['webhooks', 'list'], { env })).envelope.data
    expect(
      webhooks.map((one: { callback_url: string; state: string; signing_key_stored: boolean }) => [
        one.callback_url,
        one.state,
        one.signing_key_stored,
      ]),
    ).toEqual([[HOOK, 'active', true]])
  })

test('disconnect --force-local needs no key, and says what is left at Calendly', async () => {
  await cli.consenting(['connect', '--name', 'robin', '--callback-url', HOOK])
  rmSync(keyFile())
  const { code, envelope } = await cli.json(['disconnect', 'robin', '--force-local', '--yes'])
  const [result] = envelope.data.results
  expect([code, result.cleared, result.left.length]).toEqual([0, true, 3])
  expect((await cli.json(['status'])).envelope.data.accounts[0].is_active).toBe(false)
})

test('a key that comes back is used again: nothing was thrown away by looking', async () => {
  await cli.consenting(['connect', '--name', 'robin'])
  const token = (await cli.run(['token'])).stdout
  const away = join(cli.folder, 'away')
  renameSync(keyFile(), away)
  for (const args of [['status'], ['token'], ['connect', '--name', 'robin'], ['store', 'key', 'status']]) await cli.run(args)
  mkdirSync(join(cli.folder, 'config'), { recursive: true })
  renameSync(away, keyFile())
  expect((await cli.run(['token'])).stdout).toBe(token)
})

test('store reset-secrets of a store whose key is at hand says that disconnect does more', async () => {
  await cli.consenting(['connect', '--name', 'robin'])
  const { code, stderr } = await cli.run(['store', 'reset-secrets', '--yes'])
  expect([code, /Warning: The key of this store is not lost: disconnect/.test(stderr)]).toEqual([0, true])
})
