// The sockets at the redirect URI: however many others come, whoever was first asked for an answer gets it.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openLoopbackServer } from '../../../src/adapters/oauth/loopback-server.ts'
import { reportOf } from '../../support/wire-adapters.ts'

/** As many as the server lets idle at a time. */
const IDLE_MAX = 128

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A server that answers nothing by itself, and what it was asked. */
async function opened() {
  const waiting: ServerResponse[] = []
  const server = await openLoopbackServer(new URL('http://127.0.0.1:0/'), undefined, (_request, response) => void waiting.push(response))
  cleanups.push(() => server.close())
  return { port: server.port, waiting }
}

interface Caller {
  readonly socket: Socket
  /** All that it got, once the other side has closed. */
  readonly received: Promise<string>
}

/** Connected, as the server's kernel knows it; the server itself accepts in this order. */
async function call(port: number): Promise<Caller> {
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  socket.on('error', () => {})
  const received = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  await once(socket, 'connect')
  return { socket, received }
}

async function callMany(port: number, many: number): Promise<readonly Caller[]> {
  const callers: Caller[] = []
  for (let index = 0; index < many; index += 1) callers.push(await call(port))
  return callers
}

const ASK = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'

async function asked(waiting: readonly ServerResponse[], many: number): Promise<void> {
  while (waiting.length < many) await new Promise((resolve) => setImmediate(resolve))
}

test('openLoopbackServer lets the oldest idle socket go when one too many comes, and no other', async () => {
  const { port, waiting } = await opened()
  const [oldest, second, ...others] = await callMany(port, IDLE_MAX + 1)
  expect(await oldest?.received).toBe('')
  for (const one of [second, others.at(-1)]) one?.socket.write(ASK)
  await asked(waiting, 2)
  for (const response of waiting) response.end('here')
  for (const one of [second, others.at(-1)]) expect(await one?.received).toMatch(/^HTTP\/1.1 200 [^]*here$/)
})

test('openLoopbackServer keeps whoever waits for an answer, however many idle sockets come after', async () => {
  const { port, waiting } = await opened()
  const browser = await call(port)
  browser.socket.write(ASK)
  await asked(waiting, 1)
  const [oldest] = await callMany(port, IDLE_MAX + 1)
  expect(await oldest?.received).toBe('')
  waiting[0]?.end('answered')
  expect(await browser.received).toMatch(/^HTTP\/1.1 200 [^]*answered$/)
})

test('openLoopbackServer counts sockets that are open, not those that have gone', async () => {
  const { port, waiting } = await opened()
  for (const { socket, received } of await callMany(port, IDLE_MAX)) {
    socket.end()
    await received
  }
  const [oldest, second] = await callMany(port, IDLE_MAX + 1)
  expect(await oldest?.received).toBe('')
  second?.socket.write(ASK)
  await asked(waiting, 1)
})

test.each([
  ['what is no HTTP', 'EHLO example.com\r\n\r\n'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(17 * 1024)}\r\n\r\n`],
])('openLoopbackServer answers %s with 400 and closes', async (_what, text) => {
  const { port, waiting } = await opened()
  const caller = await call(port)
  caller.socket.write(text)
  expect(await caller.received).toBe('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  expect(waiting).toEqual([])
})

test.each(['ftp://127.0.0.1:0/', 'http://192.0.2.1:0/', 'http://127.0.0.1.example.com:0/', 'http://0.0.0.0:0/'])(
  'openLoopbackServer does not listen at %s',
  async (uri) => {
    expect((await reportOf(openLoopbackServer(new URL(uri), undefined, () => {}))).code).toBe('INVALID_URL')
  },
)
