// A connected account against an emulator: what most tests begin with. In this process (`emulated`, `connectByToken`,
// `connectByGrant`) or from the outside, through the built program (`emulatedCli`). Knows no command but `connect`.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Http, openHttp } from '../../src/adapters/http/http.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { openStore } from '../../src/adapters/store/sqlite/open.ts'
import type { Role } from '../../src/core/calendly/model.ts'
import type { Connection } from '../../src/core/connection/model.ts'
import type { Clock, Random } from '../../src/core/ports/desk.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { type CliHome, cliHome } from './cli.ts'

export const HOOK = 'https://hooks.example.com/calendly'

/** In memory where the system has such a place: an fsync for each commit would be most of the time. */
export const FAST_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** The key of every test's store. */
const STORE_KEY = { key: async () => new Uint8Array(32).fill(7), describe: () => 'a test' }

/** A store at `path`, with the tests' key. */
export function testStore(path: string, options: { readonly clock: Clock; readonly random?: Random; readonly crashpoint?: () => void }) {
  return openStore({ path, key: STORE_KEY, random: systemRandom, ...options })
}

/** An emulator, and beside it an empty store and an HTTP client of the one who will connect. */
export interface Emulated {
  readonly emulator: Emulator
  readonly store: DatabaseStore
  readonly http: Http
  close(): Promise<void>
}

/** @param options.answerTimeoutMs real time, for tests of answers that never come; default: the product's */
export async function emulated(options: EmulatorOptions & { readonly clock: Clock; readonly answerTimeoutMs?: number }): Promise<Emulated> {
  const { clock, answerTimeoutMs, ...emulatorOptions } = options
  const folder = mkdtempSync(join(FAST_FOLDER, 'calreconnect-emulated-'))
  const emulator = await startEmulator(emulatorOptions)
  const store = await testStore(join(folder, 'calreconnect.db'), { clock })
  const patience = answerTimeoutMs === undefined ? {} : { answerTimeoutMs }
  const http = openHttp({ env: {}, caFile: null, clock, userAgent: 'calreconnect-test', observers: [], ...patience })
  return {
    emulator,
    store,
    http,
    async close() {
      await http.close()
      await store.close()
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Stores the emulator's personal access token as the connection `name`. */
export function connectByToken(
  { store, emulator }: Pick<Emulated, 'store' | 'emulator'>,
  name: string,
  role: Role = 'owner',
): Promise<Connection> {
  const { personalAccessToken, userUri, organizationUri } = emulator.info
  return store.connections.connect(
    name,
    {
      auth: 'personal_access_token',
      clientId: null,
      accessToken: new Secret(personalAccessToken),
      refreshToken: null,
      tokenExpiresAtMs: null,
      scopes: [],
    },
    { userUri, organizationUri, email: 'owner@example.com', role },
  )
}

export interface Granted {
  readonly clientId: string
  /** URI or e-mail of who consented; default: the emulator's first user. */
  readonly user?: string
  readonly scope?: string
  /** By the client's clock, epoch milliseconds. */
  readonly expiresAtMs: number
  readonly role?: Role
}

/** Stores a fresh token pair as the connection `name`, as if somebody had just consented. */
export function connectByGrant(
  { store, emulator }: Pick<Emulated, 'store' | 'emulator'>,
  name: string,
  granted: Granted,
): Promise<Connection> {
  const { clientId, user, scope, expiresAtMs, role = 'owner' } = granted
  const grant = emulator.control.issueTokens({
    clientId,
    ...(user === undefined ? {} : { user }),
    ...(scope === undefined ? {} : { scope }),
  })
  const owner = emulator.control.state.users.get(grant.user)
  return store.connections.connect(
    name,
    {
      auth: 'oauth',
      clientId,
      accessToken: new Secret(grant.accessToken),
      refreshToken: new Secret(grant.refreshToken),
      tokenExpiresAtMs: expiresAtMs,
      scopes: grant.scope.split(' '),
    },
    { userUri: grant.user, organizationUri: owner?.currentOrganization ?? null, email: owner?.email ?? null, role },
  )
}

/** The built program, with an emulator that its environment names. */
export interface EmulatedCli extends CliHome {
  readonly emulator: Emulator
  /** `connect --token-stdin` with the emulator's personal access token. @throws when it does not end with 0 */
  connect(...args: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** @param env what every run's environment has besides the emulator's address */
export async function emulatedCli(
  options: EmulatorOptions = {},
  env: (emulator: Emulator) => Readonly<Record<string, string>> = () => ({}),
): Promise<EmulatedCli> {
  const emulator = await startEmulator(options)
  const home = cliHome({ CALENDLY_API_URL: emulator.url, CALENDLY_AUTH_URL: emulator.url, ...env(emulator) })
  return {
    ...home,
    emulator,
    async connect(...args) {
      const { code, stderr } = await home.run(['connect', '--token-stdin', ...args], { stdin: emulator.info.personalAccessToken })
      if (code !== 0) throw new Error(`connect ended with ${code}: ${stderr}`)
    },
    async close() {
      await emulator.close()
      home.remove()
    },
  }
}
