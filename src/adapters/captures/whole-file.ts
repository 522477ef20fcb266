// Captures that are read as a whole: a raw HTTP request, or a HAR 1.2 document.

import type { Capture } from '../../core/signature/capture.ts'
import { fromLines, fromList, isObject } from './header-values.ts'
import { unreadable } from './source.ts'

const REQUEST_LINE = /^[A-Z]{3,10} \S+ HTTP\/[\d.]+\r?\n/

export function looksLikeHttp(beginning: string): boolean {
  return REQUEST_LINE.test(beginning)
}

export function looksLikeHar(beginning: string): boolean {
  return /^\s*\{\s*"log"\s*:\s*\{/.test(beginning)
}

/** Request line, header lines, an empty line, the body to the end (or as long as Content-Length says). @throws FILE_UNREADABLE */
export function readHttp(bytes: Buffer, name: string): Capture {
  const crlf = bytes.indexOf('\r\n\r\n')
  const lf = bytes.indexOf('\n\n')
  const isCrlf = crlf !== -1 && (lf === -1 || crlf < lf)
  const end = isCrlf ? crlf : lf
  if (end === -1) throw unreadable(name, 'no empty line ends its HTTP headers')
  const head = bytes.toString('latin1', 0, end)
  const rest = bytes.subarray(end + (isCrlf ? 4 : 2))
  const length = /^content-length:\s*(\d{1,10})\s*$/im.exec(head)?.[1]
  const isCut = length !== undefined && Number(length) <= rest.length
  return { rawBody: isCut ? rest.subarray(0, Number(length)) : rest, header: fromLines(head) }
}

/** The requests that carry Calendly's signature, or its user agent; others in the recording are not its deliveries. @throws FILE_UNREADABLE */
export function readHar(bytes: Buffer, name: string): readonly Capture[] {
  const entries = entriesOf(parsed(bytes, name))
  if (entries === null) throw unreadable(name, 'it is not HAR: log.entries is missing')
  return entries.flatMap((entry): readonly Capture[] => {
    const request = isObject(entry) ? entry['request'] : null
    if (!isObject(request) || !Array.isArray(request['headers'])) return []
    const header = fromList(request['headers'])
    const isCalendly = request['headers'].some((one) => isObject(one) && one['name'] === 'user-agent' && one['value'] === 'Calendly')
    return header === null && !isCalendly ? [] : [{ rawBody: bodyOf(request['postData']), header }]
  })
}

function parsed(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw unreadable(name, 'it is not JSON', error)
  }
}

function entriesOf(har: unknown): readonly unknown[] | null {
  const log = isObject(har) ? har['log'] : null
  const entries = isObject(log) ? log['entries'] : null
  return Array.isArray(entries) ? entries : null
}

function bodyOf(postData: unknown): Buffer {
  const { text, encoding, _encoding } = isObject(postData) ? postData : {}
  if (typeof text !== 'string') return Buffer.alloc(0)
  return Buffer.from(text, encoding === 'base64' || _encoding === 'base64' ? 'base64' : 'utf8')
}
