import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { canListenAt, listenForRedirect } from '../../../src/adapters/oauth/redirect-listener.ts'
import type { RedirectListenerOptions } from '../../../src/adapters/oauth/redirect-listener.ts'
import { freePort, startRawServer } from '../../support/http-server.ts'
import { errorOf, reportOf } from '../../support/wire-adapters.ts'
import { CERT_FILE, KEY_FILE } from '../../support/tls.ts'

const STATE = 'kZq4hJ1m0T3mQ9f4d1Yx8sVbR2nC7wLp5gHjU6iOa0E'
const ISSUER = 'https://auth.calendly.com'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function listening(options: Partial<RedirectListenerOptions> = {}) {
  const rejects: string[] = []
  const listener = await listenForRedirect({
    redirectUri: new URL('http://localhost:0/callback'),
    state: STATE,
    issuer: ISSUER,
    onReject: (kind) => rejects.push(kind),
    ...options,
  })
  cleanups.push(() => listener.close())
  return { listener, rejects, base: listener.redirectUri.href, port: Number(listener.redirectUri.port) }
}

/** Sends raw bytes and reads until the other side closes. */
function raw(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(text))
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('utf8')))
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

/** Node has it behind a flag only, which the tests are not started with. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}

async function status(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  await response.text()
  return response.status
}

const good = (base: string): string => `${base}?code=the-code&state=${STATE}`

/** The right redirect still gets through and is answered. */
async function expectLogin(listener: Awaited<ReturnType<typeof listening>>['listener'], base: string): Promise<void> {
  const browser = fetch(good(base))
  const redirected = await listener.wait(5_000)
  expect(redirected.url.searchParams.get('code')).toBe('the-code')
  await redirected.answer({ ok: true, account: 'ada@example.com' })
  expect((await browser).status).toBe(200)
}

