// Finds the signature among headers, in whatever way they were written down.

import { SIGNATURE_HEADER } from '../../core/signature/capture.ts'

/** In a JSON object of headers: any case of the name; a list holds the values of repeated headers. */
export function fromObject(headers: object): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (name === SIGNATURE_HEADER || name.toLowerCase() === SIGNATURE_HEADER) return textOf(value)
  }
  return null
}

/** In HAR's and many frameworks' lists of `{name, value}` or `[name, value]`. */
export function fromList(headers: readonly unknown[]): string | null {
  for (const header of headers) {
    if (Array.isArray(header)) {
      if (String(header[0]).toLowerCase() === SIGNATURE_HEADER) return textOf(header[1])
    } else if (isObject(header) && String(header['name']).toLowerCase() === SIGNATURE_HEADER) return textOf(header['value'])
  }
  return null
}

/** In raw header lines, with a request line before them or without. */
export function fromLines(lines: string): string | null {
  for (const line of lines.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === SIGNATURE_HEADER) return line.slice(colon + 1).trim()
  }
  return null
}

/** A --headers file: raw lines, or JSON. */
export function fromFile(text: string): string | null {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{') && !trimmed.startsWith('[')) return fromLines(text)
  const parsed: unknown = JSON.parse(trimmed)
  if (Array.isArray(parsed)) return fromList(parsed)
  if (!isObject(parsed)) return null
  // Some write the whole request down, with its headers inside.
  const inner = parsed['headers']
  return fromObject(parsed) ?? (Array.isArray(inner) ? fromList(inner) : isObject(inner) ? fromObject(inner) : null)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' ? value[0] : null
}
