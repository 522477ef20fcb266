// SIGKILL at every point of connect and disconnect, then the same command again: it must come to the same end.

import { afterEach, describe, expect, test } from 'vitest'
import { accountCli, type AccountCli } from '../../support/account-cli.ts'
import { HOOK } from '../../support/connected.ts'

const open: AccountCli[] = []
afterEach(async () => {
  for (const cli of open.splice(0)) await cli.close()
})
async function fresh(): Promise<AccountCli> {
  const cli = await accountCli()
  open.push(cli)
  return cli
}

const around = (...points: string[]): string[] => points.flatMap((point) => [`${point}:before`, `${point}:after`])
const RERUNS_MAX = 2

describe('connect', () => {
  test.each(
    around(
      'http:POST /oauth/token',
      'commit:connect',
      'http:GET /users/me',
      'http:GET /organization_memberships',
      'commit:rename',
      'commit:update_connection',
      'http:GET /webhook_subscriptions',
      'http:POST /webhook_subscriptions',
      'commit:keep_subscription',
    ),
  )('connect killed at %s comes to one connection with one webhook whose key is known', async (point) => {
    const cli = await fresh()
    const args = ['connect', '--callback-url', HOOK]
    const killed = await cli.consenting(args, {}, { env: { CALRECONNECT_CRASHPOINT: point } })
    expect(killed.signal).toBe('SIGKILL')
    let code: number | null = null
    for (let rerun = 0; rerun < RERUNS_MAX && code !== 0; rerun += 1) code = (await cli.consenting(args)).code
    const { accounts } = (await cli.json(['status'])).envelope.data
    expect({
      code,
      accounts: accounts.map((account: { name: string; webhook: { signing_key_stored: boolean } | null }) => [
        account.name,
        account.webhook?.signing_key_stored,
      ]),
    }).toEqual({
      code: 0,
      accounts: [['owner@example.com', true]],
    })
    expect(cli.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)).toEqual([HOOK])
    const writes = cli.emulator.requests().length
    expect((await cli.run(['reconnect'])).code).toBe(0)
    expect(
      cli.emulator
        .requests()
        .slice(writes)
        .filter(({ method }) => method !== 'GET'),
    ).toEqual([])
  })
})

describe('disconnect', () => {
  test.each(around('http:DELETE /webhook_subscriptions/{id}', 'http:POST /oauth/revoke', 'commit:clear'))(
    'disconnect killed at %s comes to no webhook, no live token and nothing stored',
    async (point) => {
      const cli = await fresh()
      expect((await cli.consenting(['connect', '--name', 'sales', '--callback-url', HOOK])).code).toBe(0)
      const args = ['disconnect', 'sales', '--yes', '--json']
      const killed = await cli.run(args, { env: { CALRECONNECT_CRASHPOINT: point } })
      expect(killed.signal).toBe('SIGKILL')
      const result = await cli.run(args)
      expect({ code: result.code, left: JSON.parse(result.stdout).data.results[0].left }).toEqual({ code: 0, left: [] })
      const { state } = cli.emulator.control
      expect({
        webhooks: cli.emulator.control.subscriptions(),
        live: [...state.grants.values()].filter(({ accessRevoked, refreshRevoked }) => !accessRevoked || !refreshRevoked),
        active: (await cli.json(['status'])).envelope.data.accounts[0].is_active,
      }).toEqual({ webhooks: [], live: [], active: false })
    },
  )
})
