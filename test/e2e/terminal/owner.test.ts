// No library owns the process: at a question and while a line moves, on a terminal, only main.ts listens to signals and may end it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { giveTokens, openStage, type Stage, withStore } from '../../proofs/stage.ts'
import type { CliHome } from '../../support/cli.ts'
import { hasTerminal, KEYS, onTerminal } from '../../support/terminal.ts'

const WATCH = fileURLToPath(new URL('../../support/signal-watch.cjs', import.meta.url))

describe.skipIf(!hasTerminal())('the process', () => {
  let stage: Stage
  let home: CliHome
  beforeEach(async () => {
    stage = await openStage()
    home = stage.home()
    await withStore(home, (store) => giveTokens(stage, store))
    stage.control.add({ subscriptions: [{ callback_url: 'https://tunnel.ngrok.app/hook' }] })
  })
  afterEach(() => stage.close())

  test('is main.ts’s own after a list, a moving line and two questions', async () => {
    const file = join(home.folder, 'signals.json')
    const terminal = onTerminal(home, ['webhooks', 'prune', '--url', 'https://*.ngrok.app/*'], {
      NODE_OPTIONS: `--require ${WATCH}`,
      SIGNAL_WATCH: file,
    })
    await terminal.until(/Delete which of these/)
    terminal.type(KEYS.enter)
    await terminal.until(/\(y\/N\)/)
    terminal.type(`y${KEYS.enter}`)
    expect((await terminal.done).code).toBe(0)
    const { listeners, patched }: { listeners: string[]; patched: string[] } = JSON.parse(readFileSync(file, 'utf8'))
    // Node itself asks for the terminal's size when that changes.
    const ours = listeners.filter((one) => !one.startsWith('SIGWINCH ')).toSorted()
    expect({ ours, patched }).toEqual({
      ours: ['SIGHUP main.js', 'SIGINT main.js', 'SIGQUIT main.js', 'SIGTERM main.js'],
      patched: [],
    })
  })
})
