// What the store keeps of audits: counts only, for the trend.

/** Whose audits are counted: what an audit sees depends on who asks. Survives the connection's renaming. */
export interface AuditOwner {
  readonly userUri: string
  readonly organizationUri: string
}

/** What one audit counted, so that a trend survives deletions. */
export interface AuditSnapshot {
  readonly atMs: number
  readonly total: number
  readonly active: number
}
