// The CI-sized run of test/proofs/mixed-kills.ts: commands of every kind on one store at the same time, most of them killed.

import { expect, test } from 'vitest'
import { mixedKills } from '../../proofs/mixed-kills.ts'

test('whatever is killed in the middle of whatever else, one more run makes all of it right', async () => {
  const { killed, problems } = await mixedKills({ kills: 24, processes: 4, seed: 11 })
  expect(problems).toEqual([])
  expect(killed).toBeGreaterThanOrEqual(24)
})
