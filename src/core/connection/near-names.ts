// What somebody may have meant who mistyped a name.

import { fold } from './name.ts'

/** Longer texts are no names; comparing them would take long. */
const LENGTH_MAX = 100
const DISTANCE_MAX = 3

/** The name that differs least, if it differs by little: a third of its letters, three at most. Null when none does. */
export function nearest(typed: string, names: readonly string[]): string | null {
  const wanted = fold(typed)
  if (wanted.length > LENGTH_MAX) return null
  let best: string | null = null
  let least = Math.min(DISTANCE_MAX, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const folded = fold(name)
    const distance = folded.length > LENGTH_MAX ? least : distanceOf(wanted, folded)
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** Optimal string alignment: letters added, left out, replaced, or two neighbours exchanged. */
function distanceOf(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let at = 1; at <= a.length; at += 1) {
    const next = [at]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[at - 1] === b[column - 1] ? 0 : 1
      let least = Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (row[column - 1] ?? 0) + same)
      if (at > 1 && column > 1 && a[at - 1] === b[column - 2] && a[at - 2] === b[column - 1]) {
        least = Math.min(least, (before[column - 2] ?? 0) + 1)
      }
      next.push(least)
    }
    ;[before, row] = [row, next]
  }
  return row[b.length] ?? 0
}
