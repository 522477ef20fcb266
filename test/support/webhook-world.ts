// A world for webhook commands: an emulator and a store on the same clock that only moves when somebody sleeps or asks, a process that
// can die at any request or commit, and an exact record of who made and who removed which subscription.
// Knows no command and no invariant.

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openCalendly } from '../../src/adapters/calendly/client.ts'
import { type Http, openHttp } from '../../src/adapters/http/http.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { CalreconnectError } from '../../src/core/errors/errors.ts'
import type { Clock, Progress, Random } from '../../src/core/ports/desk.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import type { Subscription as EmulatedRow } from '../../src/emulator/entities.ts'
import { seededRandomSource, uuid } from '../../src/emulator/random-ids.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import type { AccountDeps } from '../../src/operations/connect/input.ts'
import { asWhoever } from './as-whoever.ts'
import type { AsWhoever } from '../../src/operations/declarative/plan.ts'
import type { EnsureDeps } from '../../src/operations/webhooks/ensure.ts'
import type { Session } from '../../src/operations/observe/session.ts'
import { connectByToken, FAST_FOLDER, testStore } from './connected.ts'
import { interruptedBy } from './interruption.ts'

export const ACCOUNT = 'me'
export const OWNER = 'owner@example.com'
/** Organizations: where the owner is, and where they may move to. */
export const HOME = 'Acme'
export const ELSEWHERE = 'Elsewhere'
export const GROUP = 'https://api.calendly.com/groups/GROUP00000000001'
const STARTED_AT_MS = Date.UTC(2026, 10, 22, 12)
/** Real time: how long a stalled answer is waited for while things go wrong on purpose. */
const STALL_MS = 120
const ALIVE_MS = 30_000

/** The process is gone: no code of it can do anything any more. */
export class Died extends Error {}

/** What goes wrong during one attempt, by the number of the point (request or commit, before or after) where it happens. */
export interface Mishaps {
  readonly diesAt?: number
  readonly interruptedAt?: number
  /** Somebody else acts in the middle of it. */
  readonly meanwhile?: { readonly at: number; readonly act: () => void }
  /** Short waits for answers. */
  readonly impatient?: boolean
}

/** Whose store: ours, or that of a second installation which the same person has somewhere else. */
export type Installation = 'ours' | 'second'

/** One process of ours: it may die, and then another one opens the same store. */
export interface Process {
  readonly store: DatabaseStore
  readonly deps: EnsureDeps & { readonly asWhoever: AsWhoever }
  /** For whole commands, which begin with asking who the user is. */
  readonly account: AccountDeps
  /** Of the connection as it is stored. */
  session(): Promise<Session>
  /** Points passed so far. */
  readonly passed: () => number
  readonly isDead: () => boolean
  end(): Promise<void>
}

export interface World {
  readonly emulator: Emulator
  /** URI of the organization that the owner is in at first. */
  readonly home: string
  readonly rows: () => EmulatedRow[]
  /** What our requests removed since the last call. */
  takeRemoved(): EmulatedRow[]
  /** Subscriptions that others made, and nobody but others may touch. */
  readonly isForeign: (row: EmulatedRow) => boolean
  /** Somebody else's deed: not on our account. */
  others(act: () => void): void
  pass(ms: number): void
  nowMs(): number
  start(mishaps?: Mishaps, installation?: Installation): Promise<Process>
  close(): Promise<void>
}

export interface WorldOptions {
  /** What a request takes by the world's clock. The default is far from the limit of 500 a minute. */
  readonly requestMs?: number
  readonly switches?: EmulatorOptions['switches']
  /** Default: paid. */
  readonly stage?: 'paid' | 'free'
  /** Default: a minute. */
  readonly maxWaitMs?: number
}

