// The command line on a real terminal (a pseudo-terminal of util-linux's `script`): what people see and type.

import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CliHome } from './cli.ts'

const BIN = fileURLToPath(new URL('../../bin/calreconnect.js', import.meta.url))

export const KEYS = { enter: '\r', space: ' ', down: '\u001B[B', interrupt: '\u0003' } as const

export interface Terminal {
  /** Types, as a person would: no more at once than one answer. */
  type(text: string): void
  /** What the screen showed until the text appeared, behind what was waited for before. */
  until(wanted: RegExp): Promise<RegExpExecArray>
  /** The exit code, and all that was shown. */
  readonly done: Promise<{ readonly code: number | null; readonly shown: string }>
}

/** False, with a line on stderr, where there is no such `script`. */
export function hasTerminal(): boolean {
  const works = process.platform === 'linux' && spawnSync('script', ['-qfec', 'true', '/dev/null']).status === 0
  if (!works) process.stderr.write("No util-linux 'script' here: tests on a terminal are skipped\n")
  return works
}

/** Both ends are the terminal: nothing tells stdout from stderr. */
export function onTerminal(home: CliHome, args: readonly string[], env: Readonly<Record<string, string>> = {}): Terminal {
  const command = [process.execPath, BIN, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  const child = spawn('script', ['-qfec', `stty cols 100; exec ${command}`, '/dev/null'], {
    env: { ...home.env, TERM: 'xterm', NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  let from = 0
  const watchers = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
    for (const look of watchers) look()
  })
  child.stdin.on('error', () => {})
  const done = new Promise<{ code: number | null; shown: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, shown: plain(shown) }))
  })
  return {
    type: (text) => void child.stdin.write(text),
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = wanted.exec(plain(shown).slice(from))
          if (found === null) return
          from += found.index + found[0].length
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
        void done.then((end) => reject(new Error(`ended with ${end.code} before ${wanted} was shown:\n${end.shown}`)))
      }),
    done,
  }
}

/** Without what moves the cursor or colours. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replaceAll(/\u001B\[[\d;?]*[ -/]*[@-~]/g, '').replaceAll('\r', '')
}
