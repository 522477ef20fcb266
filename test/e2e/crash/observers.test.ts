// Nothing that only looks on can keep an answer from being stored that cannot be had again: every write to stderr fails (it throws, the
// disk is full, the reader is gone) while --debug prints each exchange, every HAR but the empty one fails, every row of the API log fails,
// in every flow that spends a code or token, makes, replaces, deletes or disconnects.

import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allowInBrowser } from '../../../src/cli/demo/browser.ts'
import { FLOWS, type Scene } from '../../proofs/crash-flows.ts'
import { openStage, startWithBrowser, withStore } from '../../proofs/stage.ts'
import { browserProgram } from '../../support/browser-program.ts'
import type { CliHome } from '../../support/cli.ts'

const BIN = fileURLToPath(new URL('../../../bin/calreconnect.js', import.meta.url))
const FAILING = fileURLToPath(new URL('../../support/failing-writes.cjs', import.meta.url))
const WATCHED = ['refresh', 'connect', 'create', 'recreate', 'prune', 'disconnect']

interface Fault {
  readonly name: string
  readonly flags?: (home: CliHome) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stderr?: 'full' | 'closed'
  readonly before?: (home: CliHome) => Promise<void>
  /** What is said of it in the end, where it can be said. */
  readonly said?: RegExp
}

const PRELOAD = `--require=${FAILING}`
const FAULTS: readonly Fault[] = [
  { name: 'every write to stderr throws', flags: () => ['--debug'], env: { NODE_OPTIONS: PRELOAD, FAIL_STDERR: '1' } },
  { name: 'stderr is a full disk', flags: () => ['--debug'], stderr: 'full' },
  { name: 'nobody reads stderr any more', flags: () => ['--debug'], stderr: 'closed' },
  {
    name: 'the HAR cannot be written',
    flags: ({ folder }) => ['--har', join(folder, 'run.har')],
    env: { NODE_OPTIONS: PRELOAD, FAIL_HAR: '1' },
    said: /^Warning: The HAR file \S+run\.har is not complete: [^\n]+$/m,
  },
  { name: 'the API log cannot be written', before: breakLog, said: /^Warning: The API log is not complete: [^\n]+$/m },
]

describe.concurrent('what only looks on', () => {
  const cells = FLOWS.filter(({ name }) => WATCHED.includes(name)).flatMap((flow) => FAULTS.map((fault) => ({ flow, fault })))
  test.each(cells.map((cell) => ({ ...cell, name: `${cell.flow.name} ends as ever when ${cell.fault.name}` })))(
    '$name',
    async ({ flow, fault }) => {
      const stage = await openStage()
      try {
        const home = stage.home()
        const scene: Scene = { stage, home, chance: () => 0.5, run: (args) => startWithBrowser(home, args).done }
        await flow.prepare(scene)
        await fault.before?.(home)
        const before = stage.control.subscriptions()
        const ended = await runWith(home, flow.args(scene), fault)
        expect({ code: ended.code, problems: await flow.check(scene, before) }).toEqual({ code: 0, problems: [] })
        if (fault.said !== undefined) expect(ended.stderr.match(new RegExp(fault.said, 'gm'))).toHaveLength(1)
      } finally {
        await stage.close()
      }
    },
    60_000,
  )
})

/** With a BROWSER of the test's, since nothing can be read from stderr. */
async function runWith(home: CliHome, args: readonly string[], fault: Fault): Promise<{ code: number | null; stderr: string }> {
  const browser = browserProgram(home.folder)
  const all = [...args.filter((arg) => arg !== '--no-browser'), ...(fault.flags?.(home) ?? [])]
  const env = { ...home.env, ...fault.env, BROWSER: browser.path }
  const stderr = fault.stderr === 'full' ? openSync('/dev/full', 'w') : 'pipe'
  const child = spawn(process.execPath, [BIN, ...all], { env, stdio: ['ignore', 'pipe', stderr] })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  if (fault.stderr === 'closed') child.stderr?.destroy()
  child.stdout?.resume()
  const over = new Promise<number | null>((resolve) => child.on('close', resolve))
  if (args.includes('connect')) await allowInBrowser(await browser.opened())
  return { code: await over, stderr: said }
}

async function breakLog(home: CliHome): Promise<void> {
  await withStore(home, async () => {})
  const db = new Database(home.db)
  db.exec(`CREATE TRIGGER no_log BEFORE INSERT ON api_log BEGIN SELECT RAISE(ABORT, 'the log is broken'); END`)
  db.close()
}
