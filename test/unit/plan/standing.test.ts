import { expect, test } from 'vitest'
import { newestFirst, oldestFirst } from '../../../src/core/plan/standing.ts'
import { aSubscription } from '../../support/builders.ts'

// All three within one millisecond, which is all that a Date holds; their names sort the other way.
const first = aSubscription('C', { createdAt: '2026-11-01T00:00:00.000100Z' })
const second = aSubscription('B', { createdAt: '2026-11-01T00:00:00.000200Z' })
const third = aSubscription('A', { createdAt: '2026-11-01T00:00:00.000300Z' })

test('oldestFirst and newestFirst tell apart what was made in the same millisecond', () => {
  expect([second, third, first].sort(oldestFirst)).toEqual([first, second, third])
  expect([second, first, third].sort(newestFirst)).toEqual([third, second, first])
})

test('oldestFirst and newestFirst order what was made at the very same time by URI, both the same way', () => {
  const twin = aSubscription('AA', { createdAt: third.createdAt })
  expect([twin, third].sort(oldestFirst)).toEqual([third, twin])
  expect([twin, third].sort(newestFirst)).toEqual([third, twin])
})
