// The CI-sized run of test/proofs/damaged-stores.ts.

import { expect, test } from 'vitest'
import { damagedStores } from '../../proofs/damaged-stores.ts'

test('a store that was damaged is read or refused, whatever the damage, and never a bug', async () => {
  const { endings, problems } = await damagedStores({ rounds: 25, seed: 5 })
  expect(problems).toEqual([])
  // Both must be reached, or nothing was shown.
  const codes = new Set(Object.values(endings).flatMap((counts) => Object.keys(counts)))
  expect([...codes].toSorted()).toEqual(['exit 0', 'exit 9'])
})
