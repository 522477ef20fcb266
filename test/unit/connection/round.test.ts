import { expect, test } from 'vitest'
import { dueConnections } from '../../../src/core/connection/round.ts'
import { aConnection } from '../../support/builders.ts'

const HOUR = 3_600_000
const NOW = 1_000 * HOUR
const all = ['never', 'old', 'fresh', 'old and failed', 'fresh and failed'].map((name) => aConnection(name))
const reconciled = new Map([
  ['old', { atMs: NOW - 24 * HOUR, failure: null }],
  ['fresh', { atMs: NOW - 24 * HOUR + 1, failure: null }],
  ['old and failed', { atMs: NOW - 25 * HOUR, failure: 'NETWORK' }],
  ['fresh and failed', { atMs: NOW, failure: 'NEEDS_CONNECT' }],
])

test.each([
  [{ olderThanMs: null, failedOnly: false }, ['never', 'old', 'fresh', 'old and failed', 'fresh and failed']],
  [{ olderThanMs: 24 * HOUR, failedOnly: false }, ['never', 'old', 'old and failed']],
  [{ olderThanMs: null, failedOnly: true }, ['old and failed', 'fresh and failed']],
  [{ olderThanMs: 24 * HOUR, failedOnly: true }, ['old and failed']],
])('dueConnections of %j', (due, names) => {
  expect(dueConnections(all, reconciled, due, NOW).map(({ name }) => name)).toEqual(names)
})
