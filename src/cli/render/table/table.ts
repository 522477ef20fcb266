// Tables: on a terminal aligned and as wide as it is, blocks where it is narrow; elsewhere tab-separated, with everything in them.

import stringWidth from 'fast-string-width'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { shown, type View } from '../view.ts'

export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row) => string
  /** What a program reads instead of a cell that is shortened or said in people's words. */
  readonly value?: (row: Row) => string
  /** For a column without a header. */
  readonly name?: string
  /** May be cut when the table is too wide. The widest such column gives first. */
  readonly shrinks?: boolean
  /** Colours the cell after it was measured and padded. */
  readonly paint?: (text: string, row: Row) => string
  readonly align?: 'right'
}

const GAP = '  '
const SHRUNK_MIN = 8

/** Narrower than this, a table that does not fit is shown as a block for each row. */
const TABLE_COLUMNS_MIN = 60

/**
 * Lines without a trailing newline. Headers are upper-case and dim.
 * @throws USAGE for a --columns that there is not
 */
export function renderTable<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const chosen = view.only === undefined || view.only === null ? columns : chosenColumns(columns, view.only)
  if (!Number.isFinite(view.columns)) return separated(view, chosen, rows)
  return view.columns < TABLE_COLUMNS_MIN && widthOf(view, chosen, rows) > view.columns
    ? blocks(view, chosen, rows)
    : alignedTable(view, chosen, rows)
}

/** What `--columns` and the head of a piped table call it. */
function columnName<Row>({ header, name }: Column<Row>): string {
  return (name ?? header).replaceAll(/[ -]/g, '_')
}

function chosenColumns<Row>(columns: readonly Column<Row>[], only: readonly string[]): readonly Column<Row>[] {
  return only.map((name) => {
    const found = columns.find((column) => columnName(column) === name.trim().toLowerCase().replaceAll(/[ -]/g, '_'))
    if (found !== undefined) return found
    throw new CalreconnectError('USAGE', `There is no column ${name.trim()} in this table`, {
      hint: `--columns takes some of ${columns.map(columnName).join(',')}`,
    })
  })
}

function separated<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const head = columns.map((column) => columnName(column).toUpperCase())
  const body = rows.map((row) =>
    columns.map(({ cell, value, paint }) => {
      const text = shown((value ?? cell)(row), view)
      // Colour that was asked for with FORCE_COLOR.
      return paint?.(text, row) ?? text
    }),
  )
  return [head, ...body].map((cells) => cells.join('\t')).join('\n')
}

function blocks<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const labels = columns.map(({ header, name }) => name ?? header)
  const label = Math.max(0, ...labels.map((text) => text.length))
  const room = Math.max(SHRUNK_MIN, view.columns - label - GAP.length)
  const lines = (row: Row): string[] =>
    columns.flatMap((column, at) => {
      const text = cut(shown(column.cell(row), view), room)
      return text === '' ? [] : [`${view.paint.dim((labels[at] ?? '').padEnd(label))}${GAP}${column.paint?.(text, row) ?? text}`]
    })
  return rows.map((row) => lines(row).join('\n')).join('\n\n')
}

function widthOf<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): number {
  const widest = ({ header, cell }: Column<Row>): number =>
    rows.reduce((width, row) => Math.max(width, stringWidth(shown(cell(row), view))), stringWidth(header))
  return columns.reduce((sum, column) => sum + widest(column) + GAP.length, -GAP.length)
}

/** Always aligned, for text that is read and not piped. */
export function alignedTable<Row>(view: View, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => shown(column.cell(row), view)))
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
        return painted(pad(cut(text, width), last && columns[at]?.align !== 'right' ? 0 : width, columns[at]?.align), at)
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
  const characters = charactersOf(text)
  return `${fitting(characters, keep - tail).join('')}…${fitting(characters.toReversed(), tail).toReversed().join('')}`
}

/** As people count them: half a pair, or a letter without its accent, is another text. */
function charactersOf(text: string): readonly string[] {
  // Most text is ASCII, for which nothing need be loaded.
  if (/^[ -~]*$/.test(text)) return text.split('')
  return Array.from(new Intl.Segmenter('en').segment(text), ({ segment }) => segment)
}

/** As many from the beginning as `width` cells hold: an ideograph takes two. */
function fitting(characters: readonly string[], width: number): readonly string[] {
  let room = width
  const end = characters.findIndex((character) => (room -= stringWidth(character)) < 0)
  return end === -1 ? characters : characters.slice(0, end)
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
