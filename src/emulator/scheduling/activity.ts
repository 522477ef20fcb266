// The organization's activity log: who did what. Knows nothing of who reads it.
import { wireTime } from '../clock.ts'
import { API_ORIGIN } from '../lookup.ts'
import { uuid } from '../random-ids.ts'
import type { World } from '../world.ts'

/** Writes an entry. */
export function logActivity(
  { state, clock, random }: Pick<World, 'state' | 'clock' | 'random'>,
  entry: { organization: string; namespace: string; action: string; actor: string | null; details?: Record<string, string> },
): void {
  const uri = `${API_ORIGIN}/activity_log_entries/${uuid(random)}`
  state.addActivity({ uri, occurredAt: wireTime(clock.nowMs()), details: {}, ...entry })
}
