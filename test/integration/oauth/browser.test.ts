import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { SECRET_SETTINGS } from '../../../src/core/secrets/own-secrets.ts'
import { describeRemote, openBrowser, remoteOf } from '../../../src/adapters/browser.ts'

const URL_WITH_SHELL_CHARACTERS = 'https://auth.calendly.com/oauth/authorize?a=1&b=$(touch%20x);"\'`|'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function program(script: string): Promise<{ readonly command: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'calreconnect-browser-'))
  folders.push(folder)
  const command = join(folder, 'my browser')
  await writeFile(command, `#!/bin/sh\n${script}\n`)
  await chmod(command, 0o755)
  return { command, folder }
}

describe('Browser.open', () => {
  it('Browser.open gives BROWSER the URL as its only argument, without a shell', async () => {
    const { command, folder } = await program(String.raw`printf '%s\n' "$#" "$1" > "$OUT"`)
    const out = join(folder, 'out')
    const browser = openBrowser({ env: { ...process.env, BROWSER: command, OUT: out } })
    expect(await browser.open(URL_WITH_SHELL_CHARACTERS)).toBe(true)
    expect(await readFile(out, 'utf8')).toBe(`1\n${URL_WITH_SHELL_CHARACTERS}\n`)
  })

  it('Browser.open keeps our secrets from BROWSER', async () => {
    const { command, folder } = await program(String.raw`env > "$OUT.part"; mv "$OUT.part" "$OUT"`)
    const out = join(folder, 'out')
    const secrets = Object.fromEntries(SECRET_SETTINGS.map((name) => [name, `secret-of-${name}`]))
    await openBrowser({ env: { ...process.env, ...secrets, BROWSER: command, OUT: out, KEPT: 'as-it-is' } }).open('https://a.example')
    const inherited = await readFile(out, 'utf8')
    expect([inherited.includes('KEPT=as-it-is'), inherited.includes('secret-of-')]).toEqual([true, false])
  })

  it('Browser.open does not wait for BROWSER to end', async () => {
    // It ends when its folder goes, after the test.
    const { command, folder } = await program(String.raw`touch "$OUT"; while [ -e "$OUT" ]; do sleep 0.1; done`)
    const out = join(folder, 'out')
    expect(await openBrowser({ env: { ...process.env, BROWSER: command, OUT: out } }).open('https://a.example')).toBe(true)
  })

  it.each([
    ['is not there', '/no/such/browser', 'ENOENT'],
    ['fails', null, 'exit code 3'],
  ])('Browser.open says that BROWSER %s', async (_name, missing, reason) => {
    const command = missing ?? (await program('exit 3')).command
    const failures: string[][] = []
    const browser = openBrowser({ env: { ...process.env, BROWSER: command }, onCommandFailed: (...failure) => failures.push(failure) })
    expect({ opened: await browser.open('https://a.example'), failures }).toEqual({ opened: false, failures: [[command, reason]] })
  })

  it.each(['ssh', 'container', 'no_display'] as const)('Browser.open opens nothing where the machine is remote: %s', async (remote) => {
    expect(await openBrowser({ env: {}, platform: 'linux', remote: () => remote }).open('https://a.example')).toBe(false)
  })
})

describe('remoteOf', () => {
  it.each([
    [{ SSH_CONNECTION: '10.0.0.2 51000 10.0.0.1 22' }, 'darwin', 'ssh'],
    [{ SSH_TTY: '/dev/pts/0' }, 'linux', 'ssh'],
    [{}, 'darwin', null],
    [{}, 'win32', null],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'linux', 'container'],
  ] as const)('remoteOf %j on %s is %s', (env, platform, remote) => {
    expect(remoteOf(env, platform)).toBe(remote)
  })
})

describe('describeRemote', () => {
  it('describeRemote of an SSH session gives the line that forwards the port', () => {
    expect(
      describeRemote({ SSH_CONNECTION: '10.0.0.2 51000 10.0.0.1 22', USER: 'ada' }, { port: 8917, canPaste: true }, () => 'ssh'),
    ).toEqual([
      'This is an SSH session: your browser is on the other side. For its way back, run this over there:',
      '  ssh -L 8917:localhost:8917 ada@10.0.0.1',
      'Or open the page anywhere, and paste the full address that the browser ends at here.',
    ])
  })

  it.each([
    ['container', '--network host'],
    ['wsl', 'localhost:8917'],
    ['no_display', 'There is no display'],
  ] as const)('describeRemote of %s says what to do', (remote, text) => {
    expect(describeRemote({}, { port: 8917, canPaste: false }, () => remote).join('\n')).toContain(text)
  })

  it('describeRemote names the two-process way where nobody can paste', () => {
    expect(describeRemote({}, { port: 8917, canPaste: false }, () => 'no_display')).toEqual([
      'There is no display to open a browser on.',
      'Or run calreconnect connect --start, open its page anywhere, then calreconnect connect --complete ADDRESS with where the browser ended.',
    ])
  })

  it('describeRemote of a desktop says nothing', () => {
    expect(describeRemote({}, { port: 8917, canPaste: true }, () => null)).toEqual([])
  })
})
