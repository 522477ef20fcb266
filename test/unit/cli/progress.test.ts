import { expect, test } from 'vitest'
import { progressText } from '../../../src/cli/output/progress.ts'

const work = { label: 'Deleting', total: 200, startedAtMs: 0, done: 0 }

test.each([
  [{ ...work, total: null }, 'Deleting'],
  [{ ...work, total: null, done: 3 }, 'Deleting 3'],
  [work, 'Deleting  ░░░░░░░░░░░░░░░░░░░░ 0/200'],
  [{ ...work, done: 5 }, 'Deleting  █░░░░░░░░░░░░░░░░░░░ 5/200'],
  [{ ...work, done: 50 }, 'Deleting  █████░░░░░░░░░░░░░░░ 50/200  30 seconds left'],
  [{ ...work, unit: 'bytes', total: 400e6, done: 100e6 } as const, 'Deleting  █████░░░░░░░░░░░░░░░ 100/400 MB  10 MB/s  30 seconds left'],
  [{ ...work, unit: 'bytes', total: null, done: 50e6 } as const, 'Deleting 50 MB  5 MB/s'],
  [{ ...work, done: 200 }, 'Deleting  ████████████████████ 200/200'],
])('progressText() of %o after 10 seconds is “%s”', (state, text) => {
  expect(progressText(state, 10_000)).toBe(text)
})
