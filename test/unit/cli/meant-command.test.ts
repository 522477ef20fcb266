import { expect, test } from 'vitest'
import { meantBy, meantByWords, unknownCommand } from '../../../src/cli/meant-command.ts'

const roots = ['connect', 'reconnect', 'disconnect', 'status', 'accounts', 'store', 'webhooks', 'runs', 'log']

test.each([
  ['prune', ['webhooks prune']],
  ['AUDIT', ['webhooks audit']],
  ['login', ['connect']],
  ['logout', ['disconnect']],
  ['webhook', ['webhooks']],
  ['list', ['webhooks list', 'accounts list']],
  ['conect', ['connect']],
  ['prnue', ['webhooks prune']],
  ['constructor', []],
  ['xyzzy', []],
])('meantBy %s', (word, commands) => {
  expect(meantBy(word, roots)).toEqual(commands)
})

test('meantByWords looks below the noun first, then everywhere', () => {
  expect(meantByWords(['webhooks', 'prun'], roots)).toEqual(['webhooks prune'])
  expect(meantByWords(['accounts', 'prune'], roots)).toEqual(['webhooks prune'])
  expect(meantByWords(['constructor', 'prune'], roots)).toEqual(['webhooks prune'])
  expect(meantByWords([], roots)).toEqual([])
})

test('unknownCommand asks, and hints at help that is there', () => {
  expect(unknownCommand('prune', '', roots)).toMatchObject({
    code: 'USAGE',
    message: 'Unknown command "prune"; did you mean calreconnect webhooks prune?',
    hint: 'calreconnect webhooks prune --help',
  })
  expect(unknownCommand('xyzzy', 'webhooks', roots)).toMatchObject({
    message: 'Unknown command "webhooks xyzzy"',
    hint: 'calreconnect webhooks --help',
  })
})
