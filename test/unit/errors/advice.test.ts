import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { invocationOf } from '../../../src/cli/output/invocation.ts'
import { snakeKeys } from '../../../src/cli/output/json.ts'
import { advise, again, hintText, type Invocation, next, NO_INVOCATION, shellWord } from '../../../src/core/errors/advice.ts'

const FLAGGED: Invocation = { argv: [], db: './other store.db', account: 'acme', cacert: null, shell: 'posix' }

test.each([
  [next('webhooks', 'list'), "calreconnect webhooks list --account acme --db './other store.db'"],
  [next('reconnect', '--callback-url', 'URL'), "calreconnect reconnect --callback-url URL --account acme --db './other store.db'"],
  [next('reconnect', 'sales'), "calreconnect reconnect sales --db './other store.db'"],
  [next('connect', '--name', 'sales'), "calreconnect connect --name sales --db './other store.db'"],
  [next('--account', 'sales', 'webhooks', 'list'), "calreconnect --account sales webhooks list --db './other store.db'"],
  [next('accounts', 'list'), "calreconnect accounts list --db './other store.db'"],
  [next('exec', '--', 'env'), "calreconnect exec --account acme --db './other store.db' -- env"],
])('next() repeats the store and the account of the invocation where they matter: %s', (command, text) => {
  expect(command.render(FLAGGED)).toBe(text)
})

test('next() repeats whom the invocation trusts', () => {
  const trusting = { ...NO_INVOCATION, cacert: 'our ca.pem' }
  expect(next('webhooks', 'list').render(trusting)).toBe("calreconnect webhooks list --cacert 'our ca.pem'")
  expect(next('status', '--cacert', 'other.pem').render(trusting)).toBe('calreconnect status --cacert other.pem')
  expect(invocationOf({ argv: ['status', '--cacert=a.pem'], platform: 'linux' }).cacert).toBe('a.pem')
})

test.each([
  [['webhooks', 'prune', '--url', '*.ngrok.app*'], { add: ['--yes'] }, "calreconnect webhooks prune --url '*.ngrok.app*' --yes"],
  [['reconnect', '--all', '--dry-run'], { without: ['--dry-run'] }, 'calreconnect reconnect --all'],
  [['exec', '--', 'env', '--debug'], { add: ['--debug'] }, 'calreconnect exec --debug -- env --debug'],
  [['connect', '--debug'], { add: ['--debug'] }, 'calreconnect connect --debug'],
  [['--db', 'old.db', 'status'], { add: ['--db', 'new.db'] }, 'calreconnect status --db new.db'],
  [['--db=old.db', 'status', 'old.db'], { add: ['--db', 'new.db'] }, 'calreconnect status old.db --db new.db'],
  [['status', '--debug', 'acme'], { add: ['--debug'] }, 'calreconnect status acme --debug'],
  [['exec', '--db', 'old.db', '--', 'x', '--db', 'theirs'], { add: ['--db', 'new.db'] }, 'calreconnect exec --db new.db -- x --db theirs'],
])('again() is what was run, changed: %j %j', (argv, change, text) => {
  expect(again(change).render({ ...NO_INVOCATION, argv })).toBe(text)
})

test('again() is a sentence where nobody knows what was run', () => {
  expect([String(again()), String(again({ add: ['--debug'] }))]).toEqual(['the same command', 'the same command with --debug'])
})

test('advise() and the JSON document write commands for the invocation', () => {
  const hint = advise`${3} times: ${next('runs')}, or ${again({ add: ['--yes'] })}`
  const invocation = { ...NO_INVOCATION, db: 'x.db', argv: ['reconnect'] }
  expect(hintText(hint, invocation)).toBe('3 times: calreconnect runs --db x.db, or calreconnect reconnect --yes')
  expect(snakeKeys({ error: { lastHint: hint, plain: 'as it is' } }, invocation)).toEqual({
    error: { last_hint: '3 times: calreconnect runs --db x.db, or calreconnect reconnect --yes', plain: 'as it is' },
  })
  expect(JSON.stringify({ hint })).toBe('{"hint":"3 times: calreconnect runs, or the same command with --yes"}')
})

test.each([
  [['--db', 'a.db', 'status'], { db: 'a.db', account: null }],
  [['status', '--db=a.db', '-a', 'acme'], { db: 'a.db', account: 'acme' }],
  [['exec', '--', 'tool', '--db', 'theirs'], { db: null, account: null }],
  [['status', '--account=acme'], { db: null, account: 'acme' }],
])('invocationOf() reads %j', (argv, { db, account }) => {
  expect(invocationOf({ argv, platform: 'linux' })).toEqual({ argv, db, account, cacert: null, shell: 'posix' })
})

test('invocationOf() does not repeat a redirect URL, whose code is a secret', () => {
  const { argv } = invocationOf({ argv: ['connect', '--complete', 'http://localhost/?code=SECRET', '--json'], platform: 'linux' })
  expect(argv).toEqual(['connect', '--complete', '-', '--json'])
})

test('shellWord() doubles quotes for PowerShell', () => {
  expect(shellWord("it's", 'powershell')).toBe("'it''s'")
})

test('no command is put together from text anywhere else', () => {
  const src = fileURLToPath(new URL('../../../src', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  // Help texts show commands; a template that puts something into one, or a hint that begins with one, does not quote.
  const put = /`[^`\n]*\bcalreconnect [a-z][^`\n]*\$\{/
  const hinted = /\bhint: ['"`]calreconnect /
  const found = files.flatMap((file) =>
    readFileSync(join(src, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => ((put.test(line) && !/^\s+\$ /.test(line)) || hinted.test(line) ? [`${file}:${index + 1}`] : [])),
  )
  expect(found).toEqual([])
})
