// What `webhooks watch` keeps between two rounds, and whom it tells.

import type { SeenFinding } from '../audit/changes.ts'

export interface WatchMemory {
  /** What was found in the last round; empty when nothing is remembered. */
  load(): Promise<readonly SeenFinding[]>
  save(findings: readonly SeenFinding[]): Promise<void>
}

/** Runs a shell command with `input` on its standard input. Null: it ended well; else why not. */
export type RunHook = (command: string, input: string) => Promise<string | null>
