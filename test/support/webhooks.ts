// Webhook operations against an emulator and a real store, as the owner of the emulator's first organization.

import { openCalendly } from '../../src/adapters/calendly/client.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import type { Role } from '../../src/core/calendly/model.ts'
import type { Plan } from '../../src/core/plan/model.ts'
import { planOf } from '../../src/core/plan/steps.ts'
import type { Clock, Progress } from '../../src/core/ports/desk.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import type { Connection, ConnectionPatch, DesiredWebhook } from '../../src/core/connection/model.ts'
import type { Emulator, EmulatorOptions } from '../../src/emulator/server.ts'
import { asWhoever } from './as-whoever.ts'
import type { AsWhoever } from '../../src/operations/declarative/plan.ts'
import type { EnsureDeps } from '../../src/operations/webhooks/ensure.ts'
import type { Session } from '../../src/operations/observe/session.ts'
import { MADE_AT } from './builders.ts'
import { connectByToken, emulated, HOOK } from './connected.ts'
import { interruptedBy, UNINTERRUPTED } from './interruption.ts'

export const EVENTS = ['invitee.created', 'invitee.canceled']
export const DESIRED: DesiredWebhook = { callbackUrl: HOOK, events: EVENTS, scope: 'organization', group: null }

export interface WebhookRig {
  readonly emulator: Emulator
  readonly store: DatabaseStore
  readonly deps: EnsureDeps & { readonly asWhoever: AsWhoever }
  /** Notes and labels shown. */
  readonly shown: string[]
  /** The connection `me` (its record is read anew each time). */
  session(fields?: Partial<Session>): Promise<Session>
  /** CALENDLY_TOKEN: no connection. */
  callerSession(): Promise<Session>
  update(patch: ConnectionPatch): Promise<Connection>
  /** POST and DELETE requests since the last call, as `METHOD status`. */
  writes(): string[]
  /** What is at Calendly, as `scope state url`. */
  there(): string[]
  close(): Promise<void>
}

/** Real time, except that nobody waits. */
function impatientClock(): Clock & { readonly slept: number[] } {
  let skippedMs = 0
  const slept: number[] = []
  return {
    slept,
    nowMs: () => systemClock.nowMs() + skippedMs,
    sleep: async (ms) => {
      slept.push(ms)
      skippedMs += ms
    },
  }
}

export async function webhookRig(
  options: EmulatorOptions & {
    readonly role?: Role
    readonly clock?: Clock
    readonly signal?: AbortSignal
    readonly answerTimeoutMs?: number
  } = {},
): Promise<WebhookRig> {
  const { role = 'owner', clock = impatientClock(), signal, ...emulatorOptions } = options
  const interruption = signal === undefined ? UNINTERRUPTED : interruptedBy(signal)
  const world = await emulated({ ...emulatorOptions, clock })
  const { emulator, store, http } = world
  const { info } = emulator
  const token = new Secret(info.personalAccessToken)
  const api = openCalendly({
    apiUrl: new URL(emulator.url),
    http,
    tokens: { get: async () => token, renew: async () => null },
    clock,
    random: systemRandom,
    maxWaitMs: 20_000,
    budget: { take: (limit, windowMs) => store.budget.take('api me', limit, windowMs) },
    interruption,
  })
  await connectByToken(world, 'me', role)
  const shown: string[] = []
  const progress: Progress = { start: (label) => void shown.push(label), advance() {}, note: (text) => void shown.push(text), stop() {} }
  const { connections, lock, subscriptions, runs } = store
  const caller = { userUri: info.userUri, organizationUri: info.organizationUri, role, grantedScopes: null, api }
  let seen = 0
  return {
    emulator,
    store,
    deps: { connections, lock, subscriptions, runs, clock, random: systemRandom, progress, interruption, asWhoever },
    shown,
    async session(fields = {}) {
      return { ...caller, account: 'me', connection: await connections.get('me'), ...fields }
    },
    callerSession: async () => ({ ...caller, account: 'owner@example.com', connection: null }),
    update: (patch) => connections.update('me', patch),
    writes() {
      const all = emulator.requests().filter(({ method, path }) => method !== 'GET' && path.startsWith('/webhook_subscriptions'))
      const fresh = all.slice(seen)
      seen = all.length
      return fresh.map(({ method, status }) => `${method} ${status}`)
    },
    there: () =>
      emulator.control
        .subscriptions()
        .map((one) => `${one.scope} ${one.state} ${one.callbackUrl}`)
        .sort(),
    close: () => world.close(),
  }
}

/** One execution of a plan without steps, as run-1, with some of the journal's answers given. */
export async function executionOf(rig: WebhookRig, runs: Partial<WebhookRig['store']['runs']> = {}) {
  const session = await rig.session()
  const plan = planOf({ account: 'me', organizationUri: session.organizationUri, madeAt: MADE_AT }, [])
  return {
    deps: { ...rig.deps, runs: Object.assign(Object.create(rig.store.runs), runs) },
    input: { command: 'test', plan, session, origin: 'created' as const, observed: [] },
    runId: 'run-1',
    backups: new Map(),
    clear: async () => null,
  }
}

/** The steps of a plan as `action why url`. */
export function stepsOf(plan: Plan): string[] {
  return plan.steps.map(({ action, why, callbackUrl }) => `${action} ${why} ${callbackUrl}`)
}