/** @param seed of chance: ids, keys, back-off */
export async function openWorld(seed: number, options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(FAST_FOLDER, 'calreconnect-model-'))
  const paths = { ours: join(folder, 'calreconnect.db'), second: join(folder, 'second.db') }
  let nowMs = STARTED_AT_MS
  let underWay = 0
  const sleepers = new Set<number>()
  const realNowMs = (): number => nowMs
  const clock: Clock = {
    nowMs: realNowMs,
    // Time passes when nobody has anything else to do, and no further than to who wakes up first.
    async sleep(ms, signal) {
      const dueMs = nowMs + Math.ceil(Math.max(0, ms))
      sleepers.add(dueMs)
      try {
        do {
          if (signal?.aborted === true) throw new CalreconnectError('INTERRUPTED', 'Interrupted')
          await new Promise((resolve) => setImmediate(resolve))
          if (underWay === 0 && dueMs <= Math.min(...sleepers)) nowMs = Math.max(nowMs, dueMs)
        } while (nowMs < dueMs)
      } finally {
        sleepers.delete(dueMs)
      }
    },
  }
  const bytes = seededRandomSource(`client ${seed}`)
  const random: Random = { bytes, uuid: () => uuid(bytes) }
  const emulator = await startEmulator({
    realNowMs,
    ...(options.switches === undefined ? {} : { switches: options.switches }),
    random: seededRandomSource(`emulator ${seed}`),
    seed: {
      organizations: [{ name: HOME, stage: options.stage ?? 'paid' }, { name: ELSEWHERE }],
      users: [
        { id: 'OWNER00000000001', email: OWNER, role: 'owner', organization: HOME },
        { id: 'OTHER00000000001', email: 'other@example.com', role: 'admin', organization: HOME },
        { email: 'pat@elsewhere.example', role: 'owner', organization: ELSEWHERE },
      ],
      groups: [{ id: GROUP, name: 'Sales', organization: HOME, members: [OWNER, 'other@example.com'] }],
    },
  })
  const removed: EmulatedRow[] = []
  let othersAct = false
  const { state } = emulator.control
  const remove = state.removeSubscription.bind(state)
  state.removeSubscription = (uri) => {
    const row = state.subscription(uri)
    if (row !== undefined && !othersAct) removed.push(row)
    return remove(uri)
  }
  const { info } = emulator
  const token = new Secret(info.personalAccessToken)

  async function start(mishaps: Mishaps = {}, installation: Installation = 'ours'): Promise<Process> {
    let passed = 0
    let dead = false
    const interrupt = new AbortController()
    const point = (): void => {
      if (dead) throw new Died()
      passed += 1
      if (mishaps.meanwhile?.at === passed) mishaps.meanwhile.act()
      if (mishaps.interruptedAt === passed) interrupt.abort()
      if (mishaps.diesAt !== passed) return
      dead = true
      throw new Died()
    }
    const store = await testStore(paths[installation], { clock, random, crashpoint: point })
    const http: Http = openHttp({
      env: {},
      caFile: null,
      clock,
      userAgent: 'calreconnect-model',
      observers: [],
      answerTimeoutMs: mishaps.impatient === true ? STALL_MS : ALIVE_MS,
      crashpoint: (name) => {
        if (name.endsWith(':before')) nowMs += options.requestMs ?? 150
        point()
      },
    })
    const interruption = interruptedBy(interrupt.signal)
    const counted: Http = {
      ...http,
      async request(request) {
        underWay += 1
        try {
          return await http.request(request)
        } finally {
          underWay -= 1
        }
      },
    }
    const api = openCalendly({
      apiUrl: new URL(emulator.url),
      http: counted,
      tokens: { get: async () => token, renew: async () => null },
      clock,
      random,
      maxWaitMs: options.maxWaitMs ?? 60_000,
      budget: { take: (limit, windowMs) => store.budget.take('api me', limit, windowMs) },
      interruption,
    })
    const progress: Progress = { start() {}, advance() {}, note() {}, stop() {} }
    const { connections, lock, subscriptions, runs, refreshes, budget, flows } = store
    const deps = { connections, lock, subscriptions, runs, clock, random, progress, interruption, asWhoever }
    const noOAuth = async (): Promise<never> => {
      throw new Error('a personal access token needs no OAuth')
    }
    return {
      store,
      deps,
      account: { ...deps, refreshes, budget, flows, oauth: noOAuth, calendly: async () => api, maxWaitMs: 60_000, warn() {} },
      async session() {
        const connection = await connections.get(ACCOUNT)
        const { userUri } = info
        const organizationUri = connection?.organizationUri ?? info.organizationUri
        return { account: ACCOUNT, userUri, organizationUri, role: connection?.role ?? 'owner', grantedScopes: null, api, connection }
      },
      passed: () => passed,
      isDead: () => dead,
      async end() {
        await http.close()
        await store.close()
      },
    }
  }

  for (const installation of ['ours', 'second'] as const) {
    const first = await start({}, installation)
    await connectByToken({ store: first.store, emulator }, ACCOUNT)
    await first.end()
  }
  return {
    emulator,
    home: info.organizationUri,
    rows: () => emulator.control.subscriptions(),
    takeRemoved: () => removed.splice(0),
    // We use a personal access token; the seeds of others are made by an app.
    isForeign: (row) => row.clientId !== null,
    others(act) {
      othersAct = true
      try {
        act()
      } finally {
        othersAct = false
      }
    },
    pass: (ms) => void (nowMs += ms),
    nowMs: realNowMs,
    start,
    async close() {
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
