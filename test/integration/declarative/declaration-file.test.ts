import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { parseDeclaration, readDeclaration } from '../../../src/adapters/config-file/declaration.ts'
import { formatDeclaration } from '../../../src/adapters/config-file/format-declaration.ts'
import { writeNewFile } from '../../../src/adapters/config-file/plan-file.ts'
import { reportError } from '../../../src/core/errors/errors.ts'
import { aSubscription, GROUP } from '../../support/builders.ts'

const folder = mkdtempSync(join(tmpdir(), 'calreconnect-declaration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `place: message` of every problem. */
function problemsOf(text: string): string[] {
  try {
    parseDeclaration('c.yaml', text)
  } catch (error) {
    const { message, details = [] } = reportError(error)
    return details.length === 0 ? [message] : details.map((detail) => `${detail.parameter}: ${detail.message}`)
  }
  return []
}

const WHOLE = `# production
version: 1
accounts:
  sales:
    webhooks:
      - callback_url: https://example.com/a
        events: [invitee.created]
        scope: group
        group: ${GROUP}
      - callback_url: https://example.com/b
  ops@example.com: { webhooks: [] }
`

test('parseDeclaration reads accounts and webhooks with their places, and fills in what connect takes by default', () => {
  expect(parseDeclaration('c.yaml', WHOLE)).toEqual({
    file: 'c.yaml',
    accounts: [
      {
        name: 'sales',
        place: 'c.yaml:4:3',
        webhooks: [
          { callbackUrl: 'https://example.com/a', events: ['invitee.created'], scope: 'group', group: GROUP, place: 'c.yaml:6:9' },
          {
            callbackUrl: 'https://example.com/b',
            events: ['invitee.created', 'invitee.canceled'],
            scope: 'organization',
            group: null,
            place: 'c.yaml:10:9',
          },
        ],
      },
      { name: 'ops@example.com', place: 'c.yaml:11:3', webhooks: [] },
    ],
  })
})

test('parseDeclaration reads anchors and aliases', () => {
  const text = 'version: 1\naccounts:\n  a:\n    webhooks: &same\n      - callback_url: https://example.com/\n  b:\n    webhooks: *same\n'
  expect(parseDeclaration('c.yaml', text).accounts.map(({ name, webhooks }) => [name, webhooks.length])).toEqual([
    ['a', 1],
    ['b', 1],
  ])
})

test.each([
  ['an empty file', '', ['c.yaml:1:1: the file is empty']],
  ['a list', '- 1\n', ['c.yaml:1:1: expected version and accounts']],
  ['a text', 'hello\n', ['c.yaml:1:1: expected version and accounts']],
  ['another version', 'version: 2\naccounts: {}\n', ['c.yaml:1:1: version: expected version: 1']],
  ['missing parts', 'version: 1\n', ['c.yaml:1:1: accounts: missing']],
  ['an unknown key', 'version: 1\naccounts: {}\nextra: 1\n', ['c.yaml:3:1: extra: unknown key; expected version and accounts']],
  ['a repeated key', 'version: 1\nversion: 1\naccounts: {}\n', ['c.yaml:2:1: Map keys must be unique']],
  ['two documents', 'version: 1\naccounts: {}\n---\na: 1\n', ['c.yaml:3:1: a second document (---); one file holds one']],
  ['an account without webhooks', 'version: 1\naccounts:\n  a: 3\n', ['c.yaml:3:3: a: expected an account with a list called webhooks']],
  [
    'a webhook with everything wrong',
    'version: 1\naccounts:\n  a:\n    webhooks:\n      - callback_ur: https://x\n        events: invitee.created\n        scope: org\n',
    [
      'c.yaml:5:9: callback_url: missing',
      'c.yaml:6:9: events: expected a list of events',
      'c.yaml:7:9: scope: expected organization, user, group',
      'c.yaml:5:9: callback_ur: unknown key; expected a webhook with callback_url, events, scope, group',
    ],
  ],
  [
    'an event that is no text',
    'version: 1\naccounts:\n  a:\n    webhooks:\n      - callback_url: https://x\n        events: [invitee.created, 1]\n',
    ['c.yaml:6:35: events: expected the name of an event'],
  ],
])('parseDeclaration says where %s goes wrong', (_, text, problems) => {
  expect(problemsOf(text)).toEqual(problems)
})

test('parseDeclaration says where YAML itself goes wrong', () => {
  expect(problemsOf('version: 1\naccounts: [\n')).toEqual([expect.stringMatching(/^c\.yaml:\d+:\d+: /)])
  expect(problemsOf('version: 1\n\taccounts: {}\n')[0]).toMatch(/^c\.yaml:2:\d+: /)
})

test('parseDeclaration refuses a “billion laughs” file without eating the memory', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let depth = 1; depth < 12; depth += 1)
    lines.push(`a${depth}: &a${depth} [${Array.from({ length: 9 }, () => `*a${depth - 1}`).join(', ')}]`)
  expect(problemsOf(`${lines.join('\n')}\n`)).toEqual([expect.stringMatching(/^c\.yaml:1:1: Excessive alias count/)])
})