describe('listenForRedirect', () => {
  it.each([
    ['a wrong state', (base: string) => status(`${base}?code=x&state=wrong`), 400, 'state'],
    ['a missing state', (base: string) => status(`${base}?code=x`), 400, 'state'],
    ['an empty state', (base: string) => status(`${base}?code=x&state=`), 400, 'state'],
    [
      'a state of other bytes and the same length',
      (base: string) => status(`${base}?code=x&state=${encodeURIComponent('é'.repeat(STATE.length))}`),
      400,
      'state',
    ],
    ['a state that only begins right', (base: string) => status(`${base}?code=x&state=${STATE}x`), 400, 'state'],
    ['two states, one of them right', (base: string) => status(`${base}?code=x&state=${STATE}&state=x`), 400, 'state'],
    ['error= without a state', (base: string) => status(`${base}?error=access_denied`), 400, 'state'],
    ['error= with a wrong state', (base: string) => status(`${base}?error=access_denied&state=x`), 400, 'state'],
    ['a wrong iss', (base: string) => status(`${good(base)}&iss=https%3A%2F%2Fevil.example`), 400, 'issuer'],
    ['an iss with a trailing slash', (base: string) => status(`${good(base)}&iss=${ISSUER}/`), 400, 'issuer'],
    ['an iss in another case', (base: string) => status(`${good(base)}&iss=https://AUTH.calendly.com`), 400, 'issuer'],
    ['an empty iss', (base: string) => status(`${good(base)}&iss=`), 400, 'issuer'],
    ['two right iss', (base: string) => status(`${good(base)}&iss=${ISSUER}&iss=${ISSUER}`), 400, 'issuer'],
    [
      'a wrong iss with error=',
      (base: string) => status(`${base}?error=access_denied&state=${STATE}&iss=https://evil.example`),
      400,
      'issuer',
    ],
    ['neither code nor error', (base: string) => status(`${base}?state=${STATE}`), 400, 'parameters'],
    ['an empty code', (base: string) => status(`${base}?code=&state=${STATE}`), 400, 'parameters'],
    ['two codes', (base: string) => status(`${base}?code=a&code=b&state=${STATE}`), 400, 'parameters'],
    ['code and error', (base: string) => status(`${base}?code=a&error=b&state=${STATE}`), 400, 'parameters'],
    ['a POST', (base: string) => status(good(base), { method: 'POST', body: 'x' }), 405, 'method'],
    ['a HEAD, as link previews send', (base: string) => status(good(base), { method: 'HEAD' }), 405, 'method'],
    ['an OPTIONS preflight', (base: string) => status(good(base), { method: 'OPTIONS' }), 405, 'method'],
    ['another path', (base: string) => status(good(base).replace('/callback', '/other')), 404, 'path'],
    ['a path with a trailing slash', (base: string) => status(good(base).replace('/callback', '/callback/')), 404, 'path'],
    ['the root', (base: string) => status(new URL('/', base).href), 404, 'path'],
  ])('listenForRedirect refuses %s and keeps waiting', async (_name, act, expected, kind) => {
    const { listener, rejects, base } = await listening()
    expect(await act(base)).toBe(expected)
    expect(rejects).toEqual([kind])
    await expectLogin(listener, base)
  })

  it.each([
    [
      'a foreign Host (DNS rebinding)',
      (port: number) => `GET /callback?code=x&state=${STATE} HTTP/1.1\r\nHost: evil.example:${port}\r\n\r\n`,
      421,
      'host',
    ],
    ['a Host without the port', () => `GET /callback?code=x&state=${STATE} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 421, 'host'],
    [
      'the address in place of the name',
      (port: number) => `GET /callback?code=x&state=${STATE} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
      421,
      'host',
    ],
    ['no Host, as HTTP/1.0 allows', () => `GET /callback?code=x&state=${STATE} HTTP/1.0\r\n\r\n`, 421, 'host'],
    [
      'an absolute target',
      (port: number) => `GET http://evil.example/callback?code=x&state=${STATE} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
      400,
      'malformed',
    ],
    [
      'a target with another authority',
      (port: number) => `GET //evil.example/callback?code=x&state=${STATE} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
      400,
      'malformed',
    ],
  ])('listenForRedirect refuses %s', async (_name, bytes, expected, kind) => {
    const { listener, rejects, base, port } = await listening()
    expect(await raw(port, bytes(port))).toMatch(new RegExp(`^HTTP/1.1 ${expected} `))
    expect(rejects).toEqual([kind])
    await expectLogin(listener, base)
  })

  it.each([
    ['garbage', 'not http at all\r\n\r\n'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['headers without end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(10_000)}`],
  ])('listenForRedirect survives %s', async (_name, bytes) => {
    const { listener, base, port } = await listening()
    await raw(port, bytes).catch(() => '')
    await expectLogin(listener, base)
  })

  it('listenForRedirect says with 405 what is allowed, and with nothing else', async () => {
    const { base } = await listening()
    const allowed = async (url: string, method: string) => {
      const response = await fetch(url, { method })
      await response.text()
      return [response.status, response.headers.get('allow')]
    }
    expect([await allowed(good(base), 'POST'), await allowed(`${base}?code=x`, 'GET')]).toEqual([
      [405, 'GET'],
      [400, null],
    ])
  })

  it('listenForRedirect accepts a redirect whose iss is right', async () => {
    const { listener, base } = await listening()
    const browser = fetch(`${good(base)}&iss=${encodeURIComponent(ISSUER)}`)
    const redirected = await listener.wait(5_000)
    await redirected.answer({ ok: true, account: 'a' })
    expect((await browser).status).toBe(200)
  })

  it('listenForRedirect does not compare iss without an issuer', async () => {
    const { listener, base } = await listening({ issuer: null })
    const browser = fetch(`${good(base)}&iss=https://elsewhere.example`)
    await (await listener.wait(5_000)).answer({ ok: true, account: 'a' })
    expect((await browser).status).toBe(200)
  })

  it('listenForRedirect takes error= with the right state for an answer', async () => {
    const { listener, base } = await listening()
    const browser = fetch(`${base}?error=access_denied&error_description=No&state=${STATE}`)
    const redirected = await listener.wait(5_000)
    await redirected.answer({ ok: false, reason: 'The authorization was denied' })
    const response = await browser
    expect({
      url: redirected.url.search,
      status: response.status,
      shown: (await response.text()).includes('The authorization was denied'),
    }).toEqual({
      url: `?error=access_denied&error_description=No&state=${STATE}`,
      status: 400,
      shown: true,
    })
  })

  it('listenForRedirect uses a redirect once, tells whoever repeats it the same, and refuses another code', async () => {
    const { listener, rejects, base } = await listening()
    const first = fetch(good(base))
    const redirected = await listener.wait(5_000)
    const second = fetch(good(base))
    expect(await status(`${base}?code=another&state=${STATE}`)).toBe(409)
    await redirected.answer({ ok: true, account: 'a' })
    expect({ statuses: [(await first).status, (await second).status], rejects }).toEqual({ statuses: [200, 200], rejects: ['used'] })
  })

  it('listenForRedirect answers a browser that came before anybody waited', async () => {
    const { listener, base } = await listening()
    const browser = fetch(good(base))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await (await listener.wait(1_000)).answer({ ok: true, account: 'a' })
    expect((await browser).status).toBe(200)
  })

  it('listenForRedirect answers 404 for the icon and says nothing about it', async () => {
    const { rejects, base } = await listening()
    expect({ status: await status(new URL('/favicon.ico', base).href), rejects }).toEqual({ status: 404, rejects: [] })
  })

  it('listenForRedirect sends pages that load, cache, frame and tell nothing', async () => {
    const { base } = await listening()
    const { headers } = await fetch(`${base}?state=x`)
    expect({
      type: headers.get('content-type'),
      csp: headers.get('content-security-policy')?.replace(/sha256-[^']+/, 'HASH'),
      referrer: headers.get('referrer-policy'),
      cache: headers.get('cache-control'),
      sniff: headers.get('x-content-type-options'),
      frame: headers.get('x-frame-options'),
      connection: headers.get('connection'),
    }).toEqual({
      type: 'text/html; charset=utf-8',
      csp: "default-src 'none'; style-src 'HASH'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      referrer: 'no-referrer',
      cache: 'no-store',
      sniff: 'nosniff',
      frame: 'DENY',
      connection: 'close',
    })
  })

  it('listenForRedirect escapes what it shows', async () => {
    const { listener, base } = await listening()
    const browser = fetch(good(base))
    await (await listener.wait(5_000)).answer({ ok: false, reason: `<script>alert("1")</script> & 'quotes'` })
    const page = await (await browser).text()
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;quotes&#39;')
    expect(page).not.toMatch(/<script/i)
  })

  it('listenForRedirect never echoes what a forged request says', async () => {
    const { base } = await listening()
    const page = await (await fetch(`${base}?state=forged-canary&code=forged-canary&error_description=forged-canary`)).text()
    expect(page).not.toContain('forged-canary')
  })

  it('listenForRedirect survives 10,000 junk hits with one line per kind and bounded memory', async () => {
    const { listener, rejects, base, port } = await listening()
    const halfOpen = connect(port, '127.0.0.1')
    halfOpen.on('error', () => {})
    halfOpen.write('GET /callback?code=slow')
    cleanups.push(async () => halfOpen.destroy())
    collectGarbage()
    const before = process.memoryUsage().rss
    const junk = [
      `GET /callback?code=x&state=wrong HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
      `GET /callback?error=access_denied HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
      `POST /callback?code=x&state=${STATE} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 1\r\n\r\nx`,
      `GET /callback?code=x&state=${STATE} HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
      `GET /wp-login.php HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
    ]
    for (let batch = 0; batch < 200; batch += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => raw(port, junk[index % junk.length] ?? '').catch(() => '')))
    }
    collectGarbage()
    const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024
    expect(rejects.sort()).toEqual(['host', 'method', 'path', 'state'])
    expect(grownMb).toBeLessThan(64)
    await expectLogin(listener, base)
  })

  it('listenForRedirect lets the browser in while 1,000 sockets idle', async () => {
    const { listener, base, port } = await listening()
    const sockets = Array.from({ length: 1_000 }, () => connect(port, '127.0.0.1'))
    cleanups.push(async () => sockets.forEach((socket) => socket.destroy()))
    const ends = await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', () => resolve('idle')).on('error', () => resolve('failed')))),
    )
    expect(ends.filter((end) => end !== 'idle')).toEqual([])
    await expectLogin(listener, base)
  })

  it('listenForRedirect cuts a socket that sends its request too slowly', async () => {
    const { port } = await listening()
    expect(await raw(port, 'GET /callback?code=x HTTP/1.1\r\nHost: lo')).toMatch(/^HTTP\/1.1 40[08] |^$/)
  }, 15_000)

  it.each(['127.0.0.1', '::1'])('listenForRedirect listens for localhost on %s', async (address) => {
    const { port } = await listening()
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`, address)).toMatch(/^HTTP\/1.1 404/)
  })

  it.each([
    ['http://127.0.0.1:0/callback', '127.0.0.1', '::1'],
    ['http://[::1]:0/callback', '::1', '127.0.0.1'],
  ])('listenForRedirect listens for %s on %s alone', async (redirectUri, own, other) => {
    const { port, listener } = await listening({ redirectUri: new URL(redirectUri) })
    const host = listener.redirectUri.host
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, own)).toMatch(/^HTTP\/1.1 404/)
    await expect(raw(port, '', other)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('listenForRedirect binds loopback addresses only', async () => {
    const { port } = await listening()
    const hex = port.toString(16).toUpperCase().padStart(4, '0')
    const bound = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${hex}`) === true)
      .map(([, local]) => local?.split(':')[0])
    expect(bound).toEqual(['0100007F', '00000000000000000000000001000000'])
  })

  it('listenForRedirect says that the port is taken, and by whom', async () => {
    const other = await startRawServer(() => {})
    cleanups.push(() => other.close())
    const report = await reportOf(listening({ redirectUri: new URL(`http://localhost:${other.url.port}/callback`) }))
    const who = process.platform === 'linux' ? ` by ${readFileSync('/proc/self/comm', 'utf8').trim()} (pid ${process.pid})` : ''
    expect(report).toEqual({
      code: 'PORT_TAKEN',
      exit: 'usage',
      message: `127.0.0.1:${other.url.port} is in use${who}`,
      hint: 'Free the port, or pass --redirect-uri with another one that is registered at Calendly',
    })
  })

  it('listenForRedirect refuses a port that is taken on ::1 alone, and frees the other family', async () => {
    const first = await listening({ redirectUri: new URL('http://[::1]:0/callback') })
    expect((await reportOf(listening({ redirectUri: new URL(`http://localhost:${first.port}/callback`) }))).code).toBe('PORT_TAKEN')
    await expect(raw(first.port, '', '127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('RedirectListener.close frees the port at once, idle connections included', async () => {
    const { listener, port } = await listening()
    const idle = connect(port, '127.0.0.1')
    const gone = new Promise((resolve) => idle.on('close', resolve).on('error', () => {}))
    await new Promise((resolve) => idle.once('connect', resolve))
    await listener.close()
    await gone
    await expect(raw(port, '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await listening({ redirectUri: new URL(`http://localhost:${port}/callback`) })
  })

  it('RedirectListener.close twice is no error', async () => {
    const { listener } = await listening()
    await listener.close()
    await expect(listener.close()).resolves.toBeUndefined()
  })

  it('RedirectListener.wait ends in time', async () => {
    const { listener } = await listening()
    expect(await reportOf(listener.wait(20))).toEqual({
      code: 'AUTHORIZATION_TIMEOUT',
      exit: 'auth',
      message: 'Nobody came back from the browser within 0.02 s',
      hint: 'the same command',
    })
  })

  it('RedirectListener.wait ends when it is interrupted', async () => {
    const { listener } = await listening()
    const stop = new AbortController()
    const waiting = errorOf(listener.wait(60_000, stop.signal))
    stop.abort()
    expect((await waiting).code).toBe('INTERRUPTED')
    expect((await errorOf(listener.wait(60_000, stop.signal))).code).toBe('INTERRUPTED')
  })

  it('Redirected.answer does not wait for a browser that has gone', async () => {
    const { listener, base } = await listening()
    const gone = new AbortController()
    const browser = fetch(good(base), { signal: gone.signal }).catch(() => null)
    const redirected = await listener.wait(5_000)
    gone.abort()
    await browser
    await expect(redirected.answer({ ok: true, account: 'a' })).resolves.toBeUndefined()
  })

  it('listenForRedirect over https answers with the given certificate', async () => {
    const { listener, base } = await listening({
      redirectUri: new URL('https://localhost:0/callback'),
      tls: { certFile: CERT_FILE, keyFile: KEY_FILE },
    })
    const answered = new Promise<number | undefined>((resolve, reject) => {
      httpsRequest(good(base), { ca: readFileSync(CERT_FILE), agent: false }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    await (await listener.wait(5_000)).answer({ ok: true, account: 'a' })
    expect(await answered).toBe(200)
  })

  it('listenForRedirect over https without a certificate says what is missing', async () => {
    expect((await reportOf(listening({ redirectUri: new URL('https://localhost:0/callback') }))).code).toBe('SETTING_MISSING')
  })

  it('listenForRedirect over https with files that are none names them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'calreconnect-tls-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const file = join(folder, 'x.pem')
    const open = (): Promise<unknown> =>
      listening({ redirectUri: new URL('https://localhost:0/callback'), tls: { certFile: file, keyFile: file } })
    expect((await reportOf(open())).message).toBe(`Cannot read ${file}: there is no such file`)
    await writeFile(file, 'no certificate')
    expect((await reportOf(open())).message).toBe(`Not a certificate with its key: ${file}, ${file}`)
  })

  it('listenForRedirect cannot listen on another machine', async () => {
    const report = await reportOf(listening({ redirectUri: new URL('https://app.example.com/callback') }))
    expect({ code: report.code, hint: report.hint }).toEqual({
      code: 'INVALID_URL',
      hint: 'Open the authorize URL and paste the URL that the browser ends at',
    })
  })

  it('listenForRedirect on a port that is free a moment later works', async () => {
    const port = await freePort()
    const { base } = await listening({ redirectUri: new URL(`http://localhost:${port}/callback`) })
    expect(base).toBe(`http://localhost:${port}/callback`)
  })
})

describe('canListenAt', () => {
  it.each([
    ['http://localhost:8917/callback', true],
    ['http://127.0.0.1:8917/callback', true],
    ['http://[::1]:8917/callback', true],
    ['https://localhost:8917/callback', true],
    ['https://app.example.com/callback', false],
    ['http://192.168.0.1/callback', false],
    ['com.site.app://auth/calendly', false],
  ])('canListenAt %s is %s', (url, expected) => {
    expect(canListenAt(new URL(url))).toBe(expected)
  })
})
