// A sample of `npm run listen-crash`, which kills at every point.

import { expect, test } from 'vitest'
import { crashListens } from '../../proofs/listen-crash.ts'

test('webhooks listen --public-url leaves no temporary subscription behind, wherever the one before was killed', async () => {
  const { problems, points, left } = await crashListens(4)
  expect({ problems, enough: points >= 8, reached: left >= 2 }).toEqual({ problems: [], enough: true, reached: true })
})
