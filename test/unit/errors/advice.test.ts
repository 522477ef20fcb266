import { expect, test } from 'vitest'

import { invocationOf } from '../../../src/cli/output/invocation.ts'
import { snakeKeys } from '../../../src/cli/output/json.ts'
import { advise, again, hintText, type Invocation, isCommand, next, NO_INVOCATION, shellWord } from '../../../src/core/errors/advice.ts'

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

test.each([
  [next('status', 'sales', '--remote'), 'calreconnect status sales --remote'],
  [next('disconnect', '--all'), 'calreconnect disconnect --all'],
  [next('webhooks', 'delete', '-a', 'sales', 'URI'), 'calreconnect webhooks delete -a sales URI'],
  [next('--help'), 'calreconnect --help'],
  [next('webhooks', 'sales'), 'calreconnect webhooks sales --account acme'],
  [next('connect'), 'calreconnect connect --account acme'],
  [next('doctor'), 'calreconnect doctor --account acme'],
  [next(), 'calreconnect'],
])('next() names the account where a command means one and none is named: %s', (command, text) => {
  expect(command.render({ ...NO_INVOCATION, account: 'acme' })).toBe(text)
})

test('next() does not name another store than the one that its words name', () => {
  expect(next('status', '--db', 'own.db').render(FLAGGED)).toBe('calreconnect status --db own.db --account acme')
})

test('again() takes away an option whose new value is to be read, and only what begins with a hyphen', () => {
  const argv = ['connect', '--oauth-scope', 'default', 'sales']
  expect(again({ add: ['--oauth-scope', 'a b'] }).render({ ...NO_INVOCATION, argv })).toBe("calreconnect connect sales --oauth-scope 'a b'")
  expect(again({ add: ['sales'] }).render({ ...NO_INVOCATION, argv: ['connect', 'x=1', 'sales'] })).toBe(
    'calreconnect connect x=1 sales sales',
  )
  expect(again({ add: ['--yes', '--debug'] }).render({ ...NO_INVOCATION, argv: ['apply', '--yes', 'plan.json'] })).toBe(
    'calreconnect apply plan.json --yes --debug',
  )
})

test('advise() is the text and the commands, in their order, and nothing empty', () => {
  expect(advise`${next('runs')}${0}`.parts.map(String)).toEqual(['calreconnect runs', '0'])
  const hint = advise`Then ${advise`at last ${again()}`}`
  expect([String(hint), JSON.stringify([again(), next('runs')])]).toEqual([
    'Then at last the same command',
    '["the same command","calreconnect runs"]',
  ])
  expect([hint, next(), again(), 'text', null, {}].map(isCommand)).toEqual([true, true, true, false, false, false])
  expect([hintText('as it is', FLAGGED), hintText(next('runs'), NO_INVOCATION)]).toEqual(['as it is', 'calreconnect runs'])
})

test.each([
  ['a b', "'a b'"],
  ['*', "'*'"],
  ['a*', "'a*'"],
  ['*a', "'*a'"],
  ['@%+=:,./-_', '@%+=:,./-_'],
])('shellWord() writes %s as %s', (word, quoted) => {
  expect([shellWord(word), shellWord(word, 'powershell')]).toEqual([quoted, quoted])
})
