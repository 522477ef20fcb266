// Places where programs live today: a container with a read-only root, a user that no file names and no home; a CI runner; an SSH session; WSL.
// Connecting, reconnecting and auditing work there, or say what to do.

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decide } from '../../support/accounts.ts'
import type { Envelope } from '../../support/cli.ts'
import { type HintedHome, hintedHome } from '../../support/hinted.ts'

const BIN = fileURLToPath(new URL('../../../bin/calreconnect.js', import.meta.url))
const HOOK = 'https://hooks.example.com/a'
const NOBODY = 12_345
const CAN_CONFINE = canConfine()

let home: HintedHome
let volume: string
beforeAll(async () => {
  home = await hintedHome()
  volume = join(home.folder, 'volume')
  mkdirSync(volume)
  // The way there, for somebody else.
  chmodSync(home.folder, 0o711)
  if (CAN_CONFINE) chownSync(volume, NOBODY, NOBODY)
})
afterAll(() => home.close())

/** A mount namespace of its own, in which everything but the volume is read-only, and a user without a name. */
async function confined(args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ''): Promise<Ended> {
  const { CALENDLY_API_URL = '', CALENDLY_AUTH_URL = '' } = home.env
  const mounts = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && mount -o remount,bind,rw "$0"'
  const user = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`
  const script = `${mounts} && cd / && exec ${user} "$@"`
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, volume, process.execPath, BIN, '--json', ...args], {
    env: { PATH: process.env['PATH'] ?? '', CALENDLY_API_URL, CALENDLY_AUTH_URL, ...env },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin.end(stdin)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (!stdout.startsWith('{')) throw new Error(`ended with ${code}: ${stdout}${stderr}`)
  return { code, envelope: JSON.parse(stdout) }
}

interface Ended {
  readonly code: number | null
  readonly envelope: Envelope
}

function canConfine(): boolean {
  const user = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', 'true']
  const can = spawnSync('unshare', ['--mount', ...user]).status === 0
  if (!can) process.stderr.write('No mount namespace can be made here (not root, or not Linux): the confined place is not tried\n')
  return can
}

describe.skipIf(!CAN_CONFINE)('a read-only root, a user without a name, no home and no terminal', () => {
  const onVolume = () => ({ CALRECONNECT_DB: join(volume, 'store.db'), CALRECONNECT_CONFIG_DIR: join(volume, 'config') })

  test('with a volume everything works, and the store is private', async () => {
    const token = home.emulator.info.personalAccessToken
    const ended = [
      await confined(['connect', '--token-stdin', '--name', 'acme', '--callback-url', HOOK], onVolume(), token),
      await confined(['reconnect'], onVolume()),
      await confined(['webhooks', 'audit'], onVolume()),
      await confined(['store', 'info'], onVolume()),
    ]
    expect(ended.map(({ code, envelope }) => [code, envelope.error])).toEqual(ended.map(() => [0, null]))
    expect(ended[3]?.envelope.data.permissions).toMatchObject({ file: '0600', private: true })
    expect(home.emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl)).toEqual([HOOK])
  })

  test('without one, what needs a store says which setting is missing, and an audit with a token needs none', async () => {
    const connect = await confined(['connect', '--start', '--no-webhook'], { CALENDLY_CLIENT_ID: home.emulator.info.clientId })
    expect([connect.code, connect.envelope.error?.code]).toEqual([2, 'SETTING_MISSING'])
    expect(`${connect.envelope.error?.message} ${connect.envelope.error?.hint}`).toContain('CALRECONNECT_DB')
    const audit = await confined(['webhooks', 'audit', '--fail-on', 'error'], { CALENDLY_TOKEN: home.emulator.info.personalAccessToken })
    expect([audit.code, audit.envelope.error]).toEqual([0, null])
  })

  test('a store where nothing can be written is exit 9, which names it and what to do', async () => {
    const CALRECONNECT_DB = '/usr/share/calreconnect/store.db'
    const { code, envelope } = await confined(['connect', '--start', '--no-webhook'], {
      CALRECONNECT_DB,
      CALRECONNECT_CONFIG_DIR: join(volume, 'config'),
      CALENDLY_CLIENT_ID: home.emulator.info.clientId,
    })
    expect([code, envelope.error?.message]).toEqual([9, expect.stringContaining('/usr/share/calreconnect')])
    expect(envelope.error?.hint ?? '').toMatch(/--db|CALRECONNECT_DB/)
  })
})

describe('a CI runner, an SSH session and WSL', () => {
  test('a CI runner is asked nothing: connect says how it is done with a browser elsewhere', async () => {
    const running = home.start(['connect'], { env: { ...home.oauth, BROWSER: '', CI: 'true', GITHUB_ACTIONS: 'true' } })
    await running.stderrUntil(/calreconnect connect --start, open its page anywhere/)
    await running.stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m)
    running.child.kill('SIGINT')
    expect((await running.done).code).toBe(130)
  })

  test('in an SSH session the address of the consent is shown, and where it leads is pasted', async () => {
    const env = { ...home.oauth, SSH_CONNECTION: '203.0.113.9 51000 198.51.100.7 22', SSH_TTY: '/dev/pts/0' }
    const start = await home.json(['connect', '--start', '--name', 'far', '--no-webhook'], { env })
    const address = await decide(start.envelope.data.authorize_url)
    const end = await home.json(['connect', '--complete', '-'], { env, stdin: address })
    expect([start.code, end.code, end.envelope.data?.authorization]).toEqual([0, 0, 'oauth'])
  })

  test('in WSL a browser that is named is opened', async () => {
    const env = { ...home.oauth, WSL_DISTRO_NAME: 'Ubuntu', WSL_INTEROP: '/run/WSL/1_interop' }
    expect((await home.run(['connect', 'wsl', '--no-webhook'], { env })).code).toBe(0)
  })
})