test('readDeclaration names a file that is not there, is a folder, or is no text', async () => {
  const binary = join(folder, 'binary.yaml')
  writeFileSync(binary, new Uint8Array([0xff, 0xfe, 0x00]))
  await expect(readDeclaration(join(folder, 'none.yaml'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `Cannot read ${join(folder, 'none.yaml')}: there is no such file`,
  })
  await expect(readDeclaration(folder)).rejects.toMatchObject({ message: `Cannot read ${folder}: it is a folder` })
  await expect(readDeclaration(binary)).rejects.toMatchObject({ message: `${binary} is not UTF-8 text` })
})

test('readDeclaration refuses a file of more than a MiB', async () => {
  const large = join(folder, 'large.yaml')
  writeFileSync(large, '#'.repeat(1024 * 1024 + 1))
  await expect(readDeclaration(large)).rejects.toMatchObject({ message: `${large} is larger than 1024 KiB` })
})

test('formatDeclaration writes what parseDeclaration reads back, with the subscriptions of others as comments', () => {
  const webhooks = [
    { callbackUrl: 'https://example.com/?a=#b', events: ['invitee.created'], scope: 'user', group: null },
    { callbackUrl: 'https://example.com/: *x', events: ['invitee.created', 'invitee.canceled'], scope: 'group', group: GROUP },
  ] as const
  const foreign = [aSubscription('F', { callbackUrl: 'https://evil.example.com/\naccounts: {}' })]
  const accounts = [
    { name: 'a: b', webhooks, foreign },
    { name: 'empty', webhooks: [], foreign: [] },
  ]
  const text = formatDeclaration(accounts, { secrets: false })
  expect(formatDeclaration(accounts, { secrets: true })).toBe(text)
  const read = parseDeclaration('c.yaml', text)
  expect(read.accounts.map(({ name, webhooks }) => ({ name, webhooks: webhooks.map(({ place: _place, ...webhook }) => webhook) }))).toEqual(
    [
      { name: 'a: b', webhooks },
      { name: 'empty', webhooks: [] },
    ],
  )
  expect(text).toContain('      # - https://evil.example.com/ accounts: {}  organization, active: invitee.created, invitee.canceled\n')
  expect(parseDeclaration('c.yaml', formatDeclaration([], { secrets: false })).accounts).toEqual([])
})

test('writeNewFile never overwrites', async () => {
  const file = join(folder, 'new.yaml')
  await writeNewFile(file, 'first')
  await expect(writeNewFile(file, 'second')).rejects.toMatchObject({
    code: 'USAGE',
    message: `${file} exists already and is not overwritten`,
  })
  expect(readFileSync(file, 'utf8')).toBe('first')
})
