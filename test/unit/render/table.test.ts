import { describe, expect, test } from 'vitest'
import { alignedTable, renderTable } from '../../../src/cli/render/table/table.ts'
import { printable } from '../../../src/core/secrets/visible.ts'
import { PLAIN, type View } from '../../../src/cli/render/view.ts'

const view = (columns: number): View => ({ columns, nowMs: 0, paint: PLAIN })

interface Row {
  readonly id: string
  readonly url: string
  readonly events: number
}

const COLUMNS = [
  { header: 'id', cell: (row: Row) => row.id },
  { header: 'url', cell: (row: Row) => row.url, shrinks: true },
  { header: 'events', cell: (row: Row) => String(row.events), align: 'right' as const },
]

const ROWS: readonly Row[] = [
  { id: 'a', url: 'https://example.com/webhooks/calendly', events: 2 },
  { id: 'bcd', url: 'https://x.io', events: 14 },
]

describe('renderTable()', () => {
  test('renderTable() aligns columns, right-aligns numbers and leaves no trailing space', () => {
    expect(renderTable(view(100), COLUMNS, ROWS)).toBe(
      [
        'ID   URL                                    EVENTS',
        'a    https://example.com/webhooks/calendly       2',
        'bcd  https://x.io                               14',
      ].join('\n'),
    )
  })

  test('renderTable() cuts a shrinking column in the middle until the line fits', () => {
    const lines = alignedTable(view(40), COLUMNS, ROWS).split('\n')
    expect(lines.map((line) => line.length)).toEqual([40, 40, 40])
    expect(lines[1]).toBe('a    https://example.co…calendly       2')
  })

  test('renderTable() keeps the header when there is no row', () => {
    expect(renderTable(view(80), COLUMNS, [])).toBe('ID  URL  EVENTS')
  })

  test('renderTable() measures wide characters by the columns they take', () => {
    const lines = renderTable(view(80), COLUMNS, [
      { id: '日本', url: 'u', events: 1 },
      { id: 'abcd', url: 'u', events: 1 },
    ]).split('\n')
    expect(lines).toEqual(['ID    URL  EVENTS', '日本  u         1', 'abcd  u         1'])
  })
})

describe('renderTable() for programs and narrow terminals', () => {
  const full = [
    { header: 'in use', cell: () => '*', value: () => 'yes' },
    { header: 'id', cell: (row: Row) => row.id.slice(0, 1), value: (row: Row) => row.id },
    { header: 'callback url', cell: (row: Row) => row.url, shrinks: true },
  ]
  const hostile: Row = { id: 'x\ty\nz', url: 'https://x.io/\u001b[31m', events: 1 }

  test('renderTable() for a pipe is tab-separated: every column, whole values, one header line, and no cell breaks a line', () => {
    expect(renderTable(view(Number.POSITIVE_INFINITY), full, [...ROWS, hostile])).toBe(
      [
        'IN_USE\tID\tCALLBACK_URL',
        'yes\ta\thttps://example.com/webhooks/calendly',
        'yes\tbcd\thttps://x.io',
        'yes\tx\ufffdy\ufffdz\thttps://x.io/\ufffd[31m',
      ].join('\n'),
    )
  })

  test('renderTable() takes the columns that were asked for, in that order, on a terminal as in a pipe', () => {
    const only = ['Callback-URL', 'id']
    expect(renderTable({ ...view(Number.POSITIVE_INFINITY), only }, full, ROWS).split('\n')[1]).toBe(
      'https://example.com/webhooks/calendly\ta',
    )
    expect(renderTable({ ...view(100), only }, full, ROWS).split('\n')[2]).toBe('https://x.io                           b')
    expect(() => renderTable({ ...view(100), only: ['nonsense'] }, full, ROWS)).toThrow('There is no column nonsense')
  })

  test('renderTable() of 40 columns is a block a row, its URL cut in the middle', () => {
    expect(renderTable(view(40), COLUMNS, ROWS).split('\n')).toEqual([
      'id      a',
      'url     https://example.com/w…s/calendly',
      'events  2',
      '',
      'id      bcd',
      'url     https://x.io',
      'events  14',
    ])
  })
})

test('printable() replaces control characters, so that no remote text can move the cursor', () => {
  expect(printable('a\u001b[31mb\nc\u009b')).toBe('a�[31mb�c�')
})
