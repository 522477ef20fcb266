// Questions on a real terminal: pasting the redirect, checkbox lists, confirmations, Ctrl-C.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { decide } from '../../support/accounts.ts'
import { hasTerminal, KEYS, onTerminal, type Terminal } from '../../support/terminal.ts'

const AUTHORIZE = /^http\S+\/oauth\/authorize\?\S+$/m

let cli: AccountCli
beforeEach(async () => {
  cli = await accountCli()
})
afterEach(() => cli.close())

describe.skipIf(!hasTerminal())('on a terminal', () => {
  async function connecting(...args: readonly string[]): Promise<{ readonly terminal: Terminal; readonly page: string }> {
    const terminal = onTerminal(cli, ['connect', '--no-browser', ...args])
    const [page] = await terminal.until(AUTHORIZE)
    await terminal.until(/paste its full address here/)
    return { terminal, page }
  }

  test('connect takes the pasted address, after telling what was wrong with two others', async () => {
    const { terminal, page } = await connecting()
    terminal.type(`no address${KEYS.enter}`)
    await terminal.until(/That is not a URL/)
    await terminal.until(/paste its full address here/)
    terminal.type(`${cli.redirectUri}?code=c&state=another${KEYS.enter}`)
    await terminal.until(/its state differs/)
    await terminal.until(/paste its full address here/)
    terminal.type(`${await decide(page)}${KEYS.enter}`)
    await terminal.until(/✓ Connected owner@example\.com/)
    expect((await terminal.done).code).toBe(0)
  })

  test('connect does not need the paste when the browser comes back meanwhile', async () => {
    const { terminal, page } = await connecting()
    const answer = await fetch(await decide(page))
    expect(answer.status).toBe(200)
    const { code, shown } = await terminal.done
    expect({ code, connected: shown.includes('✓ Connected owner@example.com') }).toEqual({ code: 0, connected: true })
  })

  test('connect on a port that is taken offers to paste', async () => {
    const other = cli.start(['connect', '--no-browser'])
    await other.stderrUntil(AUTHORIZE)
    const terminal = onTerminal(cli, ['connect', '--no-browser', '--name', 'second'])
    await terminal.until(/is in use by .*Paste the address of the page that you are sent to instead/)
    const [page] = await terminal.until(AUTHORIZE)
    await terminal.until(/paste its full address here/)
    terminal.type(`${await decide(page)}${KEYS.enter}`)
    expect((await terminal.done).code).toBe(0)
    other.child.kill('SIGTERM')
    expect((await other.done).code).toBe(130)
  })

  test('connect ends with 130 on Ctrl-C at the question, and closes the port', async () => {
    const { terminal } = await connecting()
    terminal.type(KEYS.interrupt)
    expect((await terminal.done).code).toBe(130)
    await expect(fetch(cli.redirectUri)).rejects.toThrow('fetch failed')
    expect((await cli.json(['status'])).envelope.data.accounts).toEqual([])
  })

  test('exec leaves Ctrl-C to the terminal, so that the command gets it once, and ends with the command’s code', async () => {
    const script = `let n = 0; process.on('SIGINT', () => { n += 1; setTimeout(() => { console.log('interrupts ' + n); process.exit(3) }, 300) }); setInterval(() => {}, 1000); console.log('ready')`
    const terminal = onTerminal(cli, ['exec', '--', process.execPath, '-e', script], { CALENDLY_TOKEN: 't' })
    await terminal.until(/ready/)
    terminal.type(KEYS.interrupt)
    await terminal.until(/interrupts 1$/m)
    expect((await terminal.done).code).toBe(3)
  })

  describe('with subscriptions to prune', () => {
    beforeEach(async () => {
      const subscriptions = [1, 2, 3].map((n) => ({ callback_url: `https://tunnel-${n}.ngrok.app/hook`, state: 'disabled' }))
      cli.emulator.control.add({ subscriptions })
      await cli.run(['connect', '--token-stdin'], { stdin: cli.emulator.info.personalAccessToken })
    })
    const left = (): string[] =>
      cli.emulator.control
        .subscriptions()
        .map(({ callbackUrl }) => callbackUrl)
        .toSorted()
    const prune = ['webhooks', 'prune', '--url', 'https://*.ngrok.app/*']

    test('webhooks prune deletes what stays ticked in the list', async () => {
      const terminal = onTerminal(cli, prune)
      await terminal.until(/tunnel-3/)
      terminal.type(KEYS.space)
      terminal.type(KEYS.enter)
      await terminal.until(/Delete 2 .*\?/)
      terminal.type(`y${KEYS.enter}`)
      const { code, shown } = await terminal.done
      const [, untickedUrl = ''] = /◯ (\S+)/.exec(shown) ?? []
      expect({ code, left: left() }).toEqual({ code: 0, left: [untickedUrl] })
    })

    test('webhooks prune ends with 130 on Ctrl-C at the list, and deletes nothing', async () => {
      const terminal = onTerminal(cli, prune)
      await terminal.until(/tunnel-3/)
      terminal.type(KEYS.interrupt)
      expect({ code: (await terminal.done).code, left: left().length }).toEqual({ code: 130, left: 3 })
    })

    test('webhooks delete asks with the number, and does nothing on no', async () => {
      const [subscription] = cli.emulator.control.subscriptions()
      const no = onTerminal(cli, ['webhooks', 'delete', subscription?.uri ?? ''])
      await no.until(/Delete 1 .*\?/)
      no.type(`n${KEYS.enter}`)
      expect({ code: (await no.done).code, left: left().length }).toEqual({ code: 130, left: 3 })
      const yes = onTerminal(cli, ['webhooks', 'delete', subscription?.uri ?? ''])
      await yes.until(/Delete 1 .*\?/)
      yes.type(`y${KEYS.enter}`)
      expect({ code: (await yes.done).code, left: left().length }).toEqual({ code: 0, left: 2 })
    })
  })
})
