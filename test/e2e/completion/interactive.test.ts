// Somebody who presses Tab: bash, zsh and fish as they run on a terminal, with the script where `completion install` puts it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'
import { hasTerminal, plain } from '../../support/terminal.ts'

const BIN = fileURLToPath(new URL('../../../bin/calreconnect.js', import.meta.url))
const SHELLS = ['bash', 'zsh', 'fish'] as const
const TAB = '\t'

let cli: EmulatedCli
const running: ChildProcess[] = []
beforeAll(async () => {
  cli = await emulatedCli()
  await cli.connect('--name', 'acme', '--callback-url', 'https://hooks.example.com/a')
  await cli.connect('--name', 'sales', '--no-webhook')
  const bin = join(cli.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'calreconnect'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, { mode: 0o755 })
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => cli.close())

/** What a person has in their start files, beside what `completion install` wrote. */
async function commandOf(shell: (typeof SHELLS)[number]): Promise<string> {
  const { path, also } = (await cli.json(['completion', 'install', '--shell', shell])).envelope.data
  const rc = join(cli.folder, `${shell}-home`, '.zshrc')
  mkdirSync(dirname(rc), { recursive: true })
  // What fish suggests on its own would look like what Tab brought.
  if (shell === 'fish') return `fish -i --init-command 'set -g fish_autosuggestion_enabled 0'`
  // Where the package bash-completion is, it finds the file by itself.
  if (shell === 'bash') writeFileSync(rc, `PS1='ready> '\nsource '${path}'\n`)
  else writeFileSync(rc, `PS1='ready> '\n${String(also).split(': ')[1]}\nautoload -U compinit\ncompinit -u -D\n`)
  return shell === 'bash' ? `bash --rcfile '${rc}' -i` : `ZDOTDIR='${dirname(rc)}' zsh -i`
}

function onTerminal(command: string) {
  const env = { ...cli.env, PATH: `${join(cli.folder, 'bin')}:${process.env['PATH'] ?? ''}`, TERM: 'xterm', SHELL: '/bin/sh' }
  const child = spawn('script', ['-qfec', `stty cols 200 rows 40; ${command}`, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk))
  return {
    type: (text: string) => void child.stdin.write(text),
    /** What the screen shows once it shows that, behind what was waited for before. */
    async until(wanted: RegExp): Promise<void> {
      for (;;) {
        const found = wanted.exec(plain(shown))
        if (found !== null) {
          shown = plain(shown).slice(found.index + found[0].length)
          return
        }
        if (child.exitCode !== null) throw new Error(`ended before ${wanted}: ${plain(shown)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    shown: () => plain(shown),
  }
}

function isMissing(shell: string): boolean {
  const missing = spawnSync(shell, ['-c', 'true']).status !== 0
  if (missing) process.stderr.write(`No ${shell} here: completion is not tried in it\n`)
  return missing
}

for (const shell of SHELLS) {
  test.skipIf(!hasTerminal() || isMissing(shell))(
    `Tab in ${shell} completes a command, a verb, an account and a subscription`,
    async () => {
      expect((await cli.run(['accounts', 'use', 'acme'])).code).toBe(0)
      const terminal = onTerminal(await commandOf(shell))
      await terminal.until(/ready> |[>#$] ?$/)
      terminal.type(`calreconnect acc${TAB}`)
      await terminal.until(/calreconnect accounts ?/)
      terminal.type(`us${TAB}`)
      await terminal.until(/use ?/)
      terminal.type(`sa${TAB}`)
      await terminal.until(/sales ?/)
      terminal.type('\r')
      // The command ran, with what was completed.
      await terminal.until(/now mean sales/)
      expect((await cli.json(['accounts', 'list'])).envelope.data.accounts.map(inUse)).toEqual(['acme: false', 'sales: true'])
      const [own] = cli.emulator.control.subscriptions()
      const id = String(own?.uri.split('/').at(-1))
      terminal.type(`calreconnect webhooks get ${id.slice(0, 4)}${TAB}`)
      await terminal.until(new RegExp(id))
    },
  )
}

const inUse = (account: { readonly name: string; readonly in_use: boolean }): string => `${account.name}: ${account.in_use}`
