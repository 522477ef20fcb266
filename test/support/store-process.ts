// What another process does with a store in tests: `node store-process.mjs VERB '{"path": …}'`. Prints a line per thing done.

import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/adapters/clock.ts'
import { openKeySource } from '../../src/adapters/keys/key-source.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import { openStore } from '../../src/adapters/store/sqlite/open.ts'
import { isPostgresUrl } from '../../src/cli/input/settings.ts'
import { openPostgres } from '../../src/adapters/store/postgres/open.ts'
import type { DatabaseStore } from '../../src/adapters/store/ports.ts'
import { storeKeys } from '../../src/adapters/store/store-keys.ts'
import { CalreconnectError } from '../../src/core/errors/errors.ts'
import { keyIdOf } from '../../src/core/secrets/envelope.ts'
import { Secret } from '../../src/core/secrets/secret.ts'
import { UNINTERRUPTED } from './interruption.ts'

const [verb = '', json = '{}'] = process.argv.slice(2)
const args: Record<string, string | number | undefined> = JSON.parse(json)
const text = (name: string): string => String(args[name])
const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Kills this process when the store comes by the crashpoint `crashAt`. */
function crashpoint(name: string): void {
  if (name === args['crashAt']) process.kill(process.pid, 'SIGKILL')
}

const source = openKeySource({ envKey: undefined, configDir: text('configDir'), random: systemRandom })
const fixed = { key: async () => new Uint8Array(32).fill(7), describe: () => 'a test' }

async function open(): Promise<DatabaseStore> {
  const key = args['configDir'] === undefined ? fixed : source
  const options = { key, clock: systemClock, random: systemRandom, crashpoint }
  const path = text('path')
  if (!isPostgresUrl(path)) return openStore({ path, ...options })
  const store = await openPostgres({ url: path, env: process.env, ...options })
  if (store === null) throw new Error(`No store was made at ${path}`)
  return store
}

const VERBS: Record<string, () => Promise<void>> = {
  async open() {
    const store = await open()
    say(String((await store.info()).schemaVersion))
    await store.close()
  },
  async connect() {
    const store = await open()
    await store.connections.connect(text('name'), {
      auth: 'oauth',
      clientId: null,
      accessToken: new Secret('access'),
      refreshToken: new Secret('refresh'),
      tokenExpiresAtMs: 1,
      scopes: [],
    })
    await store.close()
  },
  /** Holds a lock until it is killed, or for `ms`; then stores a pair if the generation is still 1. */
  async hold() {
    const store = await open()
    await store.lock.hold(
      text('lock'),
      async () => {
        say('held')
        await sleep(Number(args['ms'] ?? 600_000))
        const pair = { accessToken: new Secret('late'), refreshToken: null, expiresAtMs: 1, scopes: [], owner: null, organization: null }
        say(`late write: ${await store.connections.saveRefreshed(text('name'), pair, 1, 'none')}`)
      },
      { waitMsMax: 10_000 },
    )
    await store.close()
  },
  /** Adds 1 to the number in a file, `times` times, in a way that loses counts unless it is alone. */
  async count() {
    const store = await open()
    for (let time = 0; time < Number(args['times']); time++)
      await store.lock.hold(
        'count',
        async () => {
          const count = Number(readFileSync(text('file'), 'utf8'))
          await sleep(1)
          writeFileSync(text('file'), String(count + 1))
        },
        { waitMsMax: 30_000 },
      )
    await store.close()
  },
  /** Takes `times` from a budget, and prints when each was granted. */
  async take() {
    const store = await open()
    for (let taken = 0; taken < Number(args['times']);) {
      const beforeMs = Date.now()
      const waitMs = await store.budget.take('api', Number(args['limit']), Number(args['windowMs']))
      if (waitMs === 0) say(`${beforeMs} ${Date.now()}`)
      if (waitMs === 0) taken++
      else await sleep(waitMs)
    }
    await store.close()
  },
  async key() {
    say(keyIdOf(await source.key()))
  },
  async rotate() {
    const store = await open()
    await storeKeys(store, source, { clock: systemClock, random: systemRandom, interruption: UNINTERRUPTED }).rotate()
    await store.close()
  },
}

try {
  await VERBS[verb]?.()
} catch (thrown) {
  if (!(thrown instanceof CalreconnectError)) throw thrown
  say(thrown.code)
}
