import { expect, test } from 'vitest'

import { history } from '../../../src/core/audit/history.ts'
import { aSubscription } from '../../support/builders.ts'

const on = (...days: string[]) => days.map((day, index) => aSubscription(`S${index}`, { createdAt: `${day}T10:00:00.000000Z` }))

test('history of nothing is empty', () => {
  expect(history([])).toEqual([])
})

test('history counts by day over a short span, days without a creation included', () => {
  expect(history(on('2026-11-03', '2026-11-01', '2026-11-01'))).toEqual([
    { date: '2026-11-01', created: 2, total: 2 },
    { date: '2026-11-02', created: 0, total: 2 },
    { date: '2026-11-03', created: 1, total: 3 },
  ])
})

test('history counts by week, from Monday, over some months', () => {
  const points = history(on('2026-01-01', '2026-01-04', '2026-01-05', '2026-02-09'))
  expect(points.slice(0, 2)).toEqual([
    { date: '2025-12-29', created: 2, total: 2 },
    { date: '2026-01-05', created: 1, total: 3 },
  ])
  expect([points.length, points.at(-1)]).toEqual([7, { date: '2026-02-09', created: 1, total: 4 }])
})

test('history counts by month over a long span, and no more than 120 of them', () => {
  const points = history(on('2025-11-30', '2026-11-01'))
  expect([points.length, points[0], points.at(-1)]).toEqual([
    13,
    { date: '2025-11-01', created: 1, total: 1 },
    { date: '2026-11-01', created: 1, total: 2 },
  ])
  const long = history(on('2001-05-05', '2026-11-01'))
  expect([long.length, long[0]]).toEqual([120, { date: '2016-12-01', created: 1, total: 1 }])
})

test('history trusts what an audit counted, so that deletions do not hide the past', () => {
  const snapshots = [
    { atMs: Date.UTC(2026, 10, 2, 12), total: 40 },
    { atMs: Date.UTC(2026, 10, 2, 6), total: 7 },
  ]
  expect(history(on('2026-11-01', '2026-11-03', '2026-11-04'), snapshots)).toEqual([
    { date: '2026-11-01', created: 1, total: 1 },
    { date: '2026-11-02', created: 0, total: 40 },
    { date: '2026-11-03', created: 1, total: 41 },
    { date: '2026-11-04', created: 1, total: 3 },
  ])
})

test('history puts midnight into the day that it begins, of creations and of audits', () => {
  const observed = ['2026-11-01', '2026-11-02'].map((day) => aSubscription(day, { createdAt: `${day}T00:00:00.000000Z` }))
  expect(history(observed, [{ atMs: Date.UTC(2026, 10, 3), total: 9 }])).toEqual([
    { date: '2026-11-01', created: 1, total: 1 },
    { date: '2026-11-02', created: 1, total: 2 },
    { date: '2026-11-03', created: 0, total: 2 },
  ])
  expect(
    history(observed.slice(0, 1), [
      { atMs: Date.UTC(2026, 10, 2), total: 9 },
      { atMs: Date.UTC(2026, 10, 3), total: 9 },
    ]),
  ).toEqual([
    { date: '2026-11-01', created: 1, total: 1 },
    { date: '2026-11-02', created: 0, total: 9 },
    { date: '2026-11-03', created: 0, total: 1 },
  ])
})

test.each([
  ['2026-12-02T10:00:00Z', 32],
  ['2026-12-02T10:00:01Z', 6],
  ['2027-05-02T10:00:00Z', 27],
  ['2027-05-02T10:00:01Z', 7],
])('history from the first of November to %s has %i points', (createdAt, points) => {
  const observed = [aSubscription('A', { createdAt: '2026-11-01T10:00:00Z' }), aSubscription('B', { createdAt })]
  expect(history(observed)).toHaveLength(points)
})

test('history counts what does not tell when it was made in the present total only', () => {
  const never = aSubscription('NEVER', { createdAt: 'never' })
  expect(history([...on('2026-11-01'), never])).toEqual([{ date: '2026-11-01', created: 1, total: 2 }])
  expect(history([never])).toEqual([])
})
