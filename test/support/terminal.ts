// The command line on a real terminal (a pseudo-terminal of util-linux's `script`): what people see and type.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliHome } from './cli.ts'
import { screenOf } from './screen.ts'

const BIN = fileURLToPath(new URL('../../bin/calreconnect.js', import.meta.url))

export const KEYS = { enter: '\r', space: ' ', down: '\u001B[B', interrupt: '\u0003' } as const

export interface TerminalEnd {
  /** As the shell has it: 128 and the number of a signal that ended it. */
  readonly code: number | null
  /** All that was shown. */
  readonly shown: string
  /** What is left of it on the screen. */
  readonly screen: string
  /** Whether the terminal's mode (echo, line editing, signals …) is as it was before. */
  readonly sameMode: boolean
  readonly cursorShown: boolean
}

export interface Terminal {
  /** Types, as a person would: no more at once than one answer. */
  type(text: string): void
  /** What the screen showed until the text appeared, behind what was waited for before. */
  until(wanted: RegExp): Promise<RegExpExecArray>
  /** Resolves when the program's process is there. */
  started(): Promise<void>
  /** Sends the program a signal, as `kill` does. */
  signal(name: NodeJS.Signals): void
  /** The window is closed: the terminal is gone. */
  close(): void
  readonly done: Promise<TerminalEnd>
}

/** False, with a line on stderr, where there is no such `script`. */
export function hasTerminal(): boolean {
  const works = process.platform === 'linux' && spawnSync('script', ['-qfec', 'true', '/dev/null']).status === 0
  if (!works) process.stderr.write("No util-linux 'script' here: tests on a terminal are skipped\n")
  return works
}

/** Both ends are the terminal: nothing tells stdout from stderr. */
export function onTerminal(
  home: CliHome,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  size = { columns: 100, rows: 40 },
): Terminal {
  const notes = mkdtempSync(join(home.folder, 'terminal-'))
  const file = (name: string): string => join(notes, name)
  const command = [process.execPath, BIN, ...args].map(word).join(' ')
  // The terminal's own programs run in a shell that the test knows, whatever the program is to believe of the person's.
  const program = `echo $$ > ${file('pid')}; SHELL=${word(env['SHELL'] ?? '/bin/sh')} exec ${command}`
  const session = `stty cols ${size.columns} rows ${size.rows}; stty -g > ${file('before')}; trap : INT QUIT; sh -c ${word(program)}; code=$?; stty -g > ${file('after')}; exit $code`
  const child = spawn('script', ['-qfec', session, '/dev/null'], {
    env: { ...home.env, TERM: 'xterm', NO_COLOR: '1', ...env, SHELL: '/bin/sh' },
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
  const done = new Promise<TerminalEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const sameMode = textOf(file('before')) === textOf(file('after'))
      resolve({
        code,
        shown: plain(shown),
        screen: screenOf(shown),
        sameMode,
        cursorShown: shown.lastIndexOf(HIDE_CURSOR) <= shown.lastIndexOf(SHOW_CURSOR),
      })
    })
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
    async started() {
      while (!/^\d+\n$/.test(textOf(file('pid')))) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    signal: (name) => void process.kill(pidOf(textOf(file('pid'))), name),
    close: () => void child.kill('SIGKILL'),
    done,
  }
}

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'

/** A word for sh. */
function word(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return `no ${file}`
  }
}

function pidOf(text: string): number {
  const pid = Number(text)
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`The program on the terminal has not started: ${text}`)
  return pid
}

/** Without what moves the cursor or colours. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replaceAll(/\u001B\[[\d;?]*[ -/]*[@-~]/g, '').replaceAll('\r', '')
}
