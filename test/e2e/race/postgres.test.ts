// The refresh race on PostgreSQL, directly and through a pooler in transaction mode: real processes, one refresh token.

import { expect, test } from 'vitest'
import { figuresOf, perfect, race } from '../../proofs/race.ts'
import { onPostgres } from '../../support/engines.ts'

const HEATS = [
  { processes: 4, rounds: 4 },
  { processes: 16, rounds: 1 },
  { processes: 32, rounds: 1 },
]

onPostgres(['transaction'], ({ newPath }) => {
  test('webhooks list in up to 32 processes refreshes an expired token once, and nobody fails', async () => {
    const results = await race({ heats: HEATS, seed: 1, kill: false, newUrl: newPath })
    expect(results.map(figuresOf)).toEqual(HEATS.map(perfect))
  })

  test('a killed process locks nobody out, unless the kill fell after Calendly had rotated: then it says lost_response', async () => {
    const results = await race({ heats: [{ processes: 4, rounds: 6 }], seed: 7, kill: true, newUrl: newPath })
    expect(results.reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThan(0)
    expect(results.map(({ failures, lost, explained, problems }) => [failures, lost - explained, problems])).toEqual([[0, 0, []]])
  })
})
