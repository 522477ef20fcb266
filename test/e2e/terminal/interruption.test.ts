// Ctrl-C, SIGTERM and SIGHUP on a real terminal, in every command that asks, changes or waits: what must be finished is finished, what
// need not be waited for is not, it ends with 130, and the terminal is as it was.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ACCOUNT, expireTokens, giveTokens, isLive, openStage, type Stage, webhookWrites, withStore } from '../../proofs/stage.ts'
import type { CliHome } from '../../support/cli.ts'
import { hasTerminal, KEYS, onTerminal, type Terminal, type TerminalEnd } from '../../support/terminal.ts'

const HOOK = 'https://hooks.example.com/calendly'
const TUNNELS = 12

type Way = 'Ctrl-C' | 'SIGTERM' | 'SIGHUP'
const WAYS: readonly Way[] = ['Ctrl-C', 'SIGTERM', 'SIGHUP']

function interrupt(terminal: Terminal, way: Way): void {
  if (way === 'Ctrl-C') terminal.type(KEYS.interrupt)
  else terminal.signal(way)
}

/** What holds of every interrupted command. */
const facts = ({ code, sameMode, cursorShown, shown }: TerminalEnd) => ({ code, sameMode, cursorShown, error: shown.includes('Error:') })
const INTERRUPTED = { code: 130, sameMode: true, cursorShown: true, error: false }

