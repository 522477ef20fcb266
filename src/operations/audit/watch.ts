// `webhooks watch`: one audit after the other, and what is different each time.

import { type AuditChanges, changesBetween, seen } from '../../core/audit/changes.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Clock } from '../../core/ports/desk.ts'
import type { RunHook, WatchMemory } from '../../core/ports/watch.ts'
import type { AuditReport } from './audit.ts'

export interface WatchRound extends AuditChanges {
  readonly account: string
  readonly organizationUri: string
  /** ISO 8601 UTC. */
  readonly auditedAt: string
  /** All that is found now. */
  readonly findings: number
}

export interface WatchDeps {
  readonly audit: () => Promise<AuditReport>
  readonly memory: (account: string, organizationUri: string) => Promise<WatchMemory>
  /** Null: nobody is told but the person. */
  readonly hook: RunHook | null
  readonly clock: Clock
  readonly warn: (text: string) => void
}

export interface WatchInput {
  /** Null: one round. */
  readonly intervalMs: number | null
  readonly exec: string | null
  readonly signal: AbortSignal | undefined
}

/** What passes by itself: the next round may find it gone. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'rate_limited'])

/** Until it is interrupted. @throws INTERRUPTED; as `audit` for what does not pass by itself, and for everything in a single round */
export async function watch(deps: WatchDeps, input: WatchInput, onRound: (round: WatchRound) => void): Promise<void> {
  for (;;) {
    try {
      await oneRound(deps, input, onRound)
    } catch (error) {
      const isPassing = error instanceof CalreconnectError && PASSING.has(error.exit)
      if (input.intervalMs === null || !isPassing) throw error
      deps.warn(`This round could not be finished: ${error.message}`)
    }
    if (input.intervalMs === null) return
    await deps.clock.sleep(input.intervalMs, input.signal)
  }
}

async function oneRound(deps: WatchDeps, { exec }: WatchInput, onRound: (round: WatchRound) => void): Promise<void> {
  const { account, result } = await deps.audit()
  const { organizationUri, findings } = result
  const memory = await deps.memory(account, organizationUri)
  const changes = changesBetween(await memory.load(), findings)
  onRound({ account, organizationUri, auditedAt: new Date(deps.clock.nowMs()).toISOString(), findings: findings.length, ...changes })
  if (exec !== null && deps.hook !== null) {
    const told = [
      ...changes.appeared.map((finding) => ({ change: 'appeared', account, organization_uri: organizationUri, finding: asJson(finding) })),
      ...changes.gone.map((finding) => ({ change: 'gone', account, organization_uri: organizationUri, finding })),
    ]
    for (const one of told) {
      const why = await deps.hook(exec, `${JSON.stringify(one)}\n`)
      if (why !== null) deps.warn(`--exec failed for ${one.finding.code}: ${why}`)
    }
  }
  // Last: who dies before is told again.
  await memory.save(findings.map(seen))
}

function asJson({ fixNeedsReview, ...finding }: AuditChanges['appeared'][number]) {
  return { ...finding, fix: String(finding.fix), fix_needs_review: fixNeedsReview }
}
