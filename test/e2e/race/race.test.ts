// The CI-sized run of test/proofs/race.ts and reconnect-race.ts: real processes on one store, at the same time.

import { expect, test } from 'vitest'
import { figuresOf, perfect, race } from '../../proofs/race.ts'
import { reconnectRace } from '../../proofs/reconnect-race.ts'

const HEATS = [
  { processes: 2, rounds: 13 },
  { processes: 4, rounds: 4 },
  { processes: 8, rounds: 4 },
  { processes: 16, rounds: 1 },
  { processes: 32, rounds: 1 },
]

test('webhooks list in up to 32 processes refreshes an expired token once, and nobody fails', async () => {
  const results = await race({ heats: HEATS, seed: 1, kill: false })
  expect(results.map(figuresOf)).toEqual(HEATS.map(perfect))
})

test('webhooks list locks nobody out when a process is killed, unless the kill fell after Calendly had rotated: then it says lost_response', async () => {
  const results = await race({
    heats: [
      { processes: 2, rounds: 12 },
      { processes: 4, rounds: 6 },
      { processes: 8, rounds: 2 },
    ],
    seed: 7,
    kill: true,
  })
  const faults = results.map(({ processes, failures, lost, explained, problems }) => ({
    processes,
    failures,
    unexplained: lost - explained,
    problems,
  }))
  // A run that killed nobody would show nothing.
  expect(results.reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThan(0)
  expect(faults).toEqual([2, 4, 8].map((processes) => ({ processes, failures: 0, unexplained: 0, problems: [] })))
})

test('reconnect in two processes at once leaves one subscription with a known key, whatever there was to mend', async () => {
  const results = await reconnectRace({ rounds: 10, processes: 2 })
  const writes = { gone: 2, disabled: 6, 'key lost': 6, duplicates: 10, moved: 4 }
  expect(results.map(({ roundMs: _roundMs, ...result }) => result)).toEqual(
    Object.entries(writes).map(([trouble, count]) => ({ trouble, rounds: 2, tokenRequests: 2, writes: count, problems: [] })),
  )
})