/** Resolves when the emulator is at work on a request that a fault holds up. */
async function untilHit(stage: Stage): Promise<void> {
  while (stage.control.faults.list().every(({ hits }) => hits === 0)) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe.skipIf(!hasTerminal())('interrupted on a terminal:', () => {
  let stage: Stage
  let home: CliHome
  beforeEach(async () => {
    stage = await openStage()
    home = stage.home()
    await withStore(home, (store) => giveTokens(stage, store))
    stage.control.add({
      subscriptions: Array.from({ length: TUNNELS }, (_, n) => ({ callback_url: `https://tunnel-${n}.ngrok.app/hook`, state: 'disabled' })),
    })
  })
  afterEach(() => stage.close())

  const withWebhook = async (): Promise<void> => {
    expect((await home.run(['reconnect', '--callback-url', HOOK])).code).toBe(0)
  }
  const prune = ['webhooks', 'prune', '--url', 'https://*.ngrok.app/*']
  const hooks = () => stage.control.subscriptions().map(({ callbackUrl, state }) => `${callbackUrl} ${state}`)

  interface Question {
    readonly name: string
    readonly args: readonly string[]
    readonly asks: RegExp
    readonly before?: () => Promise<void>
  }

  const questions: readonly Question[] = [
    { name: 'webhooks prune at its list', args: prune, asks: /Delete which of these/ },
    { name: 'webhooks recreate', args: ['webhooks', 'recreate'], asks: /\? .*\(y\/N\)/, before: withWebhook },
    {
      name: 'webhooks restore',
      args: ['webhooks', 'restore'],
      asks: /\? .*\(y\/N\)/,
      before: async () => void (await home.run([...prune, '--yes'])),
    },
    {
      name: 'webhooks apply',
      args: ['webhooks', 'apply', '-f', 'wanted.yaml'],
      asks: /\? .*\(y\/N\)/,
      before: async () => {
        const yaml = `version: 1\naccounts:\n  ${ACCOUNT}:\n    webhooks:\n      - callback_url: ${HOOK}\n        events: [invitee.created]\n        scope: organization\n`
        writeFileSync(join(home.folder, 'wanted.yaml'), yaml)
      },
    },
    { name: 'disconnect', args: ['disconnect'], asks: /\? .*\(y\/N\)/, before: withWebhook },
    { name: 'connect at the paste', args: ['connect', '--force', '--no-browser'], asks: /paste its full address here/ },
    { name: 'connect --token-stdin', args: ['connect', '--token-stdin'], asks: /Personal access token:/ },
    { name: 'webhooks keys add', args: ['webhooks', 'keys', 'add', 'AAAAAAAA'], asks: /Signing key/ },
  ]

  test.each(questions)('$name asks, and ends with nothing changed', async ({ args, asks, before }) => {
    await before?.()
    const [held, writes] = [hooks(), webhookWrites(stage).length]
    const where = args.map((word) => (word === 'wanted.yaml' ? join(home.folder, word) : word))
    for (const way of WAYS) {
      const terminal = onTerminal(home, where)
      await terminal.until(asks)
      interrupt(terminal, way)
      expect({ way, ...facts(await terminal.done) }).toEqual({ way, ...INTERRUPTED })
    }
    expect({ hooks: hooks(), writes: webhookWrites(stage).length }).toEqual({ hooks: held, writes })
  })

  test.each(WAYS)('webhooks list during a refresh keeps the new tokens, on %s', async (way) => {
    await expireTokens(stage, home)
    stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', delay_after_ms: 700 }])
    const terminal = onTerminal(home, ['webhooks', 'list'])
    await untilHit(stage)
    interrupt(terminal, way)
    await terminal.until(/Interrupted, but waiting for Calendly's answer with the new tokens of acme\. Ctrl-C again gives up/)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    const stored = await withStore(home, async (store) => ({
      live: await isLive(stage, store),
      open: await store.refreshes.open(ACCOUNT, 1),
    }))
    expect(stored).toEqual({ live: true, open: 0 })
  })

  test('webhooks list during a refresh keeps the new tokens when the window is closed', async () => {
    await expireTokens(stage, home)
    stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', delay_after_ms: 500 }])
    const terminal = onTerminal(home, ['webhooks', 'list'])
    await untilHit(stage)
    terminal.close()
    await terminal.done
    const kept = async (): Promise<boolean> =>
      withStore(home, async (store) => ((await store.connections.get(ACCOUNT))?.tokenGeneration ?? 0) > 1 && isLive(stage, store))
    while (!(await kept())) await new Promise((resolve) => setTimeout(resolve, 20))
  })

  test.each(WAYS)('webhooks recreate between its two halves finishes the replacement, on %s', async (way) => {
    await withWebhook()
    stage.control.addFaults([{ method: 'DELETE', path: '/webhook_subscriptions/*', action: 'slow', delay_after_ms: 500 }])
    const terminal = onTerminal(home, ['webhooks', 'recreate', '--yes'])
    await untilHit(stage)
    interrupt(terminal, way)
    await terminal.until(/Interrupted, but waiting for the new subscription for https:\/\/hooks\.example\.com\/calendly/)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    const [ours, ...others] = stage.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)
    const known = await withStore(home, (store) => store.subscriptions.signingKeys())
    expect({ others, keyed: known.some(({ webhookUri, key }) => webhookUri === ours?.uri && key.reveal() === ours?.signingKey) }).toEqual({
      others: [],
      keyed: true,
    })
  })

  test('webhooks recreate finishes the replacement although its token has to be renewed in between', async () => {
    await withWebhook()
    stage.control.addFaults([
      { method: 'DELETE', path: '/webhook_subscriptions/*', action: 'slow', delay_after_ms: 500 },
      { method: 'POST', path: '/webhook_subscriptions', after: 1, action: 'slow', delay_after_ms: 100 },
    ])
    const terminal = onTerminal(home, ['webhooks', 'recreate', '--yes'])
    await untilHit(stage)
    terminal.type(KEYS.interrupt)
    stage.control.expireAccessTokens()
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    expect(stage.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)).toHaveLength(1)
  })

  test.each(WAYS)('webhooks prune finishes the deletions that are under way and begins no more, on %s', async (way) => {
    stage.control.addFaults([{ method: 'DELETE', path: '/webhook_subscriptions/*', action: 'slow', delay_after_ms: 500, times: null }])
    const terminal = onTerminal(home, [...prune, '--yes'])
    await untilHit(stage)
    interrupt(terminal, way)
    await terminal.until(/Interrupted, but waiting for Calendly's answer to the request to delete the webhook subscription/)
    const end = await terminal.done
    const [, done = '', left = ''] = /Interrupted: (\d+) of 12 steps were done, (\d+) are left/.exec(end.shown) ?? []
    expect({ ...facts(end), left: stage.control.subscriptions().length, sum: Number(done) + Number(left) }).toEqual({
      ...INTERRUPTED,
      left: Number(left),
      sum: TUNNELS,
    })
  })

  test('webhooks list ends at once while Calendly does not answer', async () => {
    stage.control.addFaults([{ method: 'GET', path: '/webhook_subscriptions', action: 'stall', times: null }])
    for (const way of WAYS) {
      const terminal = onTerminal(home, ['webhooks', 'list'])
      await terminal.until(/Listing webhook subscriptions/)
      interrupt(terminal, way)
      expect({ way, ...facts(await terminal.done) }).toEqual({ way, ...INTERRUPTED })
    }
  })

  test('connect during the exchange of its code keeps the connection', async () => {
    stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'slow', delay_after_ms: 500 }])
    const { allowInBrowser } = await import('../../../src/cli/demo/browser.ts')
    const terminal = onTerminal(home, ['connect', '--name', 'second', '--no-browser', '--no-webhook'])
    const [page] = await terminal.until(/^http\S+\/oauth\/authorize\?\S+$/m)
    const browsed = allowInBrowser(page)
    await untilHit(stage)
    terminal.type(KEYS.interrupt)
    await terminal.until(/Interrupted, but waiting for Calendly’s answer with the new tokens/)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    await browsed
    expect(await withStore(home, (store) => isLive(stage, store, 'second'))).toBe(true)
  })

  test('disconnect during a revocation revokes both tokens and forgets them', async () => {
    stage.control.addFaults([{ method: 'POST', path: '/oauth/revoke', action: 'slow', delay_after_ms: 500 }])
    const terminal = onTerminal(home, ['disconnect', '--yes'])
    await untilHit(stage)
    terminal.type(KEYS.interrupt)
    await terminal.until(/Interrupted, but waiting for Calendly to revoke the tokens of acme/)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    expect((await withStore(home, (store) => store.connections.get(ACCOUNT)))?.isActive).toBe(false)
  })

  test.each(WAYS)('emulator ends, on %s', async (way) => {
    const terminal = onTerminal(home, ['emulator', '--port', '0'])
    await terminal.until(/export CALENDLY_CLIENT_SECRET=/)
    interrupt(terminal, way)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
  })

  test.each(WAYS)('demo ends and leaves nothing behind, on %s', async (way) => {
    const terminal = onTerminal(home, ['demo'], { TMPDIR: home.folder })
    await terminal.until(/^2\. /m)
    interrupt(terminal, way)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    expect(readdirSync(home.folder).filter((name) => name.startsWith('calreconnect-demo-'))).toEqual([])
  })

  const inputs: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['connect --complete -', ['connect', '--complete', '-']],
    ['webhooks keys add --stdin', ['webhooks', 'keys', 'add', 'AAAAAAAA', '--stdin']],
    ['webhooks keys add --file FIFO', ['webhooks', 'keys', 'add', 'AAAAAAAA', '--file', 'FIFO']],
    ['verify FIFO', ['verify', 'FIFO', '--signature', 't=1,v1=00']],
    ['verify --signing-key-file FIFO', ['verify', '/dev/null', '--signature', 't=1,v1=00', '--signing-key-file', 'FIFO']],
    ['verify --headers FIFO', ['verify', '/dev/null', '--headers', 'FIFO']],
    ['verify /dev/tty', ['verify', '/dev/tty', '--signature', 't=1,v1=00']],
    ['webhooks plan -f FIFO', ['webhooks', 'plan', '-f', 'FIFO']],
    ['webhooks apply FIFO', ['webhooks', 'apply', 'FIFO']],
    ['emulator --seed FIFO', ['emulator', '--port', '0', '--seed', 'FIFO']],
  ]
  test.each(inputs)('%s ends while nothing comes', async (_name, args) => {
    const fifo = join(home.folder, 'fifo')
    if (!existsSync(fifo)) execFileSync('sh', ['-c', 'mkfifo "$0"', fifo])
    for (const way of WAYS) {
      const terminal = onTerminal(
        home,
        args.map((word) => (word === 'FIFO' ? fifo : word)),
      )
      await terminal.started()
      await new Promise((resolve) => setTimeout(resolve, 600))
      interrupt(terminal, way)
      expect({ way, ...facts(await terminal.done) }).toEqual({ way, ...INTERRUPTED })
    }
  })

  test('status ends while another program holds the whole store, and says what it waits for', async () => {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(home.db)
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; UPDATE settings SET value = value; COMMIT')
    for (const way of WAYS) {
      const terminal = onTerminal(home, ['status'])
      await terminal.until(/Waiting for another program that holds the store/)
      interrupt(terminal, way)
      expect({ way, ...facts(await terminal.done) }).toEqual({ way, ...INTERRUPTED })
    }
    db.close()
  })

  test('accounts use ends while another program is writing to the store', async () => {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(home.db)
    db.exec('BEGIN IMMEDIATE')
    const terminal = onTerminal(home, ['accounts', 'use', ACCOUNT])
    await terminal.started()
    await new Promise((resolve) => setTimeout(resolve, 600))
    terminal.type(KEYS.interrupt)
    expect(facts(await terminal.done)).toEqual(INTERRUPTED)
    db.close()
  })

  test('webhooks list ends while another process is renewing the tokens', async () => {
    await expireTokens(stage, home)
    await withStore(home, (store) =>
      store.lock.hold(
        `tokens ${ACCOUNT}`,
        async () => {
          for (const way of WAYS) {
            const terminal = onTerminal(home, ['webhooks', 'list'])
            await terminal.until(/Waiting for another process that is renewing the tokens of acme/)
            interrupt(terminal, way)
            expect({ way, ...facts(await terminal.done) }).toEqual({ way, ...INTERRUPTED })
          }
        },
        { waitMsMax: 0 },
      ),
    )
  })

  test('a second Ctrl-C during a refresh gives up, and names the command that mends it, which does', async () => {
    await expireTokens(stage, home)
    stage.control.addFaults([{ method: 'POST', path: '/oauth/token', action: 'stall_after' }])
    const terminal = onTerminal(home, ['webhooks', 'list'])
    await untilHit(stage)
    terminal.type(KEYS.interrupt)
    await terminal.until(/Ctrl-C again gives up, and then acme may have to be connected again/)
    await new Promise((resolve) => setTimeout(resolve, 200))
    terminal.type(KEYS.interrupt)
    await terminal.until(
      /Given up waiting for Calendly's answer with the new tokens of acme: acme may have to be connected again\nHint: (.*)/,
    )
    const end = await terminal.done
    expect(facts(end)).toEqual(INTERRUPTED)
    const [, mend = ''] = /Given up .*\nHint: calreconnect (.*)/.exec(end.shown) ?? []
    const { startWithBrowser } = await import('../../proofs/stage.ts')
    expect(mend).toBe('connect --name acme')
    expect((await startWithBrowser(home, [...mend.split(' '), '--no-browser', '--no-webhook']).done).code).toBe(0)
    expect(await withStore(home, (store) => isLive(stage, store))).toBe(true)
  })
})
