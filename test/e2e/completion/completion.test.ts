// Completion: what is offered where, from a store that is only looked at, and the shells' scripts in the shells.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SHELLS } from '../../../src/cli/completion/scripts.ts'
import { cliHome } from '../../support/cli.ts'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'

const BIN = fileURLToPath(new URL('../../../bin/calreconnect.js', import.meta.url))

let cli: EmulatedCli
let id: string
beforeAll(async () => {
  cli = await emulatedCli()
  await cli.connect('--name', 'acme', '--callback-url', 'https://hooks.example.com/a')
  await cli.connect('--name', 'sales@ex.org', '--no-webhook')
  const { envelope } = await cli.json(['webhooks', 'list', '-a', 'acme'])
  id = envelope.data.webhooks[0].id
})
afterAll(() => cli.close())

/** What Tab offers at the end of the words; the last may be empty. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cli.run(['__complete', String(words.length - 1), ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '')
}

test('completion offers commands, verbs, flags, values, accounts and subscriptions where each may stand', async () => {
  const all: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
    [['rec'], ['reconnect']],
    [['webhooks', 'pr'], ['prune']],
    [['--db', cli.db, 'webhooks', 'pr'], ['prune']],
    [['webhooks', 'prune', '--dup'], ['--duplicates']],
    [['webhooks', 'audit', '--format', 'ht'], ['html']],
    [['webhooks', 'audit', '--format=ht'], ['--format=html']],
    [['webhooks', 'list', '--scope', 'g'], ['group']],
    [['connect', '--events', 'invitee.created,invitee_no_show.d'], ['invitee.created,invitee_no_show.deleted']],
    [['accounts', 'use', 'a'], ['acme']],
    [['accounts', 'use', 'sales@'], ['sales@ex.org']],
    [['reconnect', 'acme', 's'], ['sales@ex.org']],
    [['status', '-a', 'ac'], ['acme']],
    [['status', '--account=ac'], ['--account=acme']],
    [['webhooks', 'get', id.slice(0, 3)], [id]],
    [['webhooks', 'delete', id, ''], [id]],
    [['webhooks', 'sample', 'routing'], ['routing_form_submission.created']],
    [
      ['store', 'key', 'use', ''],
      ['file', 'env', 'keyring'],
    ],
    [['help', 'redirect'], ['redirect-uris']],
    [['completion', 'p'], ['powershell']],
    [['verify', 'deliv'], [':files']],
    [['verify', '--signing-key-file', ''], [':files']],
    [['exec', '--', 'ls', ''], [':files']],
    [['no-such-command', ''], []],
    [['status', 'acme', '--no-such', ''], []],
  ]
  const found = []
  for (const [words] of all) found.push([words, await offered(...words)])
  expect(found).toEqual(all)
})

test('completion of an empty line offers every command', async () => {
  const commands = await offered('')
  expect(commands).toEqual(expect.arrayContaining(['connect', 'webhooks', 'doctor', 'api', 'completion', 'help']))
  expect(commands.some((name) => name.startsWith('_'))).toBe(false)
})

test('completion makes nothing and changes nothing, with a store or without', async () => {
  const looked = (): unknown => [readdirSync(dirname(cli.db)).toSorted(), readFileSync(cli.db).toString('base64'), statSync(cli.db).mode]
  const before = looked()
  await offered('accounts', 'use', '')
  expect(looked()).toEqual(before)
  const home = cliHome()
  try {
    expect(await home.run(['__complete', '2', 'accounts', 'use', ''])).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    expect(readdirSync(home.folder)).toEqual([])
    mkdirSync(dirname(home.db), { recursive: true })
    writeFileSync(home.db, 'not a database '.repeat(100))
    expect((await home.run(['__complete', '2', 'accounts', 'use', ''])).stdout).toBe('')
    expect(readdirSync(dirname(home.db))).toEqual(['calreconnect.db'])
  } finally {
    home.remove()
  }
})

/** A folder with `calreconnect` in it, as an installation has. */
function installed(): string {
  const folder = join(cli.folder, 'bin')
  if (!existsSync(folder)) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'calreconnect'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, { mode: 0o755 })
  }
  return folder
}

function shell(program: string, args: readonly string[], script: string): readonly string[] {
  const env = { ...cli.env, PATH: `${installed()}:${process.env['PATH'] ?? ''}` }
  const { status, stdout, stderr } = spawnSync(program, [...args, script], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr}`)
  return stdout.split('\n').filter((line) => line !== '')
}

function has(program: string): boolean {
  const isThere = spawnSync(program, ['-c', 'true']).status === 0
  if (!isThere) process.stderr.write(`No ${program} here: its completion is not tested\n`)
  return isThere
}

/** What bash would put in the place of the part that it completes. */
const bash = (line: string, words: readonly string[]): readonly string[] =>
  shell(
    'bash',
    ['--norc', '-c'],
    `source <(calreconnect completion bash); COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
     COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _calreconnect; printf '%s\\n' "\${COMPREPLY[@]}"`,
  )

test.skipIf(!has('bash'))('completion in bash takes off what stands before its own word breaks', () => {
  expect(bash('calreconnect webhooks pr', ['calreconnect', 'webhooks', 'pr'])).toEqual(['prune'])
  expect(bash('calreconnect accounts use ', ['calreconnect', 'accounts', 'use', ''])).toEqual(['acme', 'sales@ex.org'])
  expect(bash('calreconnect accounts use sales@ex', ['calreconnect', 'accounts', 'use', 'sales', '@', 'ex'])).toEqual(['ex.org'])
  expect(bash('calreconnect accounts use sales@', ['calreconnect', 'accounts', 'use', 'sales', '@'])).toEqual(['ex.org'])
  expect(bash('calreconnect webhooks audit --format=ht', ['calreconnect', 'webhooks', 'audit', '--format', '=', 'ht'])).toEqual(['html'])
})

test.skipIf(!has('fish'))('completion in fish offers values with what they are', () => {
  const found = shell('fish', ['-N', '-c'], 'calreconnect completion fish | source; complete -C "calreconnect accounts use a"')
  expect(found.map((line) => line.split('\t')[0])).toEqual(['acme'])
})

test.skipIf(!has('zsh'))('completion for zsh is a script that zsh takes', () => {
  expect(
    shell(
      'zsh',
      ['-f', '-c'],
      'autoload -U compinit && compinit -u -D; source <(calreconnect completion zsh); echo ${_comps[calreconnect]}',
    ),
  ).toEqual(['_calreconnect'])
})

test('completion install writes one file where each shell looks, says where, and does it once', async () => {
  for (const name of SHELLS) {
    const args = ['completion', 'install', '--shell', name]
    const planned = await cli.json([...args, '--dry-run'])
    const { path } = planned.envelope.data
    expect([name, planned.envelope.data.outcome, existsSync(path)]).toEqual([name, 'planned', false])
    expect((await cli.json(args)).envelope.data.outcome).toBe('written')
    expect(readFileSync(path, 'utf8')).toBe((await cli.json(['completion', name])).envelope.data.script)
    expect((await cli.json(args)).envelope.data.outcome).toBe('unchanged')
  }
  const bySetting = await cli.json(['completion', 'install', '--dry-run'], { env: { SHELL: '/usr/bin/fish' } })
  expect(bySetting.envelope.data.shell).toBe('fish')
  const nowhere = await cli.json(['completion', 'install', '--shell', 'bash'], {
    env: { HOME: '', XDG_DATA_HOME: '', XDG_CONFIG_HOME: '' },
  })
  expect([nowhere.code, nowhere.envelope.error?.code]).toEqual([2, 'SETTING_MISSING'])
})
