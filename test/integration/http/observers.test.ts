import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { apiLogRecorder } from '../../../src/adapters/http/api-log-recorder.ts'
import { debugPrinter } from '../../../src/adapters/http/debug-printer.ts'
import type { Exchange } from '../../../src/adapters/http/exchange.ts'
import { harRecorder } from '../../../src/adapters/http/har.ts'
import type { ApiLogEntry } from '../../../src/core/ports/store.ts'
import { sendJson, startHttpServer } from '../../support/http-server.ts'
import { testHttp } from '../../support/wire-adapters.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'calreconnect-har-'))
  cleanups.push(() => rm(path, { recursive: true }))
  return path
}

const exchange: Exchange = {
  method: 'GET',
  url: 'https://api.calendly.com/users/me?count=1',
  requestHeaders: { 'user-agent': 'x', authorization: 'Bearer [secret]' },
  requestBody: null,
  status: 403,
  responseHeaders: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
  responseBody:
    '{"title":"Permission Denied","message":"No","details":[{"message":"m","parameter":"p"}],"required_scopes":["webhooks:read"]}',
  startedAtMs: Date.parse('2026-11-22T12:00:00Z'),
  durationMs: 12,
  attempt: 2,
  failure: null,
}
const unanswered: Exchange = { ...exchange, status: null, responseHeaders: {}, responseBody: null, failure: 'NETWORK: gone', attempt: 1 }

const CANARIES = {
  access: 'access-canary/+0123456789',
  refresh: 'refresh-canary_0123456789',
  code: 'code-canary-0123456789abcdef',
  verifier: 'verifier-canary-0123456789',
  secret: 'client-secret-canary-0123',
  key: 'signing-key-canary-0123456789',
  cookie: 'cookie-canary-0123456789',
}

/** Sends each kind of secret in each place, through a server that echoes all of it. */
async function plantCanaries(observers: Parameters<typeof testHttp>[0]): Promise<void> {
  const { access, refresh, code, verifier, secret, key, cookie } = CANARIES
  const echo = await startHttpServer((request, response) => {
    const said = `${request.body} ${String(request.headers.authorization)} ${encodeURIComponent(access)} ${Buffer.from(refresh).toString('base64')} ${Buffer.from(key).toString('hex')}`
    sendJson(
      response,
      400,
      { message: said, access_token: access, refresh_token: refresh, resource: { signing_key: key } },
      { 'set-cookie': `session=${cookie}; HttpOnly`, 'x-echo': encodeURIComponent(access) },
    )
  })
  cleanups.push(() => echo.close())
  const http = testHttp(observers)
  const basic = Buffer.from(`client:${secret}`).toString('base64')
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier, refresh_token: refresh }).toString()
  await http.request({
    method: 'POST',
    url: new URL('/oauth/token', echo.url),
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  })
  await http.request({
    method: 'POST',
    url: new URL(`/webhook_subscriptions?code=${code}`, echo.url),
    headers: { authorization: `Bearer ${access}`, cookie: `a=${cookie}` },
    body: JSON.stringify({ signing_key: key }),
  })
  await http.close()
}

function found(text: string): string[] {
  const forms = (secret: string): string[] => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').slice(0, -4),
    Buffer.from(secret).toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ]
  return Object.entries(CANARIES)
    .filter(([, secret]) => forms(secret).some((form) => text.includes(form)))
    .map(([name]) => name)
}

describe('harRecorder', () => {
  it('harRecorder writes a valid, private file at once and after every exchange', async () => {
    const [dir] = [await folder()]
    const file = join(dir, 'trace.har')
    const har = harRecorder({ file, version: '1.2.3' })
    const read = async (): Promise<{ log: { entries: { response: { status: number } }[] } }> =>
      JSON.parse(await readFile(file, 'utf8')) as never
    expect(await read()).toEqual({ log: { version: '1.2', creator: { name: 'calreconnect', version: '1.2.3' }, entries: [] } })
    har.observe(exchange)
    har.observe(unanswered)
    expect((await read()).log.entries.map(({ response }) => response.status)).toEqual([403, 0])
    expect({ mode: ((await stat(file)).mode & 0o777).toString(8), files: await readdir(dir) }).toEqual({
      mode: '600',
      files: ['trace.har'],
    })
  })

  it('harRecorder writes what HAR 1.2 requires of an entry', async () => {
    const file = join(await folder(), 'trace.har')
    harRecorder({ file, version: '1' }).observe(exchange)
    const { log } = JSON.parse(await readFile(file, 'utf8')) as { log: { entries: unknown[] } }
    expect(log.entries).toEqual([
      {
        startedDateTime: '2026-11-22T12:00:00.000Z',
        time: 12,
        request: {
          method: 'GET',
          url: exchange.url,
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [
            { name: 'user-agent', value: 'x' },
            { name: 'authorization', value: 'Bearer [secret]' },
          ],
          queryString: [{ name: 'count', value: '1' }],
          headersSize: -1,
          bodySize: 0,
        },
        response: {
          status: 403,
          statusText: '',
          httpVersion: 'HTTP/1.1',
          cookies: [],
          headers: [
            { name: 'content-type', value: 'application/json' },
            { name: 'x-request-id', value: 'r-1' },
          ],
          content: { size: exchange.responseBody?.length, mimeType: 'application/json', text: exchange.responseBody },
          redirectURL: '',
          headersSize: -1,
          bodySize: exchange.responseBody?.length,
        },
        cache: {},
        timings: { send: 0, wait: 12, receive: 0 },
        _attempt: 2,
      },
    ])
  })

  it('harRecorder has everything after close, however many there were', async () => {
    const file = join(await folder(), 'trace.har')
    const har = harRecorder({ file, version: '1' })
    for (let index = 0; index < 333; index += 1) har.observe(exchange)
    await har.close?.()
    expect((JSON.parse(await readFile(file, 'utf8')) as { log: { entries: unknown[] } }).log.entries.length).toBe(333)
  })

  it('harRecorder into a folder that is not there names the file', async () => {
    const file = join(await folder(), 'no', 'trace.har')
    expect(() => harRecorder({ file, version: '1' })).toThrow(`Cannot write ${file}`)
  })

  it('harRecorder holds no canary', async () => {
    const file = join(await folder(), 'trace.har')
    await plantCanaries({ observers: [harRecorder({ file, version: '1' })] })
    const text = await readFile(file, 'utf8')
    expect({ found: found(text), entries: text.split('startedDateTime').length - 1 }).toEqual({ found: [], entries: 2 })
  })
})

