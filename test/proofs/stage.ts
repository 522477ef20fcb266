// What the proofs play on: an emulator in this process, homes with a store that is connected without a browser, and real
// processes of bin/calreconnect.js. Knows no proof.

import { cpSync } from 'node:fs'
import { systemClock } from '../../src/adapters/clock.ts'
import { openKeySource } from '../../src/adapters/keys/key-source.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { allowInBrowser } from '../../src/cli/demo/browser.ts'
import type { Connection } from '../../src/core/connection/model.ts'
import type { Control } from '../../src/emulator/control/control.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import type { SeenRequest } from '../../src/emulator/request-log.ts'
import { cliHome, type CliHome, type CliOptions, type CliResult, type Running } from '../support/cli.ts'
import { connectByGrant } from '../support/connected.ts'
import { freePort } from '../support/http-server.ts'
import { openTestStore } from '../support/store.ts'
import { isPostgresUrl } from '../../src/cli/input/settings.ts'
import Database from 'better-sqlite3'
import { Client } from 'pg'

/** The one connection of most proofs. */
export const ACCOUNT = 'acme'

const CLIENT = { id: 'proof-client', secret: 'proof-client-secret-5b1e' }
const KEY = Buffer.alloc(32, 7).toString('base64')

export interface Stage {
  readonly emulator: Emulator
  readonly control: Control
  readonly redirectUri: string
  /** A private home whose commands reach this stage's emulator. @param like another home, copied as it is now */
  home(like?: CliHome, env?: Readonly<Record<string, string>>): CliHome
  close(): Promise<void>
}

export interface StageOptions {
  /** Instead of a harmless one. */
  readonly clientSecret?: string
  /** The app's own signing key; default: a random one. */
  readonly appSigningKey?: string
  readonly seed?: object
  readonly switches?: EmulatorOptions['switches']
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const clientSecret = options.clientSecret ?? CLIENT.secret
  const key = options.appSigningKey === undefined ? {} : { signing_key: options.appSigningKey }
  const app = { client_id: CLIENT.id, client_secret: clientSecret, redirect_uris: [redirectUri], ...key }
  const emulator = await startEmulator({
    seed: { apps: [app], ...options.seed },
    ...(options.switches === undefined ? {} : { switches: options.switches }),
  })
  const homes: CliHome[] = []
  return {
    emulator,
    control: emulator.control,
    redirectUri,
    home(like, env = {}) {
      const home = cliHome({
        CALENDLY_AUTH_URL: emulator.url,
        CALENDLY_API_URL: emulator.url,
        CALENDLY_CLIENT_ID: CLIENT.id,
        CALENDLY_CLIENT_SECRET: clientSecret,
        CALRECONNECT_REDIRECT_URI: redirectUri,
        CALRECONNECT_KEY: KEY,
        ...env,
      })
      if (like !== undefined) cpSync(like.folder, home.folder, { recursive: true })
      homes.push(home)
      return home
    },
    async close() {
      await emulator.close()
      for (const home of homes) home.remove()
    },
  }
}

/** The store of a home, in this process. */
export async function storeOf(home: CliHome): Promise<DatabaseStore> {
  const key = openKeySource({
    envKey: home.env['CALRECONNECT_KEY'],
    configDir: home.env['CALRECONNECT_CONFIG_DIR'] ?? home.folder,
    random: systemRandom,
  })
  return openTestStore({ path: placeOf(home), key, clock: systemClock, random: systemRandom })
}

/** A file, or the URL of a server that the home was given. */
function placeOf(home: CliHome): string {
  return home.env['CALRECONNECT_DB'] ?? home.db
}

/** Opens the store of a home for the time of `work`. */
export async function withStore<T>(home: CliHome, work: (store: DatabaseStore) => Promise<T>): Promise<T> {
  const store = await storeOf(home)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A fresh pair for the connection, as if somebody had just consented. */
export function giveTokens(stage: Stage, store: DatabaseStore, name = ACCOUNT): Promise<Connection> {
  return connectByGrant({ store, emulator: stage.emulator }, name, { clientId: CLIENT.id, expiresAtMs: Date.now() + 7_200_000 })
}

/** Two hours later, for the tokens: expired on both sides, and the minute's budget of token requests is fresh. */
export async function expireTokens(stage: Stage, home: CliHome): Promise<void> {
  stage.control.expireAccessTokens()
  await stage.control.advanceTime(61_000)
  if (isPostgresUrl(placeOf(home))) return expireInServer(placeOf(home))
  const db = new Database(home.db)
  db.prepare('UPDATE calendar_connections SET token_expires_at = ?').run(Date.now() - 1_000)
  db.prepare('DELETE FROM rate_budget').run()
  db.close()
}

async function expireInServer(url: string): Promise<void> {
  const { hostname, port, username, searchParams } = new URL(url)
  const schema = searchParams.get('schema') ?? 'calreconnect'
  const client = new Client({ host: hostname, port: Number(port), user: username, database: 'postgres' })
  await client.connect()
  await client.query(
    `UPDATE "${schema}".calendar_connections SET token_expires_at = ${Date.now() - 1_000}; DELETE FROM "${schema}".rate_budget`,
  )
  await client.end()
}

/** Whether Calendly would take the stored refresh token. */
export async function isLive(stage: Stage, store: DatabaseStore, name = ACCOUNT): Promise<boolean> {
  const refresh = (await store.connections.get(name))?.refreshToken?.reveal()
  const grant = refresh === undefined ? undefined : stage.control.state.grantOfRefreshToken(refresh)
  return grant !== undefined && !grant.refreshRevoked
}

export function tokenRequests(stage: Stage): readonly SeenRequest[] {
  return stage.emulator.requests().filter(({ path }) => path === '/oauth/token')
}

/** Creates and deletes that were asked of the emulator. */
export function webhookWrites(stage: Stage): readonly SeenRequest[] {
  return stage.emulator.requests().filter(({ method, path }) => method !== 'GET' && path.startsWith('/webhook_subscriptions'))
}

/** Starts a command; where it asks for consent in a browser, somebody is there and allows. */
export function startWithBrowser(home: CliHome, args: readonly string[], options?: CliOptions): Running {
  const running = home.start(args, options)
  void running
    .stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m)
    .then(([url]) => allowInBrowser(url))
    // It asked for nothing, or was killed before the page behind the redirect was shown.
    .catch(() => undefined)
  return running
}

/** The code of the error in a --json envelope; null without one. */
export function errorCodeOf({ stdout }: CliResult): string | null {
  const found = /"error":\{"code":"([A-Z_]+)"/.exec(stdout)
  return found?.[1] ?? null
}
