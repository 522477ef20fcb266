// Rounds over many accounts: only those that are due, a line for each as it is done, and one that fails stops nobody.

import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { reconnectSchema } from '../../../src/cli/schemas/reconnect.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'

const NAMES = ['ann', 'bob', 'cid'] as const
const HOOK = 'https://app.acme.example/hooks'
let cli: AccountCli

beforeEach(async () => {
  cli = await accountCli({ seed: { users: NAMES.map((name) => ({ email: `${name}@acme.example`, role: 'admin' as const })) } })
  for (const name of NAMES) {
    const { code, stderr } = await cli.consenting(['connect', name, '--callback-url', `${HOOK}/${name}`], { as: `${name}@acme.example` })
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  }
})
afterEach(() => cli.remove())

async function lines(
  ...flags: readonly string[]
): Promise<{ readonly code: number | null; readonly accounts: string[]; readonly stderr: string }> {
  const { code, stdout, stderr } = await cli.run(['reconnect', '--all', '--ndjson', ...flags])
  const results = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  v.parse(reconnectSchema, { results })
  return { code, accounts: results.map(({ account }: { account: string }) => account).toSorted(), stderr }
}

test('reconnect --all --ndjson prints a line for each account; --older-than leaves out those that were made right since', async () => {
  expect(await lines('--older-than', '1h')).toMatchObject({ code: 0, accounts: [...NAMES] })
  expect(await lines('--older-than', '1h')).toEqual({ code: 0, accounts: [], stderr: '' })
  expect((await lines()).accounts).toEqual([...NAMES])
  await cli.run(['accounts', 'rename', 'bob', 'rob'])
  expect((await lines('--older-than', '1h')).accounts).toEqual([])
})

test('reconnect --all --failed takes those that failed, until they are right', async () => {
  expect((await lines('--failed')).accounts).toEqual([])
  cli.emulator.control.revokeTokens({ user: 'bob@acme.example' })
  const round = await lines()
  expect([round.code, round.accounts]).toEqual([8, [...NAMES]])
  expect(round.stderr).toContain('1 of 3 accounts failed')
  expect(round.stderr).toContain('calreconnect reconnect --all --failed')
  expect(await lines('--failed')).toMatchObject({ code: 8, accounts: ['bob'] })
  expect((await cli.consenting(['connect', 'bob'], { as: 'bob@acme.example' })).code).toBe(0)
  expect(await lines('--failed')).toMatchObject({ code: 0, accounts: ['bob'] })
  expect((await lines('--failed')).accounts).toEqual([])
})

test('options of a round without --all, and two documents on stdout, are usage errors', async () => {
  for (const flags of [['--ndjson'], ['--failed'], ['--older-than', '1d']]) {
    const { code, envelope } = await cli.json(['reconnect', 'ann', ...flags])
    expect([flags[0], code, envelope.error?.message]).toEqual([flags[0], 2, `${flags[0]} goes with --all`])
  }
  expect((await cli.json(['reconnect', '--all', '--ndjson'])).code).toBe(2)
})

test('status --all shows those that are connected', async () => {
  await cli.run(['disconnect', 'cid', '--yes'])
  const names = async (...flags: string[]) =>
    (await cli.json(['status', ...flags])).envelope.data.accounts.map(({ name }: { name: string }) => name)
  expect([await names(), await names('--all')]).toEqual([[...NAMES], ['ann', 'bob']])
})
