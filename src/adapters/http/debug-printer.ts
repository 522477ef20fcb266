// Prints every exchange for `--debug`, as curl -v would. What it is given is redacted already.

import { printable } from '../../core/secrets/visible.ts'
import type { Exchange, ExchangeObserver } from './exchange.ts'

const BODY_CHARACTERS_MAX = 20_000

/** @param print takes one line without its end */
export function debugPrinter(print: (line: string) => void): ExchangeObserver {
  return {
    name: 'What --debug prints',
    observe(exchange) {
      for (const line of linesOf(exchange)) print(line)
    },
  }
}

function linesOf(exchange: Exchange): string[] {
  const again = exchange.attempt > 1 ? ` (attempt ${exchange.attempt})` : ''
  const outcome =
    exchange.status === null
      ? `< no answer: ${exchange.failure ?? 'unknown'} (${exchange.durationMs} ms)`
      : `< ${exchange.status} (${exchange.durationMs} ms)`
  return [
    `> ${exchange.method} ${exchange.url}${again}`,
    ...headerLines('>', exchange.requestHeaders),
    ...bodyLines('>', exchange.requestBody),
    outcome,
    ...headerLines('<', exchange.responseHeaders),
    ...bodyLines('<', exchange.responseBody),
  ]
}

function headerLines(arrow: string, headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${arrow} ${name}: ${value}`)
}

function bodyLines(arrow: string, body: string | null): string[] {
  if (body === null || body === '') return []
  const shown = body.length > BODY_CHARACTERS_MAX ? `${body.slice(0, BODY_CHARACTERS_MAX)}… (${body.length} characters)` : body
  return shown.split(/\r?\n/).map((line) => `${arrow} ${printable(line)}`)
}
