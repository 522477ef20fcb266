// A Secret Service of a test's own: gnome-keyring on a private D-Bus, unlocked, its files in the test's home.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CliHome } from './cli.ts'

/** Ends with its standard input, and the bus with it; the keyring daemon goes when its bus does. */
const SCRIPT = 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null; echo "$DBUS_SESSION_BUS_ADDRESS"; cat'

export interface SecretService {
  /** What a program needs to find it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** False, with a line on stderr, where it cannot be had. */
export function hasSecretService(): boolean {
  const missing = ['dbus-run-session', 'gnome-keyring-daemon'].filter((program) => spawnSync(program, ['--version']).status !== 0)
  if (missing.length > 0) process.stderr.write(`No ${missing.join(' and no ')} here: tests with a real keyring are skipped\n`)
  return missing.length === 0
}

export async function startSecretService(home: CliHome): Promise<SecretService> {
  const runtime = join(home.folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  const env = { PATH: process.env['PATH'] ?? '', HOME: home.folder, XDG_RUNTIME_DIR: runtime }
  const child = spawn('dbus-run-session', ['--', 'sh', '-c', SCRIPT], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
    void ended.then(() => reject(new Error('the D-Bus session ended at once')))
  })
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
