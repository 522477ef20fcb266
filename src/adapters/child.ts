// Runs another program on this process's own terminal. Knows nothing of what it is or why.

import { next } from '../core/errors/advice.ts'
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'

import { CalreconnectError } from '../core/errors/errors.ts'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  /** All that it gets. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Has signals sent to `listener` instead of ending this process, until the function returned is called. */
  readonly takeSignals: (listener: (signal: NodeJS.Signals) => void) => () => void
}

/** The terminal itself sends these to every program in its foreground: passed on, they would come twice. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT'])
const SIGNALLED = 128

/**
 * Its exit code; 128 and the signal's number when a signal ended it, as shells have it.
 * @throws USAGE when it cannot be started
 */
export function runChild(options: ChildOptions): Promise<number> {
  const { command, args, env } = options
  // Not process.stdin: opening it would make the descriptor that the child inherits non-blocking.
  const terminal = isatty(0)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...env }, stdio: 'inherit', shell: false })
    const release = options.takeSignals((signal) => {
      if (!terminal || !FROM_TERMINAL.has(signal)) child.kill(signal)
    })
    child.once('error', (cause: NodeJS.ErrnoException) => {
      release()
      reject(new CalreconnectError('USAGE', `Cannot run ${command}: ${reasonOf(cause)}`, { hint: next('exec', '--help'), cause }))
    })
    child.once('exit', (code, signal) => {
      release()
      resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program'
  return code === 'EACCES' ? 'it may not be executed' : (code ?? message)
}
