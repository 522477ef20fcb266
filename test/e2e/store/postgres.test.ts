// The command line with its store in a PostgreSQL server.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { storeInfoSchema, storeInitSchema } from '../../../src/cli/schemas/store.ts'
import { MIGRATIONS } from '../../../src/adapters/store/postgres/schema.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { onPostgres } from '../../support/engines.ts'

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

onPostgres(['transaction'], (engine, cluster) => {
  const HOOK = 'https://hooks.example.com/calendly'
  const withPassword = (url: string) => url.replace('tests@', 'tests:hunter2-secret@')

  test('connect, status, reconnect, audit and disconnect work on it as on a file, and make no file', async () => {
    const env = { CALRECONNECT_DB: engine.newPath() }
    const connected = await cli.consenting(['connect', '--name', 'acme', '--callback-url', HOOK], {}, { env })
    expect([connected.code, connected.stderr.includes('Error')]).toEqual([0, false])
    const status = await cli.json(['status'], { env })
    expect([
      status.code,
      status.envelope.data.accounts.map(({ name, is_active }: { name: string; is_active: boolean }) => [name, is_active]),
    ]).toEqual([0, [['acme', true]]])
    expect((await cli.json(['reconnect', '--yes'], { env })).code).toBe(0)
    expect(
      (await cli.json(['webhooks', 'list'], { env })).envelope.data.webhooks.map(({ managed }: { managed: boolean }) => managed),
    ).toEqual([true])
    expect((await cli.json(['runs'], { env })).code).toBe(0)
    expect((await cli.json(['log'], { env })).envelope.data.entries.length).toBeGreaterThan(3)
    const doctor = await cli.json(['doctor'], { env })
    const checks = doctor.envelope.data.checks as readonly { name: string; status: string }[]
    expect(checks.filter(({ name }) => name.startsWith('store')).map(({ name, status }) => [name, status])).toEqual([
      ['store', 'ok'],
      ['store_permissions', 'skipped'],
    ])
    expect((await cli.json(['disconnect', '--yes'], { env })).code).toBe(0)
    expect(existsSync(cli.db)).toBe(false)
  })

  test('store info tells schema, size and key, looking makes nothing, and the password is never shown', async () => {
    const url = engine.newPath()
    const env = { CALRECONNECT_DB: withPassword(url) }
    const absent = await cli.json(['store', 'info'], { env })
    v.parse(storeInfoSchema, absent.envelope.data)
    expect([absent.code, absent.envelope.data.path, absent.envelope.data.schema_version]).toEqual([0, url, null])
    const looked = await cli.run(['status', '--db', withPassword(url)], {})
    const made = await cli.json(['store', 'init'], { env })
    v.parse(storeInitSchema, made.envelope.data)
    expect(made.envelope.data).toMatchObject({ path: url, schema_version: MIGRATIONS.length, created: true })
    expect((await cli.json(['store', 'init'], { env })).envelope.data.created).toBe(false)
    const info = await cli.json(['store', 'info'], { env })
    expect(info.envelope.data).toMatchObject({ path: url, schema_version: MIGRATIONS.length, integrity: 'ok', permissions: null })
    for (const { stdout, stderr } of [absent, looked, made, info]) expect(stdout + stderr).not.toContain('hunter2')
    const copy = await cli.json(['store', 'copy', '--to', `${cli.db}.copy`], { env })
    expect([copy.code, copy.envelope.error?.code]).toEqual([2, 'USAGE'])
  })

  test('the SQL of store init --print-sql makes a store that a role without privileges can use', async () => {
    const url = engine.newPath()
    await cluster().query('DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN')
    const clerk = { CALRECONNECT_DB: url.replace('tests@', 'clerk@') }
    const refused = await cli.json(['store', 'init'], { env: clerk })
    expect([refused.code, refused.envelope.error?.code, refused.envelope.error?.message]).toEqual([
      9,
      'STORE_READ_ONLY',
      expect.stringContaining('The role clerk may not make the schema'),
    ])
    const { stdout } = await cli.run(['store', 'init', '--print-sql'], { env: clerk })
    await cluster().query(stdout)
    const { personalAccessToken } = cli.emulator.info
    const connected = await cli.run(['connect', '--token-stdin'], { stdin: personalAccessToken, env: clerk })
    expect([connected.code, connected.stderr.includes('Error')]).toEqual([0, false])
    expect((await cli.run(['token'], { env: clerk })).stdout.trim()).toBe(personalAccessToken)
    await cluster().query('DROP OWNED BY clerk; DROP ROLE clerk')
  })

  test('a server that is not there ends with 9 and says where it was looked for', async () => {
    const result = await cli.json(['status', '--db', 'postgres://nobody@127.0.0.1:1/app'])
    expect([result.code, result.envelope.error]).toMatchObject([
      9,
      { code: 'STORE_FAILED', message: 'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED)' },
    ])
  })
})

test('the driver is loaded for a postgres:// URL only', () => {
  const { outputs }: { outputs: Record<string, { inputs: Record<string, unknown> }> } = JSON.parse(readFileSync('dist/meta.json', 'utf8'))
  const drivers = Object.entries(outputs).filter(([, { inputs }]) =>
    Object.keys(inputs).some((input) => input.includes('node_modules/pg/')),
  )
  const names = drivers.map(([path]) => basename(path))
  expect(names.length).toBeGreaterThan(0)
  const loaded = (db: string): boolean => {
    const list = join(cli.folder, `loaded-${db.length}`)
    spawnSync(process.execPath, ['--require', './test/support/loaded-files.cjs', 'bin/calreconnect.js', 'status', '--db', db], {
      env: { ...cli.env, LOADED_FILES: list },
    })
    return readFileSync(list, 'utf8')
      .split('\n')
      .some((name) => names.includes(name))
  }
  expect([loaded(cli.db), loaded('postgres://nobody@127.0.0.1:1/app')]).toEqual([false, true])
})
