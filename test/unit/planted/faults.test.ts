import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { planted } from '../../planted/fault.ts'
import { FAULTS } from '../../planted/faults.ts'

const pathOf = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url))

// `npm run planted` sees whether they are noticed; here, that they still can be planted.
test.each(FAULTS)('planted fault "$name" has its place in $file, and its tests are there', (fault) => {
  const text = readFileSync(pathOf(fault.file), 'utf8')
  expect(planted(fault, text)).not.toBe(text)
  expect(fault.tests.filter((file) => !existsSync(pathOf(file)))).toEqual([])
})

test('planted faults have names of their own', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
})

test('planted() refuses a place that is gone, or is there twice', () => {
  const fault = { name: 'x', loses: '', file: 'a.ts', search: 'one', replace: 'two', tests: [] }
  expect(planted(fault, 'if (one) return')).toBe('if (two) return')
  expect(() => planted(fault, 'other')).toThrow('x: its place is in a.ts 0 times, not once')
  expect(() => planted(fault, 'one one')).toThrow('x: its place is in a.ts 2 times, not once')
})
