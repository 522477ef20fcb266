// Installations and machines that are not a developer's: the store's native module is missing, or nobody knows where home is.
// The faults are told as what they are; what does not need the missing thing works.

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { type CliResult, startCli } from '../../support/cli.ts'
import { declaredCommands } from '../../support/command-tree.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const leaves = (await declaredCommands()).filter(({ isGroup, path }) => !isGroup && !['demo', 'emulator'].includes(path))

let cli: AccountCli
beforeAll(async () => {
  cli = await accountCli()
  const { code } = await cli.run(['connect', '--token-stdin', '--no-webhook'], { stdin: cli.emulator.info.personalAccessToken })
  if (code !== 0) throw new Error(`connect ended with ${code}`)
})
afterAll(() => cli.close())

const token = (): Readonly<Record<string, string>> => ({ CALENDLY_TOKEN: cli.emulator.info.personalAccessToken })

/** Arguments with which each command comes as far as the store; the others need none. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  connect: ['--start'],
  exec: ['--', 'true'],
  'accounts use': ['acme'],
  'accounts rename': ['acme', 'other'],
  'store key use': ['file'],
  'webhooks get': ['6c5a1d2e'],
  'webhooks create': ['--callback-url', 'https://app.example/hook', '--events', 'invitee.created'],
  'webhooks delete': ['6c5a1d2e', '--yes'],
  'webhooks sample': ['invitee.created'],
  'webhooks keys add': ['https://api.calendly.com/webhook_subscriptions/6c5a1d2e', '--stdin'],
  'webhooks keys remove': ['https://api.calendly.com/webhook_subscriptions/6c5a1d2e'],
  'webhooks plan': ['--init'],
}

describe('without the native module', () => {
  let program: string
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ''): Promise<CliResult> =>
    startCli(args, { ...cli.env, ...env }, stdin, program).done

  beforeAll(() => {
    const copy = join(cli.folder, 'installed')
    mkdirSync(join(copy, 'node_modules'), { recursive: true })
    for (const part of [
      'bin',
      'dist',
      'package.json',
      'node_modules/better-sqlite3',
      'node_modules/bindings',
      'node_modules/file-uri-to-path',
    ]) {
      if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    }
    for (const part of ['build', 'prebuilds']) rmSync(join(copy, 'node_modules/better-sqlite3', part), { recursive: true, force: true })
    program = join(copy, 'bin/calreconnect.js')
  })

  test.each(leaves.map(({ path }) => [path]))(
    'without the native module %s is no bug: it does its work, or says how to mend the installation',
    async (path) => {
      const { code, stdout, stderr } = await run(['--json', ...path.split(' '), ...(ARGUMENTS[path] ?? [])], {}, 'x')
      const error = stdout.startsWith('{') ? JSON.parse(stdout).error : null
      if (code === 9) {
        expect(error).toMatchObject({
          code: 'NATIVE_MODULE',
          message: expect.stringContaining('it was installed with its install scripts off'),
        })
        expect(error.hint).toContain('run install rebuilds it (with pnpm: pnpm approve-builds')
      }
      expect([0, 2, 3, 9], `${path}: ${stdout}${stderr}`).toContain(code)
    },
  )

  test('without the native module the store is neither made nor touched', async () => {
    const CALRECONNECT_DB = join(cli.folder, 'other', 'store.db')
    expect((await run(['connect', '--start'], { CALRECONNECT_DB })).code).toBe(9)
    expect(existsSync(CALRECONNECT_DB)).toBe(false)
  })

  test('without the native module what needs no store works: verify with a key, reading with a token, help', async () => {
    const [body, key] = [join(cli.folder, 'body.json'), join(cli.folder, 'key.txt')]
    writeFileSync(body, '{}')
    writeFileSync(key, 'signing-key')
    const signature = ['--signature', 't=1,v1=00', '--signing-key-file', key]
    const codes = {
      help: (await run(['webhooks', '--help'])).code,
      version: (await run(['--version'])).code,
      schema: (await run(['schema', 'status'])).code,
      verify: (await run(['verify', body, ...signature])).code,
      audit: (await run(['webhooks', 'audit', '--fail-on', 'error'], token())).code,
      list: (await run(['webhooks', 'list'], token())).code,
    }
    expect(codes).toEqual({ help: 0, version: 0, schema: 0, verify: 3, audit: 0, list: 0 })
  })
})

describe('without a home folder', () => {
  const NOBODY = `
    const os = require('node:os')
    const nobody = (call) => () => { throw Object.assign(new Error('A system error occurred: ' + call + ' returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' }) }
    os.homedir = nobody('uv_os_homedir')
    os.userInfo = nobody('uv_os_get_passwd')`

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    const preload = join(cli.folder, 'nobody.cjs')
    writeFileSync(preload, NOBODY)
    const { PATH = '', CALENDLY_API_URL = '', CALENDLY_AUTH_URL = '' } = cli.env
    const bare = { PATH, CALENDLY_API_URL, CALENDLY_AUTH_URL, CALENDLY_CLIENT_ID: 'x', NODE_OPTIONS: `--require=${preload}` }
    return startCli(args, { ...bare, ...env }, 'x').done
  }

  test.each(leaves.map(({ path }) => [path]))(
    'without a home folder %s is no bug: it does its work, or names the setting that is missing',
    async (path) => {
      const { code, stdout, stderr } = await run(['--json', ...path.split(' '), ...(ARGUMENTS[path] ?? [])])
      const error = stdout.startsWith('{') ? JSON.parse(stdout).error : null
      if (error?.code === 'SETTING_MISSING') expect(`${error.message} ${error.hint}`).toMatch(/CALRECONNECT_DB|CALENDLY_CLIENT_ID/)
      expect([0, 2, 3, 4], `${path}: ${stdout}${stderr}`).toContain(code)
    },
  )

  test.each([
    [{ XDG_DATA_HOME: 'FOLDER/data', XDG_CONFIG_HOME: 'FOLDER/config' }],
    [{ CALRECONNECT_DB: 'FOLDER/x.db', CALRECONNECT_CONFIG_DIR: 'FOLDER/c' }],
  ])('without a home folder the places that are named are used: %j', async (settings) => {
    const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.replace('FOLDER', cli.folder)]))
    expect((await run(['connect', '--start'], env)).code).toBe(0)
  })

  test('without a home folder an empty HOME is none, not the folder one is in', async () => {
    const env = { PATH: cli.env['PATH'] ?? '', HOME: '', CALENDLY_CLIENT_ID: 'x' }
    const { code, stdout } = await startCli(['connect', '--start', '--json'], env).done
    expect([code, JSON.parse(stdout).error.code]).toEqual([2, 'SETTING_MISSING'])
  })
})
