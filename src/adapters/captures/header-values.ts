// Finds the signature among headers, in whatever way they were written down.

import { SIGNATURE_HEADER } from '../../core/signature/capture.ts'
import { pastedSignature } from '../../core/signature/header.ts'

/** In a JSON object of headers: any case of the name, or as CGI has it; a list holds the values of repeated headers. */
export function fromObject(headers: object): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (name === SIGNATURE_HEADER || isSignature(name)) return textOf(value)
  }
  return null
}

/** In lists of `{name, value}` (HAR and many frameworks), of `[name, value]`, or of names and values in turn (Node's rawHeaders). */
export function fromList(headers: readonly unknown[]): string | null {
  for (const [index, header] of headers.entries()) {
    if (Array.isArray(header)) {
      if (isSignature(String(header[0]))) return textOf(header[1])
    } else if (isObject(header)) {
      if ([header['name'], header['key'], header['Name']].some((name) => typeof name === 'string' && isSignature(name)))
        return textOf(header['value'] ?? header['Value'])
    } else if (typeof header === 'string') {
      if (isSignature(header)) return textOf(headers[index + 1])
      const line = fromLines(header)
      if (line !== null) return line
    }
  }
  return null
}

/** In raw header lines: with a request line before them or without, or as `curl -v` shows them. */
export function fromLines(lines: string): string | null {
  for (const line of lines.split(/\r\n|\r|\n/)) {
    const colon = line.indexOf(':')
    if (
      colon > 0 &&
      isSignature(
        line
          .slice(0, colon)
          .replace(/^[<>*]\s*/, '')
          .trim(),
      )
    )
      return line.slice(colon + 1).trim()
  }
  return null
}

/** In text of any kind, by the header's name: tables, printed objects, environment dumps. */
function fromAnything(text: string): string | null {
  const found = /calendly[-_]webhook[-_]signature["'\]]*(?:\s*(?::|=>|=|,)|\s)\s*(?:[[{(]\s*)?["']?(t=\d[^"'\r\n\])}]*)/i.exec(text)?.[1]
  return found === undefined ? null : pastedSignature(found)
}

/** A --headers file: raw lines, JSON, the signature alone, or something printed. */
export function fromFile(text: string): string | null {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (/^["']?t=\d/.test(trimmed)) return pastedSignature(trimmed)
  return fromJson(trimmed) ?? fromLines(trimmed) ?? fromAnything(trimmed)
}

function fromJson(text: string): string | null {
  if (!text.startsWith('{') && !text.startsWith('[')) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // A printed object looks like JSON from afar; it is searched as text.
    return null
  }
  return fromHeaders(parsed) ?? (isObject(parsed) ? fromHeaders(parsed['headers']) : null)
}

/** In whatever holds headers. */
export function fromHeaders(headers: unknown): string | null {
  if (Array.isArray(headers)) return fromList(headers)
  if (isObject(headers)) return fromObject(headers)
  return typeof headers === 'string' ? fromLines(headers) : null
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSignature(name: string): boolean {
  if (name.length < SIGNATURE_HEADER.length || name.length > SIGNATURE_HEADER.length + 5) return false
  return (
    name
      .toLowerCase()
      .replaceAll('_', '-')
      .replace(/^http-/, '') === SIGNATURE_HEADER
  )
}

/** Repeated headers are joined as HTTP joins them. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value.join(', ') : null
}
