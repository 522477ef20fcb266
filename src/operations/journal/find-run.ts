// Which run of the journal a person means.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Run, RunJournal, RunStep } from '../../core/ports/journal.ts'

/** The journal keeps 1,000 finished runs, and all unfinished ones. */
export const RUNS_MAX = 2_000
const NAMED_MAX = 3

export interface RecordedRun {
  readonly run: Run
  readonly steps: readonly RunStep[]
}

/** By its id or an unambiguous beginning of it. @throws USAGE */
export async function findRun(runs: RunJournal, query: string): Promise<RecordedRun> {
  const wanted = query.trim().toLowerCase()
  const exact = wanted === '' ? null : await runs.get(wanted)
  if (exact !== null) return exact
  const found = (await runs.list({ limit: RUNS_MAX })).filter(({ id }) => id.startsWith(wanted))
  const [only, another] = found
  if (wanted === '' || only === undefined) {
    throw new CalreconnectError('USAGE', `The journal has no run ${query}`, { hint: next('runs') })
  }
  if (another !== undefined) {
    const named = found.slice(0, NAMED_MAX).map(({ id }) => id)
    const more = found.length > NAMED_MAX ? ` and ${found.length - NAMED_MAX} more` : ''
    throw new CalreconnectError('USAGE', `${query} fits ${found.length} runs: ${named.join(', ')}${more}`, { hint: 'Write more of its id' })
  }
  const recorded = await runs.get(only.id)
  if (recorded === null) throw new CalreconnectError('USAGE', `The run ${only.id} was just forgotten`, { hint: next('runs') })
  return recorded
}