describe('debugPrinter', () => {
  it('debugPrinter prints request and answer line by line', () => {
    const lines: string[] = []
    const printer = debugPrinter((line) => lines.push(line))
    printer.observe(exchange)
    printer.observe({ ...unanswered, requestBody: 'a\u001b[2Jb\nc' })
    expect(lines).toEqual([
      '> GET https://api.calendly.com/users/me?count=1 (attempt 2)',
      '> user-agent: x',
      '> authorization: Bearer [secret]',
      '< 403 (12 ms)',
      '< content-type: application/json',
      '< x-request-id: r-1',
      `< ${exchange.responseBody ?? ''}`,
      '> GET https://api.calendly.com/users/me?count=1',
      '> user-agent: x',
      '> authorization: Bearer [secret]',
      '> a�[2Jb',
      '> c',
      '< no answer: NETWORK: gone (12 ms)',
    ])
  })

  it('debugPrinter prints no canary', async () => {
    const lines: string[] = []
    await plantCanaries({ observers: [debugPrinter((line) => lines.push(line))] })
    expect({ found: found(lines.join('\n')), exchanges: lines.filter((line) => line.startsWith('< 400')).length }).toEqual({
      found: [],
      exchanges: 2,
    })
  })
})

describe('apiLogRecorder', () => {
  it('apiLogRecorder keeps what was asked and what Calendly said', async () => {
    const entries: ApiLogEntry[] = []
    const recorder = apiLogRecorder({ append: async (entry) => void entries.push(entry), account: () => 'ada', runId: () => 'run-1' })
    recorder.observe(exchange)
    recorder.observe(unanswered)
    await recorder.close?.()
    const common = {
      atMs: exchange.startedAtMs,
      runId: 'run-1',
      account: 'ada',
      method: 'GET',
      path: '/users/me?count=1',
      durationMs: 12,
      requestBody: null,
    }
    expect(entries).toEqual([
      {
        ...common,
        attempt: 2,
        responseBody: exchange.responseBody,
        failure: null,
        answer: {
          status: 403,
          requestId: 'r-1',
          title: 'Permission Denied',
          message: 'No',
          details: [{ parameter: 'p', message: 'm' }],
          requiredScopes: ['webhooks:read'],
        },
      },
      { ...common, attempt: 1, responseBody: null, failure: 'NETWORK: gone', answer: {} },
    ])
  })

  it('apiLogRecorder that cannot write rejects at the end and not before', async () => {
    const recorder = apiLogRecorder({ append: () => Promise.reject(new Error('full')) })
    recorder.observe(exchange)
    recorder.observe(exchange)
    await expect(recorder.close?.()).rejects.toThrow('full')
  })

  it('apiLogRecorder holds no canary', async () => {
    const entries: ApiLogEntry[] = []
    await plantCanaries({ observers: [apiLogRecorder({ append: async (entry) => void entries.push(entry) })] })
    expect({ found: found(JSON.stringify(entries)), entries: entries.length }).toEqual({ found: [], entries: 2 })
  })
})

it('Http.request tells no observer that is not watching, and asks again each time', async () => {
  const seen: string[] = []
  let watching = false
  const server = await startHttpServer((_request, response) => sendJson(response, 200, {}))
  const http = testHttp({ observers: [{ name: 'A watcher', isWatching: () => watching, observe: ({ method }) => void seen.push(method) }] })
  cleanups.push(
    () => server.close(),
    () => http.close(),
  )
  await http.request({ method: 'GET', url: server.url })
  watching = true
  await http.request({ method: 'DELETE', url: server.url })
  expect(seen).toEqual(['DELETE'])
})

it('Http.request gives the answer whatever its observers throw, and says once at the end what each has lost', async () => {
  const throwing = (name: string, observe: () => void) => ({ name, observe, close: () => Promise.reject(new Error('and at the end')) })
  const lost: string[] = []
  // A member nested this deep overflows whoever walks it.
  const deep = `{"access_token":"a","resource":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  const server = await startHttpServer((request, response) => response.writeHead(200).end(request.method === 'DELETE' ? '' : deep))
  cleanups.push(() => server.close())
  const full = (): never => {
    throw new Error('full')
  }
  const http = testHttp({
    observers: [throwing('One', full), throwing('Two', full), { ...throwing('Three', full), isWatching: full }],
    onLost: (text) => void lost.push(text),
  })
  for (const method of ['POST', 'DELETE', 'GET'] as const) expect((await http.request({ method, url: server.url })).status).toBe(200)
  await http.close()
  expect(lost.filter((text) => /^(One|Two|Three) is not complete: /.test(text)).map((text) => text.split(' ')[0])).toEqual([
    'Three',
    'One',
    'Two',
  ])
})
