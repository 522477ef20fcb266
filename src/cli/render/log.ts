// The API log as people read it: a line per exchange, newest last.

import type { LogEntry } from '../../operations/journal/log.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import type { View } from './view.ts'

export function renderLog({ entries }: { readonly entries: readonly LogEntry[] }, view: View): string {
  if (entries.length === 0) return 'No matching requests are on record'
  const { paint } = view
  const columns: readonly DroppableColumn<LogEntry>[] = [
    { header: 'time', cell: ({ at }) => at.replace('T', ' ').replace(/\.\d+Z$/, 'Z') },
    { header: 'status', cell: statusText, paint: (text, entry) => (isError(entry) ? paint.red(text) : paint.green(text)) },
    { header: 'ms', cell: ({ durationMs }) => String(durationMs), align: 'right', dropsAt: 2 },
    { header: 'method', cell: ({ method, attempt }) => (attempt > 1 ? `${method} #${attempt}` : method) },
    { header: 'path', cell: ({ path }) => readable(path), shrinks: true },
    { header: 'answer', cell: answerText, shrinks: true, paint: (text, entry) => (isError(entry) ? paint.red(text) : text) },
    { header: 'request', cell: ({ requestId }) => requestId ?? '', paint: (text) => paint.dim(text), dropsAt: 1 },
  ]
  return renderTable(view, fittingColumns(view, columns, entries), entries)
}

/** Percent-encoded resource URIs in a query make lines long and hide what was asked: `organization=…/organizations/AAAA`. */
function readable(path: string): string {
  const [pathname = '', query] = path.split('?', 2)
  if (query === undefined) return pathname
  const parts = [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value.replace(/^https:\/\/api\.calendly\.com\//, '')}`)
  return `${pathname}?${parts.join('&')}`
}

/** As the store judges it for --errors. */
function isError({ status }: LogEntry): boolean {
  return status === null || status >= 400
}

function statusText({ status }: LogEntry): string {
  return status === null ? 'none' : String(status)
}

function answerText({ title, message, details, failure, status }: LogEntry): string {
  if (status === null) return failure ?? 'no answer'
  const said = [title, message, ...details.map((detail) => [detail.parameter, detail.message].filter(Boolean).join(' '))]
  return said.filter((text) => text !== null && text !== '').join(': ')
}
