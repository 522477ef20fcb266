import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { afterEach, describe, expect, it } from 'vitest'

import { pathPattern } from '../../../src/adapters/http/http.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { freePort, sendJson, startHttpServer, startRawServer } from '../../support/http-server.ts'
import { USER_AGENT, errorOf, reportOf, testHttp } from '../../support/wire-adapters.ts'
import { type ProxyOptions, startProxy } from '../../support/proxy-server.ts'
import { CERT_FILE, CORPORATE_CA_FILE, KEY_FILE, SMALL_CA_FILE, SMALL_CA_SIGNED } from '../../support/tls.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function client(options: Parameters<typeof testHttp>[0] = {}) {
  const http = testHttp(options)
  cleanups.push(() => http.close())
  return http
}

async function server(...args: Parameters<typeof startHttpServer>) {
  const started = await startHttpServer(...args)
  cleanups.push(() => started.close())
  return started
}

async function rawServer(onSocket: (socket: Socket) => void) {
  const started = await startRawServer(onSocket)
  cleanups.push(() => started.close())
  return started
}

const ASK = `
import { openHttp } from './src/adapters/http/http.ts'
const http = openHttp({ env: process.env, caFile: process.argv[3] ?? null, clock: { nowMs: () => Date.now() }, userAgent: 'x', observers: [] })
const answer = await http.request({ method: 'GET', url: new URL(process.argv[2] ?? '') })
await http.close()
process.stdout.write(answer.body)
`

const get = (url: URL | string) => ({ method: 'GET' as const, url: new URL(url) })

