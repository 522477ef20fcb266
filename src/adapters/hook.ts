// Runs the command of a person's own --exec in their shell. What it is told comes on its standard input, never as part of the command.

import { spawn } from 'node:child_process'
import type { RunHook } from '../core/ports/watch.ts'

const HOOK_MS_MAX = 60_000

export function hookRunner(env: Readonly<Record<string, string | undefined>>): RunHook {
  return (command, input) =>
    new Promise((resolve) => {
      // Its output is not this program's result: both go where warnings go.
      const child = spawn(command, { shell: true, env: { ...env }, stdio: ['pipe', 2, 2], timeout: HOOK_MS_MAX })
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) =>
        resolve(code === 0 ? null : signal === null ? `exit code ${String(code)}` : `ended by ${signal}`),
      )
      // It may end without reading.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
}
