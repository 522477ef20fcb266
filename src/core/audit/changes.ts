// What is different between two audits. Pure.

import type { Finding } from './surroundings.ts'

export interface AuditChanges {
  readonly appeared: readonly Finding[]
  /** As they were when they were seen last. */
  readonly gone: readonly SeenFinding[]
}

/** What is remembered of a finding. */
export interface SeenFinding {
  readonly code: string
  readonly severity: string
  readonly message: string
  readonly uris: readonly string[]
}

/** Findings are the same while they are about the same subscriptions: messages count hours and days. */
export function changesBetween(before: readonly SeenFinding[], after: readonly Finding[]): AuditChanges {
  const [was, is] = [new Set(before.map(identity)), new Set(after.map(identity))]
  return {
    appeared: after.filter((one) => !was.has(identity(one))),
    gone: before.filter((one) => !is.has(identity(one))),
  }
}

export function seen({ code, severity, message, uris }: Finding): SeenFinding {
  return { code, severity, message, uris }
}

function identity({ code, message, uris }: SeenFinding): string {
  return JSON.stringify([code, uris.length === 0 ? message : uris.toSorted()])
}
