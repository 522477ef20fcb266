// The journal of changes at Calendly: what was planned, what was begun, what came of it.

import type { Subscription } from '../calendly/model.ts'
import type { Origin, Plan, Step, UnsettledCreate } from '../plan/model.ts'
import type { Secret } from '../secrets/secret.ts'

export interface Run {
  readonly id: string
  readonly command: string
  readonly account: string
  readonly startedAtMs: number
  readonly finishedAtMs: number | null
  readonly status: 'open' | 'done' | 'partial' | 'failed'
  readonly plan: Plan
}

export interface RunStep {
  readonly runId: string
  readonly index: number
  readonly step: Step
  readonly state: 'intended' | 'settled' | 'failed'
  readonly outcome: string | null
  readonly newUri: string | null
  readonly gapMs: number | null
  readonly error: unknown
  /** The whole definition of what the step deletes. */
  readonly backup: Subscription | null
  readonly startedAtMs: number
  readonly settledAtMs: number | null
}

export interface Intent {
  readonly step: Step
  /** Of the subscription to be created. On disk before the POST. */
  readonly signingKey: Secret | null
  readonly origin: Origin
  /** Calendly's clock, epoch milliseconds. */
  readonly remoteStartedAtMs: number
  readonly seenBefore: readonly string[]
  readonly backup: Subscription | null
}

/** The journal: intent before a request, outcome after. */
export interface RunJournal {
  begin(command: string, plan: Plan): Promise<string>
  intend(runId: string, index: number, intent: Intent): Promise<void>
  settle(
    runId: string,
    index: number,
    result: { readonly outcome: string; readonly newUri?: string; readonly gapMs?: number },
  ): Promise<void>
  fail(runId: string, index: number, error: unknown): Promise<void>
  finish(runId: string, status: 'done' | 'partial' | 'failed'): Promise<void>
  /** Creates and replaces that were intended and never settled, of runs of this account. */
  unsettledCreates(account: string): Promise<readonly UnsettledCreate[]>
  /** The signing key of an intent, for settling it later. */
  intendedKey(runId: string, index: number): Promise<Secret | null>
  /**
   * What replacements of this account were to delete and were not seen to, because the process died between making the new one and
   * deleting the old: old URIs by the URI of the new one.
   */
  leftBeside(account: string): Promise<ReadonlyMap<string, readonly string[]>>
  list(options?: { readonly account?: string; readonly limit?: number }): Promise<readonly Run[]>
  get(runId: string): Promise<{ readonly run: Run; readonly steps: readonly RunStep[] } | null>
}
