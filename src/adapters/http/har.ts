// Records every exchange as an HTTP Archive 1.2 for `--har`. What it is given is redacted already.
// The file is a whole, valid HAR at every moment: it is replaced, never appended to. @see http://www.softwareishard.com/blog/har-12-spec/

import { CalreconnectError } from '../../core/errors/errors.ts'
import { replaceFile } from '../files/write-file.ts'
import type { Exchange, ExchangeObserver } from './exchange.ts'

const ENTRIES_MAX = 10_000
const BODY_CHARACTERS_MAX = 256 * 1024
/** Up to here the file is replaced after each exchange; later after every tenth part more, so that long runs stay linear. */
const ENTRIES_WRITTEN_AT_ONCE = 100

/**
 * Writes the first file, without entries, at once. @param version of this tool
 * @throws FILE_UNREADABLE when the file cannot be written
 */
export function harRecorder(options: { readonly file: string; readonly version: string }): ExchangeObserver {
  const entries: string[] = []
  let written = 0
  const save = (): void => {
    write(options.file, harText(options.version, entries))
    written = entries.length
  }
  save()
  return {
    name: `The HAR file ${options.file}`,
    observe(exchange) {
      if (entries.length >= ENTRIES_MAX) return
      entries.push(JSON.stringify(entryOf(exchange)))
      if (entries.length > ENTRIES_WRITTEN_AT_ONCE && entries.length < written * 1.1) return
      try {
        save()
      } catch (error) {
        // Everything is still at hand, and the next exchange or the end of the command writes all of it.
        if (!(error instanceof CalreconnectError)) throw error
      }
    },
    async close() {
      if (written < entries.length) save()
    },
  }
}

function harText(version: string, entries: readonly string[]): string {
  const creator = JSON.stringify({ name: 'calreconnect', version })
  return `{"log":{"version":"1.2","creator":${creator},"entries":[${entries.join(',')}]}}\n`
}

function write(file: string, text: string): void {
  try {
    replaceFile(file, text)
  } catch (cause) {
    throw new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

function entryOf(exchange: Exchange): unknown {
  const url = new URL(exchange.url)
  return {
    startedDateTime: new Date(exchange.startedAtMs).toISOString(),
    time: exchange.durationMs,
    request: {
      method: exchange.method,
      url: exchange.url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairs(exchange.requestHeaders),
      queryString: [...url.searchParams].map(([name, value]) => ({ name, value })),
      ...(exchange.requestBody === null
        ? {}
        : { postData: { mimeType: exchange.requestHeaders['content-type'] ?? '', text: bounded(exchange.requestBody) } }),
      headersSize: -1,
      bodySize: exchange.requestBody?.length ?? 0,
    },
    response: {
      status: exchange.status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: pairs(exchange.responseHeaders),
      content: {
        size: exchange.responseBody?.length ?? 0,
        mimeType: exchange.responseHeaders['content-type'] ?? 'x-unknown',
        ...(exchange.responseBody === null ? {} : { text: bounded(exchange.responseBody) }),
      },
      redirectURL: exchange.responseHeaders['location'] ?? '',
      headersSize: -1,
      bodySize: exchange.responseBody?.length ?? -1,
      ...(exchange.failure === null ? {} : { _error: exchange.failure }),
    },
    cache: {},
    timings: { send: 0, wait: exchange.durationMs, receive: 0 },
    _attempt: exchange.attempt,
  }
}

function pairs(headers: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }))
}

function bounded(body: string): string {
  return body.length > BODY_CHARACTERS_MAX ? body.slice(0, BODY_CHARACTERS_MAX) : body
}
