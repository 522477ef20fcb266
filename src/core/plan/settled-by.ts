// Which later run did what an earlier one had left: recovery is observing and planning again, so an earlier run's own record stays as it was.

import { identityOf } from '../calendly/identity.ts'
import type { Step } from './model.ts'

/** As far as it matters here. */
export interface LaterRun {
  readonly id: string
  readonly steps: readonly Step[]
}

/**
 * The run with which the last of what was left was seen to: each place that was left has been planned for, and carried out, since.
 * Null where something is still left, or nothing was.
 * @param left what an earlier run did not finish
 * @param later runs of the same account that came after it and went through, oldest first
 */
export function settledBy(left: readonly Step[], later: readonly LaterRun[]): string | null {
  let open = left
  for (const { id, steps } of later) {
    if (open.length === 0) break
    const uris = new Set(steps.map(({ uri }) => uri))
    const places = new Set(steps.map(identityOf))
    open = open.filter((step) => !places.has(identityOf(step)) && (step.uri === null || !uris.has(step.uri)))
    if (open.length === 0) return id
  }
  return null
}
