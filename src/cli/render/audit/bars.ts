// The accumulation as one line of block characters.

import type { HistoryPoint } from '../../../core/audit/history.ts'

const BLOCKS = '▁▂▃▄▅▆▇█'
/** Fewer points than this are drawn twice as wide, so that they are seen. */
const WIDE_BELOW = 24

/** One block for each point, as high as its total beside the greatest; nothing for 0. Points that do not fit in `width` are merged. */
export function barLine(history: readonly HistoryPoint[], width: number): string {
  const each = Math.max(1, Math.ceil(history.length / Math.max(1, width)))
  // Of merged points the last one counts: it says how many there were at their end.
  const totals = history.flatMap(({ total }, at) => ((at + 1) % each === 0 || at === history.length - 1 ? [total] : []))
  const totalMax = Math.max(...totals, 1)
  const repeat = totals.length < WIDE_BELOW && totals.length * 2 <= width ? 2 : 1
  return totals.map((total) => blockFor(total / totalMax).repeat(repeat)).join('')
}

function blockFor(share: number): string {
  return share <= 0 ? ' ' : (BLOCKS[Math.ceil(share * BLOCKS.length) - 1] ?? BLOCKS.slice(-1))
}
