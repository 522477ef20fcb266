// Real processes on one store, and one refresh token that works once.

import { afterEach, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const open: AccountCli[] = []
afterEach(async () => {
  for (const cli of open.splice(0)) await cli.close()
})

/** A connection whose access token has less than the wanted validity left, and a token endpoint that takes its time. */
async function expiring(): Promise<AccountCli> {
  const cli = await accountCli({ switches: { access_token_seconds: 60, token_limit: 1000 } })
  open.push(cli)
  expect((await cli.consenting(['connect', '--name', 'sales'])).code).toBe(0)
  cli.emulator.control.setSwitches({ access_token_seconds: 7200 })
  cli.emulator.control.addFaults([{ path: '/oauth/token', action: 'slow', delay_ms: 150, times: null }])
  return cli
}

const refreshes = (cli: AccountCli): number => cli.emulator.requests().filter(({ path }) => path === '/oauth/token').length

describe('reconnect in several processes', () => {
  test('reconnect by 8 processes at once makes one token request, and nobody fails', async () => {
    const cli = await expiring()
    const before = refreshes(cli)
    const results = await Promise.all(Array.from({ length: 8 }, () => cli.run(['reconnect', '--json'])))
    expect({ codes: results.map(({ code }) => code), refreshes: refreshes(cli) - before }).toEqual({
      codes: Array(8).fill(0),
      refreshes: 1,
    })
    expect((await cli.json(['status'])).envelope.data.accounts[0].needs_connect).toBeNull()
  })

  test('reconnect goes on when the process that renews is killed before its request leaves', async () => {
    const cli = await expiring()
    const killed = await cli.run(['reconnect'], { env: { CALRECONNECT_CRASHPOINT: 'http:POST /oauth/token:before' } })
    expect(killed.signal).toBe('SIGKILL')
    const results = await Promise.all(Array.from({ length: 3 }, () => cli.run(['reconnect', '--json'])))
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
  })

  test('reconnect says lost_response when the process that renews is killed after Calendly rotated', async () => {
    const cli = await expiring()
    const killed = await cli.run(['reconnect'], { env: { CALRECONNECT_CRASHPOINT: 'http:POST /oauth/token:after' } })
    expect(killed.signal).toBe('SIGKILL')
    const before = refreshes(cli)
    const results = await Promise.all(Array.from({ length: 3 }, () => cli.run(['reconnect', '--json'])))
    expect({ codes: results.map(({ code }) => code), refreshes: refreshes(cli) - before }).toEqual({ codes: [4, 4, 4], refreshes: 1 })
    expect((await cli.json(['status'])).envelope.data.accounts[0].needs_connect).toBe('lost_response')
  })

  test('reconnect keeps the pair when it is killed right after it was stored', async () => {
    const cli = await expiring()
    const killed = await cli.run(['reconnect'], { env: { CALRECONNECT_CRASHPOINT: 'commit:save_refreshed:after' } })
    expect(killed.signal).toBe('SIGKILL')
    const before = refreshes(cli)
    expect([(await cli.run(['reconnect'])).code, refreshes(cli) - before]).toEqual([0, 0])
  })
})
