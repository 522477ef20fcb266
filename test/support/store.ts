// Stores for tests: in a folder of their own, with a known key; other processes on the same store.

import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import { isPostgresUrl } from '../../src/cli/input/settings.ts'
import { openPostgres } from '../../src/adapters/store/postgres/open.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { openStore, type StoreOptions } from '../../src/adapters/store/sqlite/open.ts'
import type { Subscription } from '../../src/core/calendly/model.ts'
import type { CreateStep, Plan, ReplaceStep } from '../../src/core/plan/model.ts'
import type { Clock } from '../../src/core/ports/desk.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import type { NewTokens } from '../../src/core/connection/model.ts'

let root: string | null = null

/** A fresh folder (0700) below the system's temporary one; gone when the test file has ended. */
export function storeFolder(): string {
  root ??= mkdtempSync(join(tmpdir(), 'calreconnect-store-'))
  return mkdtempSync(join(root, 'store-'))
}

function removeFolders(): void {
  if (root !== null) rmSync(root, { recursive: true, force: true })
  root = null
}

// The proofs are programs of their own, with no test that could end.
if (process.env['VITEST'] === undefined) process.once('exit', removeFolders)
else afterAll(removeFolders)

/** A key that is the same byte all over. */
export function keyOf(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte)
}

/** A source that has one key and counts how often it was asked. */
export function fixedKey(key: Uint8Array = keyOf(7)): StoreOptions['key'] & { asked: number } {
  const source = {
    asked: 0,
    key: async () => {
      source.asked++
      return key
    },
    describe: () => 'a test',
  }
  return source
}

/** Stands still until it is told to go on; sleeping passes the time at once. */
export function standingClock(nowMs = Date.UTC(2026, 0, 1)): Clock & { nowMs(): number; pass(ms: number): void } {
  let current = nowMs
  return {
    nowMs: () => current,
    sleep: async (ms) => void (current += ms),
    pass: (ms) => void (current += ms),
  }
}

/** In a file of its own, or at `path`, which may be a postgres:// URL. */
export async function openTestStore(options: Partial<StoreOptions> = {}): Promise<DatabaseStore> {
  const all = { path: join(storeFolder(), 'calreconnect.db'), key: fixedKey(), clock: systemClock, random: systemRandom, ...options }
  if (!isPostgresUrl(all.path)) return openStore(all)
  const store = await openPostgres({ url: all.path, env: {}, ...all })
  if (store === null) throw new Error(`No store was made at ${all.path}`)
  return store
}

export const ORGANIZATION = 'https://api.calendly.com/organizations/AAAA'
export const USER = 'https://api.calendly.com/users/UUUU'

export function newTokens(access = 'access-1', refresh: string | null = 'refresh-1'): NewTokens {
  return {
    auth: 'oauth',
    clientId: 'client',
    accessToken: new Secret(access),
    refreshToken: refresh === null ? null : new Secret(refresh),
    tokenExpiresAtMs: 1_000,
    scopes: ['users:read'],
  }
}

export function subscription(id: string, fields: Partial<Subscription> = {}): Subscription {
  return {
    uri: `https://api.calendly.com/webhook_subscriptions/${id}`,
    callbackUrl: 'https://example.com/hook',
    createdAt: '2026-01-01T00:00:00.000000Z',
    updatedAt: '2026-01-01T00:00:00.000000Z',
    retryStartedAt: null,
    state: 'active',
    events: ['invitee.created'],
    scope: 'organization',
    organization: ORGANIZATION,
    user: null,
    group: null,
    creator: USER,
    ...fields,
  }
}

export function createStep(callbackUrl = 'https://example.com/hook'): CreateStep {
  const { events, organization, user, group } = subscription('none')
  return {
    action: 'create',
    why: 'missing',
    uri: null,
    state: null,
    createdAt: null,
    callbackUrl,
    events,
    scope: 'organization',
    organization,
    user,
    group,
  }
}

export function replaceStep(id: string): ReplaceStep {
  const { uri, state, createdAt, callbackUrl } = subscription(id)
  return { ...createStep(), action: 'replace', why: 'disabled', uri, state, createdAt, overlap: false, replacedUrl: callbackUrl }
}

export function planOf(account: string, steps: Plan['steps']): Plan {
  return { version: 1, account, organizationUri: ORGANIZATION, madeAt: '2026-01-01T00:00:00.000Z', steps }
}

// ---------------------------------------------------------------- other processes

let bundled: Promise<string> | null = null

/** Node runs no TypeScript, so the child program is bundled, inside node_modules where its imports resolve. */
async function childProgram(): Promise<string> {
  const projectRoot = fileURLToPath(new URL('../..', import.meta.url))
  const entry = join(projectRoot, 'test', 'support', 'store-process.ts')
  const built = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    packages: 'external',
  })
  const [file] = built.outputFiles
  if (file === undefined) throw new Error('esbuild gave no file')
  const cache = join(projectRoot, 'node_modules', '.cache', 'calreconnect-tests')
  mkdirSync(cache, { recursive: true })
  // Named after its content and moved into place: test files that run at once share it.
  const program = join(cache, `store-process-${createHash('sha256').update(file.contents).digest('hex').slice(0, 16)}.mjs`)
  writeFileSync(`${program}.${process.pid}`, file.contents)
  renameSync(`${program}.${process.pid}`, program)
  return program
}

export interface StoreProcess {
  readonly child: ChildProcess
  /** Resolves once the process has printed this line. */
  said(line: string): Promise<void>
  /** Resolves when it has ended: its lines, and how. */
  readonly ended: Promise<{ readonly lines: readonly string[]; readonly status: number | null; readonly signal: string | null }>
}

/** Starts test/support/store-process.ts. */
export async function storeProcess(
  verb: string,
  args: Readonly<Record<string, string | number>>,
  options: { readonly uid?: number } = {},
): Promise<StoreProcess> {
  bundled ??= childProgram()
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, [await bundled, verb, JSON.stringify(args)], { stdio, ...options })
  let output = ''
  const waiting = new Map<string, () => void>()
  const lines = (): string[] => output.split('\n').slice(0, -1)
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    for (const line of lines()) waiting.get(line)?.()
  })
  const ended = once(child, 'close').then(([status, signal]: (number | string | null)[]) => ({
    lines: lines(),
    status: typeof status === 'number' ? status : null,
    signal: typeof signal === 'string' ? signal : null,
  }))
  return {
    child,
    ended,
    said: (line) => new Promise((resolve) => (lines().includes(line) ? resolve() : void waiting.set(line, resolve))),
  }
}
