import { expect, test } from 'vitest'
import { count, duration, idOf, listOf, relativeTime } from '../../../src/cli/render/words.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

test.each([
  ['2026-11-22T11:59:30.000000Z', 'just now'],
  ['2026-11-22T11:58:59Z', '1 minute ago'],
  ['2026-11-22T10:00:00Z', '2 hours ago'],
  ['2026-11-19T12:00:00Z', '3 days ago'],
  ['2026-08-22T12:00:00Z', '3 months ago'],
  ['2024-11-22T12:00:00Z', '2 years ago'],
  ['2026-11-22T14:00:00Z', 'in 2 hours'],
  ['not a time', 'not a time'],
])('relativeTime() says %s as “%s”', (iso, words) => {
  expect(relativeTime(iso, NOW_MS)).toBe(words)
})

test('duration() names the largest whole unit', () => {
  expect([999, 1000, 61_000, 7_200_000].map(duration)).toEqual(['less than a second', '1 second', '1 minute', '2 hours'])
})

test('count() groups thousands and knows one from many', () => {
  expect([count(0, 'subscription'), count(1, 'subscription'), count(12_345, 'match', 'matches')]).toEqual([
    '0 subscriptions',
    '1 subscription',
    '12,345 matches',
  ])
})

test('listOf() joins as people do', () => {
  expect([listOf([]), listOf(['a']), listOf(['a', 'b']), listOf(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c'])
})

test('idOf() is the last segment of a URI', () => {
  expect(idOf('https://api.calendly.com/webhook_subscriptions/AAAA')).toBe('AAAA')
})
