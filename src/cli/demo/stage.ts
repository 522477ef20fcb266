// Where the demo plays: a temporary folder, a private emulator, a receiver for deliveries, and this very program run
// as a person would run it. Everything is gone when it is struck.

import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { allowInBrowser } from './browser.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they arrived: what a terminal shows. */
  readonly shown: string
}

/** A delivery as it arrived, byte for byte. */
export interface Received {
  readonly body: Buffer
  readonly signature: string
}

export interface Stage {
  readonly folder: string
  readonly emulatorUrl: string
  readonly callbackUrl: string
  /** Runs `calreconnect ARGS` in a process of its own, playing the browser where it asks for one. */
  run(args: readonly string[]): Promise<Ran>
  /** Books a meeting at the emulator, and gives its delivery as it reaches the callback URL. */
  bookMeeting(): Promise<Received>
  /** The callback URLs of all subscriptions that are at the emulator now. */
  subscribedUrls(): readonly string[]
  /** How many token pairs are at the emulator of which one would still be accepted. */
  liveTokens(): number
  strike(): Promise<void>
}

export interface StageSettings {
  /** The node that runs this, and bin/calreconnect.js */
  readonly node: string
  readonly program: string
  readonly searchPath: string
  /** Ends whatever is on the stage. */
  readonly signal: AbortSignal | undefined
  /** What the organization begins with, given the receiver's URL. */
  readonly seed: (callbackUrl: string, redirectUri: string) => unknown
}

const CLIENT = { id: 'demo-client', secret: 'demo-client-secret' }
const DELIVERY_WAIT_MS = 10_000

/** @throws CalreconnectError FILE_UNWRITABLE where this machine has no temporary folder that can be written to */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'calreconnect-demo-'))
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new CalreconnectError('FILE_UNWRITABLE', `The demo cannot make its folder in ${tmpdir()} (${reason})`, {
      hint: 'Set TMPDIR to a folder that you may write to',
      cause,
    })
  }
}

export async function setStage(settings: StageSettings): Promise<Stage> {
  const { startEmulator } = await import('../../emulator/server.ts')
  const folder = await temporaryFolder()
  const receiver = await startReceiver()
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const emulator = await startEmulator({ port: 0, seed: settings.seed(receiver.url, redirectUri) })
  const env: Record<string, string> = {
    PATH: settings.searchPath,
    HOME: folder,
    CALENDLY_AUTH_URL: emulator.url,
    CALENDLY_API_URL: emulator.url,
    CALENDLY_CLIENT_ID: CLIENT.id,
    CALENDLY_CLIENT_SECRET: CLIENT.secret,
    CALRECONNECT_REDIRECT_URI: redirectUri,
    CALRECONNECT_DB: join(folder, 'calreconnect.db'),
    CALRECONNECT_CONFIG_DIR: join(folder, 'config'),
  }
  return {
    folder,
    emulatorUrl: emulator.url,
    callbackUrl: receiver.url,
    run: (args) => runProgram([settings.node, settings.program, ...args], env, settings.signal),
    async bookMeeting() {
      await emulator.control.bookMeeting()
      return receiver.next(settings.signal)
    },
    subscribedUrls: () => emulator.control.subscriptions().map(({ callbackUrl }) => callbackUrl),
    liveTokens: () => [...emulator.control.state.grants.values()].filter((grant) => !grant.accessRevoked || !grant.refreshRevoked).length,
    async strike() {
      await Promise.allSettled([emulator.close(), receiver.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const demoApp = (redirectUri: string): unknown => ({
  name: 'calreconnect demo',
  client_id: CLIENT.id,
  client_secret: CLIENT.secret,
  redirect_uris: [redirectUri],
})

/** @throws INTERRUPTED once it has ended */
async function runProgram(
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Ran> {
  if (signal?.aborted === true) throw interrupted()
  const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '', shown: '' }
  const visits: Promise<void>[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk
    text.shown += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk
    text.shown += chunk
    const authorizeUrl = /^http\S+\/oauth\/authorize\?\S+$/m.exec(text.stderr)?.[0]
    if (authorizeUrl !== undefined && visits.length === 0) visits.push(allowInBrowser(authorizeUrl))
  })
  // A terminal tells every program on it; anybody else tells this one only.
  const pass = (): unknown => child.kill('SIGTERM')
  signal?.addEventListener('abort', pass, { once: true })
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
  signal?.removeEventListener('abort', pass)
  const visited = await Promise.allSettled(visits)
  if (wasAborted(signal)) throw interrupted()
  for (const visit of visited) if (visit.status === 'rejected') throw visit.reason
  return { code, ...text }
}

function interrupted(): CalreconnectError {
  return new CalreconnectError('INTERRUPTED', 'The demo was interrupted; nothing of it is left')
}

/** Looked at again: it may have come meanwhile. */
function wasAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

interface Receiver {
  readonly url: string
  /** @throws INTERRUPTED */
  next(signal: AbortSignal | undefined): Promise<Received>
  close(): Promise<void>
}

async function startReceiver(): Promise<Receiver> {
  const waiting: ((received: Received) => void)[] = []
  const arrived: Received[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const received = { body, signature: String(request.headers['calendly-webhook-signature'] ?? '') }
      const waiter = waiting.shift()
      if (waiter === undefined) arrived.push(received)
      else waiter(received)
      response.writeHead(204).end()
    })
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/webhooks/calendly`,
    next: (signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(interrupted()), { once: true })
        const here = arrived.shift()
        if (here !== undefined) return resolve(here)
        const timer = setTimeout(() => reject(new Error('No delivery arrived')), DELIVERY_WAIT_MS)
        waiting.push((received) => {
          clearTimeout(timer)
          resolve(received)
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('The listener has no port'))
      else resolve(address.port)
    })
  })
}
