// An answer of Calendly's as it came: on a terminal indented, for programs on one line.

import type { AnyAnswer } from '../../core/ports/calendly.ts'
import { printable, visibleJson } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'

export function renderAnswer({ status, headers, json }: Omit<AnyAnswer, 'headers'> & Partial<AnyAnswer>, { columns, paint }: View): string {
  const isTerminal = Number.isFinite(columns)
  const body = json === null ? '' : visibleJson(JSON.stringify(json, null, isTerminal ? 2 : 0))
  if (headers === undefined) return body
  const head = Object.entries(headers).map(([name, value]) => `${paint.cyan(name)}: ${printable(value)}`)
  return [paint.bold(`HTTP ${status}`), ...head, '', body].join('\n')
}
