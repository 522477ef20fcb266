// A POSIX shell in a test's home, with `calreconnect` on its PATH: what is printed as a command can be run as it is.

import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliHome, CliResult } from './cli.ts'

const BIN = fileURLToPath(new URL('../../bin/calreconnect.js', import.meta.url))

export type Shell = (command: string, env?: Readonly<Record<string, string>>) => Promise<CliResult>

/** Of that home, in its folder. */
export function shellOf(home: Pick<CliHome, 'folder' | 'env'>): Shell {
  // Where `npx` looks first, too: the package's own command, as an installation puts it there.
  const commands = join(home.folder, 'node_modules', '.bin')
  mkdirSync(commands, { recursive: true })
  writeFileSync(join(commands, 'calreconnect'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  chmodSync(join(commands, 'calreconnect'), 0o755)
  writeFileSync(join(home.folder, 'package.json'), '{}')
  return (command, env = {}) => runShell(command, { ...home.env, PATH: `${commands}:${home.env['PATH']}`, ...env }, home.folder)
}

function runShell(command: string, env: Readonly<Record<string, string>>, cwd: string): Promise<CliResult> {
  const child = spawn('/bin/sh', ['-c', command], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => void (text[name] += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...text }))
  })
}
