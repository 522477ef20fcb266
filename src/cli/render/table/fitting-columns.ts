// Which columns a table has room for: cutting every cell to a stump would tell nothing, and an id that is cut cannot be copied.

import stringWidth from 'fast-string-width'
import { type Column } from './table.ts'
import { printable } from '../../../core/secrets/visible.ts'
import type { View } from '../view.ts'

export interface DroppableColumn<Row> extends Column<Row> {
  /** May be left out; the lowest goes first. Absent: always there. */
  readonly dropsAt?: number
}

const GAP_WIDTH = 2
/** What a column that shrinks must keep, or as much as its cells have. */
const READABLE_WIDTH = 28

/** The columns without those that must go so that the rest can be read. */
export function fittingColumns<Row>(view: View, columns: readonly DroppableColumn<Row>[], rows: readonly Row[]): readonly Column<Row>[] {
  if (view.only !== undefined && view.only !== null) return columns
  const needs = new Map(columns.map((column) => [column, neededWidth(column, rows)]))
  const goers = columns.filter(({ dropsAt }) => dropsAt !== undefined).sort((a, b) => (a.dropsAt ?? 0) - (b.dropsAt ?? 0))
  let kept = columns
  for (const goer of goers) {
    const width = kept.reduce((sum, column) => sum + (needs.get(column) ?? 0) + GAP_WIDTH, -GAP_WIDTH)
    if (width <= view.columns) break
    kept = kept.filter((column) => column !== goer)
  }
  return kept
}

function neededWidth<Row>({ header, cell, shrinks }: Column<Row>, rows: readonly Row[]): number {
  const widest = rows.reduce((width, row) => Math.max(width, stringWidth(printable(cell(row)))), stringWidth(header))
  return shrinks === true ? Math.min(widest, READABLE_WIDTH) : widest
}
