// Captures that are read as a whole: a raw HTTP request, or a HAR 1.2 document.

import { fromChunks } from '../../core/signature/body-layers.ts'
import type { Capture } from '../../core/signature/capture.ts'
import { containerBytes, containerText } from './container.ts'
import { fromLines, fromList, isObject } from './header-values.ts'
import { decodeContent } from './inflate.ts'
import { unreadable } from './source.ts'

const REQUEST_LINE = /^\s*[A-Z]{3,10} \S+ HTTP\/[\d.]+\r?\n/
/** Headers alone, as some tools export them. */
const HEADER_LINE = /^\s*[a-z][\w-]{0,60}:[^\r\n]*\r?\n/i

export function looksLikeHttp(beginning: string): boolean {
  return REQUEST_LINE.test(beginning) || (HEADER_LINE.test(beginning) && /^calendly-webhook-signature:/im.test(beginning))
}

export function looksLikeHar(beginning: string): boolean {
  return /^\s*\{\s*"log"\s*:\s*\{/.test(beginning)
}

/**
 * Request line, header lines, an empty line, the body to the end (or as long as Content-Length says), its transfer and content
 * encodings undone. @throws FILE_UNREADABLE
 */
export function readHttp(file: Buffer, name: string): Capture {
  const bytes = withoutLeadingSpace(containerBytes(file))
  const crlf = bytes.indexOf('\r\n\r\n')
  const lf = bytes.indexOf('\n\n')
  const isCrlf = crlf !== -1 && (lf === -1 || crlf < lf)
  const end = isCrlf ? crlf : lf
  if (end === -1) throw unreadable(name, 'no empty line ends its HTTP headers')
  const head = bytes.toString('latin1', 0, end)
  const rest = bytes.subarray(end + (isCrlf ? 4 : 2))
  const length = /^content-length:\s*(\d{1,10})\s*$/im.exec(head)?.[1]
  const isCut = length !== undefined && Number(length) <= rest.length
  const sent = isCut ? rest.subarray(0, Number(length)) : rest
  const isChunked = /^transfer-encoding:.*\bchunked\b/im.test(head)
  const transferred = isChunked ? (fromChunks(sent) ?? sent) : sent
  const encoding = /^content-encoding:([\w, \t-]{1,80})$/im.exec(head)?.[1]
  return { rawBody: encoding === undefined ? transferred : decodeContent(transferred, encoding), header: fromLines(head) }
}

function withoutLeadingSpace(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length && (bytes[start] ?? 0) <= 0x20) start += 1
  return bytes.subarray(start)
}

/** The requests that are Calendly's: by their signature, or else by what they look like. Others in the recording are not deliveries. @throws FILE_UNREADABLE */
export function readHar(bytes: Buffer, name: string): readonly Capture[] {
  const entries = entriesOf(parsed(bytes, name))
  if (entries === null) throw unreadable(name, 'it is not HAR: log.entries is missing')
  return entries.flatMap((entry): readonly Capture[] => {
    const request = isObject(entry) ? entry['request'] : null
    if (!isObject(request)) return []
    const headers = Array.isArray(request['headers']) ? request['headers'] : []
    const header = fromList(headers)
    const rawBody = bodyOf(request['postData'])
    return header === null && !isFromCalendly(headers, rawBody) ? [] : [{ rawBody, header }]
  })
}

/** An unsigned delivery: a subscription without a signing key, or a recording that left headers out. */
function isFromCalendly(headers: readonly unknown[], rawBody: Buffer): boolean {
  const byAgent = headers.some(
    (one) => isObject(one) && String(one['name']).toLowerCase() === 'user-agent' && /^calendly\b/i.test(String(one['value'])),
  )
  return byAgent || /^\s*\{\s*"created_at"\s*:\s*"[^"]*"\s*,\s*"created_by"\s*:/.test(rawBody.toString('latin1', 0, 1024))
}

function parsed(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(containerText(bytes))
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
