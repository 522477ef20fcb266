// The CI-sized run of test/proofs/interrupted-refresh.ts: Ctrl-C at random moments of a token refresh, on a real terminal.

import { expect, test } from 'vitest'
import { interruptedRefreshes } from '../../proofs/interrupted-refresh.ts'
import { hasTerminal } from '../../support/terminal.ts'

test.skipIf(!hasTerminal())('Ctrl-C at any moment of a refresh, once or twice, loses no connection without saying why', async () => {
  const { moments, twice, lost, explained, problems } = await interruptedRefreshes({ rounds: 10, seed: 3 })
  expect({ problems, unexplained: lost - explained }).toEqual({ problems: [], unexplained: 0 })
  // What makes it a test at all: it was pressed while Calendly was asked, once and twice.
  expect([moments['while it was asked'] > 0, twice > 0]).toEqual([true, true])
})
