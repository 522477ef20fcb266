// The signing key of creates whose answer was lost.

import type { UnsettledCreate } from '../../core/plan/model.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { Secret } from '../../core/secrets/secret.ts'

/** The key that all of these were sent with; null when they differ, so that nobody can tell which one counts. */
export async function commonKey(runs: Pick<RunJournal, 'intendedKey'>, intents: readonly UnsettledCreate[]): Promise<Secret | null> {
  let common: Secret | null = null
  for (const { runId, stepIndex } of intents) {
    const key = await runs.intendedKey(runId, stepIndex)
    if (key === null || (common !== null && common.reveal() !== key.reveal())) return null
    common = key
  }
  return common
}
