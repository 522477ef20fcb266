import { afterEach, expect, test } from 'vitest'
import { type CliHome, cliHome } from '../../support/cli.ts'

let home: CliHome
afterEach(() => home.remove())

test('demo tells the whole story without an account and counts what it did in its last line', async () => {
  home = cliHome()
  const { code, stdout, stderr } = await home.run(['demo'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'Demo done: 137 subscriptions found, 63 duplicates of ours deleted, 1 kept, 1 delivery verified, 1 tampered one refused, ' +
      '41 tunnels pruned, 0 subscriptions of ours and 0 live tokens left.',
  )
})

test('demo says which setting helps where there is no temporary folder', async () => {
  home = cliHome()
  const { code, envelope } = await home.json(['demo'], { env: { TMPDIR: '/nowhere' } })
  expect([code, envelope.error?.code, envelope.error?.message, envelope.error?.hint]).toEqual([
    2,
    'FILE_UNWRITABLE',
    'The demo cannot make its folder in /nowhere (ENOENT)',
    'Set TMPDIR to a folder that you may write to',
  ])
})

test('demo --json prints its counts as one envelope', async () => {
  home = cliHome()
  const { code, envelope } = await home.json(['demo'])
  expect([code, envelope]).toEqual([
    0,
    {
      schema_version: 1,
      command: 'demo',
      ok: true,
      data: {
        subscriptions_found: 137,
        duplicates_deleted: 63,
        subscriptions_of_ours: 1,
        deliveries_verified: 1,
        tampered_refused: 1,
        tunnels_pruned: 41,
        left_of_ours: 0,
        live_tokens: 0,
      },
      error: null,
    },
  ])
})
