// Aligned, borderless tables that fit the terminal.

import stringWidth from 'fast-string-width'
import { printable } from '../../../core/secrets/visible.ts'
import type { View } from '../view.ts'

export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row) => string
  /** May be cut when the table is too wide. The widest such column gives first. */
  readonly shrinks?: boolean
  /** Colours the cell after it was measured and padded. */
  readonly paint?: (text: string, row: Row) => string
  readonly align?: 'right'
}

const GAP = '  '
const SHRUNK_MIN = 8

/** Lines without a trailing newline. Headers are upper-case and dim. */
export function renderTable<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))))
  const widths = fit(
    columns.map((column, at) => Math.max(stringWidth(column.header), ...cells.map((line) => stringWidth(line[at] ?? '')))),
    columns.map((column) => column.shrinks === true),
    view.columns,
  )
  const lineOf = (texts: readonly string[], painted: (text: string, at: number) => string): string =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0
        const last = at === texts.length - 1
        const shown = pad(cut(text, width), last && columns[at]?.align !== 'right' ? 0 : width, columns[at]?.align)
        return painted(shown, at)
      })
      .join(GAP)
      .trimEnd()
  const head = lineOf(
    columns.map((column) => column.header.toUpperCase()),
    (text) => view.paint.dim(text),
  )
  const body = rows.map((row, index) => lineOf(cells[index] ?? [], (text, at) => columns[at]?.paint?.(text, row) ?? text))
  return [head, ...body].join('\n')
}

function fit(widths: readonly number[], shrinks: readonly boolean[], columns: number): readonly number[] {
  const fitted = [...widths]
  let excess = fitted.reduce((sum, width) => sum + width, 0) + GAP.length * (fitted.length - 1) - columns
  while (excess > 0) {
    let widest = -1
    for (const [at, width] of fitted.entries()) {
      if (shrinks[at] === true && width > SHRUNK_MIN && (widest === -1 || width > (fitted[widest] ?? 0))) widest = at
    }
    if (widest === -1) return fitted
    fitted[widest] = (fitted[widest] ?? 0) - 1
    excess -= 1
  }
  return fitted
}

/** Cuts in the middle: the beginning and the end of a URL tell most. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  const keep = width - 1
  const tail = Math.floor(keep / 3)
  return `${text.slice(0, keep - tail)}…${tail === 0 ? '' : text.slice(-tail)}`
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
