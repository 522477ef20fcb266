// Which connections of many a round of `reconnect --all` is about.

import type { Connection } from './model.ts'

/** The last time that a connection was made right, or was tried. */
export interface Reconciled {
  readonly atMs: number
  /** The error's code; null when all was right. */
  readonly failure: string | null
}

export interface Due {
  /** Only those whose last time is longer ago than this, or that never had one. Null: whenever it was. */
  readonly olderThanMs: number | null
  /** Only those whose last time failed. */
  readonly failedOnly: boolean
}

/** In their order. Both conditions narrow. */
export function dueConnections(
  connections: readonly Connection[],
  reconciled: ReadonlyMap<string, Reconciled>,
  { olderThanMs, failedOnly }: Due,
  nowMs: number,
): readonly Connection[] {
  return connections.filter(({ name }) => {
    const last = reconciled.get(name)
    if (failedOnly && (last?.failure ?? null) === null) return false
    return olderThanMs === null || last === undefined || nowMs - last.atMs >= olderThanMs
  })
}