describe('Http.request', () => {
  it('Http.request sends its own User-Agent and reads status, headers, body and request id', async () => {
    const { url, requests } = await server((_request, response) =>
      sendJson(response, 201, { a: 1 }, { 'x-request-id': 'id-1', 'set-cookie': 'a=1' }),
    )
    const answer = await client().request({
      method: 'POST',
      url: new URL('/x?y=1', url),
      headers: { accept: 'application/json' },
      body: 'b',
    })
    expect({ ...answer, receivedAtMs: 0, headers: answer.headers['content-type'] }).toEqual({
      status: 201,
      headers: 'application/json; charset=utf-8',
      body: '{"a":1}',
      requestId: 'id-1',
      receivedAtMs: 0,
    })
    expect(requests.map(({ method, url, body, headers }) => ({ method, url, body, agent: headers['user-agent'] }))).toEqual([
      { method: 'POST', url: '/x?y=1', body: 'b', agent: USER_AGENT },
    ])
  })

  it('Http.request keeps a connection alive for GET, and takes a fresh one for each POST', async () => {
    const ports: (number | undefined)[] = []
    const { url } = await server((_request, response) => {
      ports.push(response.socket?.remotePort)
      sendJson(response, 200, {})
    })
    const http = client()
    for (const method of ['GET', 'GET', 'POST', 'POST', 'GET'] as const) await http.request({ method, url })
    const [first, second, third, fourth, fifth] = ports
    expect({ kept: first === second && second === fifth, fresh: new Set([first, third, fourth]).size }).toEqual({ kept: true, fresh: 3 })
  })

  it.each([301, 302, 303, 307, 308, 304])('Http.request never follows a %i', async (status) => {
    const elsewhere = await server((_request, response) => sendJson(response, 200, {}))
    const { url } = await server((_request, response) => response.writeHead(status, { location: elsewhere.url.href }).end())
    const answer = await client().request({ ...get(url), headers: { authorization: 'Bearer abc' } })
    expect(answer.status).toBe(status)
    expect(elsewhere.requests).toEqual([])
  })

  it('Http.request undoes a compression that nobody asked for', async () => {
    const { url } = await server((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"ok":true}')),
    )
    expect((await client().request(get(url))).body).toBe('{"ok":true}')
  })

  it.each([
    ['an unknown encoding', 'zstd-x', 'abc'],
    ['a broken one', 'gzip', 'abc'],
    ['one that explodes', 'gzip', gzipSync(Buffer.alloc(200_000))],
  ])('Http.request refuses %s', async (_name, encoding, body) => {
    const { url } = await server((_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
    expect((await reportOf(client({ bodyBytesMax: 100_000 }).request(get(url)))).code).toBe('UNEXPECTED_ANSWER')
  })

  it('Http.request stops reading an answer that is too large', async () => {
    const { url } = await server((_request, response) => response.end(Buffer.alloc(5000)))
    expect((await reportOf(client({ bodyBytesMax: 4999 }).request(get(url)))).message).toBe(
      `The answer of ${url.host} is larger than 4999 bytes`,
    )
  })

  it('Http.request refuses plain http to another machine before anything is sent', async () => {
    const error = await errorOf(client().request(get('http://api.calendly.com/users/me')))
    expect({ code: error.code, message: error.message, sent: error.answer.requestSent }).toEqual({
      code: 'INVALID_URL',
      message: 'Requests go over https only, not to http://api.calendly.com',
      sent: false,
    })
  })

  it('Http.request says that a refused connection sent nothing', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}`)
    const error = await errorOf(client().request(get(url)))
    expect({ code: error.code, message: error.message, sent: error.answer.requestSent }).toEqual({
      code: 'NETWORK',
      message: `Cannot reach ${url.host}: the connection was refused (ECONNREFUSED)`,
      sent: false,
    })
  })

  it('Http.request says that a name which does not exist sent nothing', async () => {
    const error = await errorOf(client({ connectTimeoutMs: 20_000 }).request(get('https://no-such-host.invalid')))
    expect({ code: error.code, message: error.message.replace(/:.*/, ''), sent: error.answer.requestSent }).toEqual({
      code: 'NETWORK',
      message: 'Cannot reach no-such-host.invalid',
      sent: false,
    })
  })

  it.each([
    ['resets before it answers', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()), 'NETWORK'],
    ['closes before it answers', (socket: Socket) => socket.once('data', () => socket.end()), 'NETWORK'],
    [
      'answers half a body',
      (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
      'NETWORK',
    ],
    [
      'answers something that is not HTTP',
      (socket: Socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')),
      'UNEXPECTED_ANSWER',
    ],
    ['never answers', () => {}, 'TIMEOUT'],
    [
      'drips for ever',
      (socket: Socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
          const drip = setInterval(() => socket.write('x'), 20)
          socket.on('close', () => clearInterval(drip))
        }),
      'TIMEOUT',
    ],
  ])('Http.request to a host that %s may have been sent', async (_name, act, code) => {
    const { url } = await rawServer(act)
    const error = await errorOf(client({ answerTimeoutMs: 300 }).request(get(url)))
    expect({ code: error.code, sent: error.answer.requestSent, host: error.message.includes(url.host) }).toEqual({
      code,
      sent: true,
      host: true,
    })
  })

  it('Http.request to a host that never finishes TLS times out before anything is sent', async () => {
    const { url } = await rawServer(() => {})
    const error = await errorOf(client({ connectTimeoutMs: 200 }).request(get(`https://127.0.0.1:${url.port}`)))
    expect({ code: error.code, sent: error.answer.requestSent }).toEqual({ code: 'TIMEOUT', sent: false })
  })

  it('Http.request given up while connecting never sends afterwards', async () => {
    const received: string[] = []
    const { url } = await rawServer((socket) => socket.on('data', (chunk: Buffer) => received.push(chunk.toString())))
    const stop = new AbortController()
    const http = client()
    const asked = errorOf(http.request({ ...get(url), signal: stop.signal }))
    stop.abort()
    expect((await asked).code).toBe('INTERRUPTED')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(received).toEqual([])
  })

  it('Http.request passes crash points before and after, named by pattern', async () => {
    const { url } = await server((_request, response) => sendJson(response, 200, {}))
    const points: string[] = []
    await client({ crashpoint: (name) => points.push(name) }).request({ method: 'DELETE', url: new URL('/webhook_subscriptions/ABC', url) })
    expect(points).toEqual(['http:DELETE /webhook_subscriptions/{id}:before', 'http:DELETE /webhook_subscriptions/{id}:after'])
  })

  it('Http.request shows observers the exchange without its secrets, and later echoes neither', async () => {
    const { url } = await server((request, response) =>
      sendJson(response, 400, { message: `you sent ${String(request.headers.authorization)}` }),
    )
    const http = client()
    await http.request({
      method: 'POST',
      url: new URL('/oauth/token?state=s3cr3t-state-value', url),
      headers: { authorization: 'Bearer very-secret-token-1' },
      body: 'x',
    })
    const [{ durationMs: _durationMs, startedAtMs: _startedAtMs, responseHeaders, ...seen }] = http.exchanges as [
      (typeof http.exchanges)[number],
    ]
    expect({ ...seen, responseHeaders: responseHeaders['content-type'] }).toEqual({
      method: 'POST',
      url: `${url.href}oauth/token?state=[secret]`,
      requestHeaders: { 'user-agent': USER_AGENT, authorization: 'Bearer [secret]' },
      requestBody: 'x',
      status: 400,
      responseHeaders: 'application/json; charset=utf-8',
      responseBody: '{"message":"you sent Bearer [secret]"}',
      attempt: 1,
      failure: null,
    })
    expect(http.secrets.redact('later: very-secret-token-1')).toBe('later: [secret]')
  })

  it('Http.request tells observers of a request without an answer', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}`)
    const http = client()
    await errorOf(http.request(get(url)))
    expect(http.exchanges.map(({ status, failure }) => ({ status, failure }))).toEqual([
      { status: null, failure: `NETWORK: Cannot reach ${url.host}: the connection was refused (ECONNREFUSED)` },
    ])
  })
})

describe('Http.request over TLS', () => {
  async function httpsServer({ certFile, keyFile } = { certFile: CERT_FILE, keyFile: KEY_FILE }) {
    const https = createHttpsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) =>
      response.end('{"over":"tls"}'),
    )
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve))
    cleanups.push(
      () => https.closeAllConnections(),
      () => https.close(),
    )
    return { certFile, url: `https://localhost:${(https.address() as AddressInfo).port}` }
  }

  async function proxy(options: ProxyOptions = {}) {
    const started = await startProxy(options)
    cleanups.push(() => started.close())
    return started
  }

  it('Http.request does not trust a self-signed certificate, and sends nothing', async () => {
    const { url } = await httpsServer()
    const error = await errorOf(client().request(get(url)))
    expect({ code: error.code, message: error.message, hint: error.hint, sent: error.answer.requestSent }).toEqual({
      code: 'TLS',
      message: `Cannot trust the TLS connection to ${new URL(url).host} (DEPTH_ZERO_SELF_SIGNED_CERT): its certificate is for “localhost”, issued by itself, valid from 2026-11-22 to 2126-10-29`,
      hint: "If that issuer is your company's (a TLS-inspecting proxy), save its certificate as FILE and run the same command with --cacert FILE, or set NODE_EXTRA_CA_CERTS=FILE for every run",
      sent: false,
    })
  })

  it('Http.request trusts what NODE_EXTRA_CA_CERTS names, directly and through a proxy', async () => {
    const { url, certFile } = await httpsServer()
    const through = await proxy()
    const folder = mkdtempSync(join(tmpdir(), 'calreconnect-run-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const program = join(folder, 'ask.mjs')
    await build({
      stdin: { contents: ASK, resolveDir: fileURLToPath(new URL('../../..', import.meta.url)), loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    })
    // Node reads the variable when it starts: another process.
    const run = async (env: Record<string, string>, ...caFile: readonly string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, [program, url, ...caFile], {
        env: { NODE_EXTRA_CA_CERTS: certFile, ...env },
      })
      return stdout
    }
    expect(await run({})).toBe('{"over":"tls"}')
    expect(await run({ HTTPS_PROXY: through.url })).toBe('{"over":"tls"}')
    // Beside another file of --cacert as well.
    expect(await run({}, CORPORATE_CA_FILE)).toBe('{"over":"tls"}')
    expect(through.tunnels.map(({ target }) => target)).toEqual([new URL(url).host])
  })

  it('Http.request trusts what --cacert names, PEM or DER, directly and through a proxy', async () => {
    const { url, certFile } = await httpsServer()
    const through = await proxy()
    const folder = mkdtempSync(join(tmpdir(), 'calreconnect-ca-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const [der, bundle] = [join(folder, 'ca.der'), join(folder, 'bundle.pem')]
    writeFileSync(der, new X509Certificate(readFileSync(certFile)).raw)
    writeFileSync(bundle, ['The company', readFileSync(CORPORATE_CA_FILE, 'utf8'), 'The host', readFileSync(certFile, 'utf8')].join('\n'))
    for (const caFile of [certFile, der, bundle]) {
      for (const env of [{}, { HTTPS_PROXY: through.url }]) {
        expect([caFile, (await client({ caFile, env }).request(get(url))).body]).toEqual([caFile, '{"over":"tls"}'])
      }
    }
    expect(through.tunnels.length).toBe(3)
  })

  it.each([
    [
      'expired',
      'CERT_HAS_EXPIRED',
      'is for “localhost”, issued by “Small authority (tests only)”, and expired on 2021-03-04',
      "this machine's clock",
    ],
    [
      'future',
      'CERT_NOT_YET_VALID',
      'is for “localhost”, issued by “Small authority (tests only)”, and not valid before 2120-01-01',
      "this machine's clock",
    ],
    [
      'elsewhere',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'is for “login.example”, issued by “Small authority (tests only)”, for the hosts login.example, portal.example, a.example, 1 more',
      'Something else answers for localhost',
    ],
  ] as const)('Http.request says of a certificate that is %s which one it is', async (name, code, what, hint) => {
    const { url } = await httpsServer(SMALL_CA_SIGNED[name])
    const through = await proxy()
    for (const env of [{}, { HTTPS_PROXY: through.url }]) {
      const error = await errorOf(client({ caFile: SMALL_CA_FILE, env }).request(get(url)))
      expect([error.code, error.message, error.answer.requestSent]).toEqual([
        'TLS',
        `Cannot trust the TLS connection to ${new URL(url).host} (${code}): its certificate ${what}`,
        false,
      ])
      expect(String(error.hint)).toContain(hint)
    }
    const stranger = await errorOf(client().request(get(url)))
    expect(stranger.message).toContain(
      'is for “' + (name === 'elsewhere' ? 'login.example' : 'localhost') + '”, issued by “Small authority (tests only)”',
    )
  })

  it.each([
    ['no-such.pem', null, /^--cacert .*no-such\.pem cannot be used: ENOENT/],
    ['a.txt', 'Not a certificate.', /a\.txt cannot be used: it holds no X\.509 certificate$/],
    ['empty.pem', '', /empty\.pem cannot be used: it holds no X\.509 certificate$/],
    ['key.pem', readFileSync(KEY_FILE, 'utf8'), /key\.pem cannot be used: it holds no X\.509 certificate$/],
    ['torn.pem', readFileSync(CERT_FILE, 'utf8').replace('MII', 'MIX'), /torn\.pem cannot be used: it holds no X\.509 certificate$/],
  ])('openHttp() refuses %s for --cacert, before anybody is asked for anything', async (name, content, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'calreconnect-ca-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const caFile = join(folder, name)
    if (content !== null) writeFileSync(caFile, content)
    const opening = async () => client({ caFile })
    const error = await errorOf(opening())
    expect([error.code, message.test(error.message) ? '' : error.message]).toEqual(['FILE_UNREADABLE', ''])
  })

  it('Http.request through a proxy fails on the certificate of the far side as it does directly', async () => {
    const { url } = await httpsServer()
    const through = await proxy()
    const error = await errorOf(client({ env: { https_proxy: through.url } }).request(get(url)))
    expect({ code: error.code, sent: error.answer.requestSent, tunnels: through.tunnels.length > 0 }).toEqual({
      code: 'TLS',
      sent: false,
      tunnels: true,
    })
  })

  it.each(['HTTP_PROXY', 'http_proxy'])('Http.request goes through the proxy of %s, with its credentials', async (name) => {
    const { url } = await server((_request, response) => sendJson(response, 200, {}))
    const through = await proxy()
    const env = { [name]: through.url.replace('http://', 'http://ada:pass%20word@') }
    for (const method of ['GET', 'POST'] as const) expect((await client({ env }).request({ method, url })).status).toBe(200)
    const tunnel = { target: url.host, authorization: `Basic ${Buffer.from('ada:pass word').toString('base64')}` }
    expect(through.tunnels).toEqual([tunnel, tunnel])
  })

  it.each(['NO_PROXY', 'no_proxy'])('Http.request does not use the proxy for hosts of %s', async (name) => {
    const { url } = await server((_request, response) => sendJson(response, 200, {}))
    const through = await proxy()
    await client({ env: { HTTP_PROXY: through.url, [name]: '127.0.0.1' } }).request(get(url))
    expect(through.tunnels).toEqual([])
  })

  it('Http.request takes a proxy without a scheme for http', async () => {
    const { url } = await server((_request, response) => sendJson(response, 200, {}))
    const through = await proxy()
    await client({ env: { http_proxy: through.url.replace('http://', '') } }).request(get(url))
    expect(through.tunnels.length).toBe(1)
  })

  it.each([
    [407, '', 'asks for a user name and a password (407)', 'export HTTP_PROXY=http://USER:PASSWORD@PROXY'],
    [407, 'ada:wrong@', 'does not accept its user name and password (407)', 'Check the user name and the password in HTTP_PROXY'],
    [403, '', 'opens no tunnel to TARGET (403)', 'Have TARGET allowed there, or name its host in NO_PROXY'],
  ])('Http.request says that the proxy refused with %s (as “%s”), and sent nothing', async (status, user, says, hint) => {
    const { url, requests } = await server((_request, response) => sendJson(response, 200, {}))
    const through = await proxy({ answer: `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n` })
    const at = `127.0.0.1:${through.port}`
    const error = await errorOf(client({ env: { HTTP_PROXY: `http://${user}${at}` } }).request(get(url)))
    expect({ code: error.code, message: error.message, hint: error.hint, sent: error.answer.requestSent, requests }).toEqual({
      code: 'NETWORK',
      message: `The proxy ${at} that HTTP_PROXY names ${says.replace('TARGET', url.host)}`,
      hint: hint.replace('TARGET', url.host).replace('@PROXY', `@${at}`),
      sent: false,
      requests: [],
    })
  })

  it('Http.request says that it is the proxy that cannot be reached', async () => {
    const port = await freePort()
    const error = await errorOf(client({ env: { https_proxy: `127.0.0.1:${port}` } }).request(get('https://api.calendly.com/users/me')))
    expect({ code: error.code, message: error.message, hint: error.hint, sent: error.answer.requestSent }).toEqual({
      code: 'NETWORK',
      message: `Cannot reach 127.0.0.1:${port}: the connection was refused (ECONNREFUSED); it is the proxy that https_proxy names`,
      hint: 'Check https_proxy, or unset it',
      sent: false,
    })
  })

  it('Http.request masks the password of a proxy', async () => {
    const http = client({ env: { HTTPS_PROXY: 'http://ada:correct%20horse@127.0.0.1:1' } })
    expect(http.secrets.redact('correct horse, correct%20horse')).toBe('[secret], [secret]')
  })
})

describe('pathPattern', () => {
  it.each([
    ['/users/me', '/users/me'],
    ['/users/ABC', '/users/{id}'],
    ['/webhook_subscriptions', '/webhook_subscriptions'],
    ['/webhook_subscriptions/6c5a', '/webhook_subscriptions/{id}'],
    ['/organizations/ABC', '/organizations/{id}'],
    ['/oauth/token', '/oauth/token'],
  ])('pathPattern of %s is %s', (path, pattern) => {
    expect(pathPattern(path)).toBe(pattern)
  })
})

it('CalreconnectError keeps requestSent out of what --json shows', async () => {
  const report = await reportOf(Promise.reject(new CalreconnectError('NETWORK', 'x', { requestSent: false })))
  expect(Object.keys(report)).toEqual(['code', 'exit', 'message', 'hint'])
})
