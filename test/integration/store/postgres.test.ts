import { expect, test } from 'vitest'
import { MIGRATIONS } from '../../../src/adapters/store/postgres/schema.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { onPostgres } from '../../support/engines.ts'
import { freshSchema } from '../../support/postgres.ts'
import { newTokens, storeProcess, subscription } from '../../support/store.ts'

const pair = (access: string) => ({
  accessToken: new Secret(access),
  refreshToken: new Secret(`${access}-refresh`),
  expiresAtMs: 1,
  scopes: [],
  owner: null,
  organization: null,
})

/** Of a promise that is rejected. */
async function errorOf(work: Promise<unknown>): Promise<CalreconnectError> {
  try {
    await work
  } catch (error) {
    if (error instanceof CalreconnectError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

onPostgres(['transaction', 'session'], (engine, cluster) => {
  test('eight processes that open it at once make one store', async () => {
    const path = engine.newPath()
    const ended = await Promise.all(Array.from({ length: 8 }, async () => (await storeProcess('open', { path })).ended))
    expect(ended.map(({ lines }) => lines)).toEqual(Array.from({ length: 8 }, () => [String(MIGRATIONS.length)]))
  })

  test('a process killed before the tables are committed leaves nothing, and the next one makes them', async () => {
    const path = engine.newPath()
    const killed = await (await storeProcess('open', { path, crashAt: 'commit:migrate:before' })).ended
    expect(killed.signal).toBe('SIGKILL')
    const store = await engine.open({ path })
    expect((await store.info()).integrity).toBe('ok')
    await store.close()
  })

  test('a schema of a newer version is refused with STORE_NEWER', async () => {
    const path = engine.newPath()
    const schema = new URL(path).searchParams.get('schema') ?? ''
    await (await engine.open({ path })).close()
    await cluster().query(`UPDATE "${schema}".schema_version SET version = ${MIGRATIONS.length + 1}`)
    const error = await errorOf(engine.open({ path }))
    expect([error.code, error.message]).toEqual(['STORE_NEWER', expect.stringContaining(`schema ${MIGRATIONS.length + 1}`)])
  })

  test('a role that may not make the schema is told what to grant, and one that was granted it needs no more', async () => {
    const path = engine.newPath()
    const schema = new URL(path).searchParams.get('schema') ?? ''
    await cluster().query(`DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN`)
    const clerk = path.replace('tests@', 'clerk@')
    const refused = await errorOf(engine.open({ path: clerk }))
    expect([refused.code, refused.hint]).toEqual(['STORE_READ_ONLY', expect.stringContaining('GRANT CREATE ON DATABASE postgres TO clerk')])
    await (await engine.open({ path })).close()
    const without = await errorOf(engine.open({ path: clerk }))
    expect([without.code, without.hint]).toEqual(['STORE_READ_ONLY', expect.stringContaining(`GRANT USAGE ON SCHEMA ${schema} TO clerk`)])
    for (const grant of String(without.hint)
      .replace(/^[^:]*: /, '')
      .split('; '))
      await cluster().query(grant)
    const store = await engine.open({ path: clerk })
    await store.connections.connect('a', newTokens())
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret('key') })
    await store.runs.begin('reconnect', { version: 1, account: 'a', organizationUri: 'o', madeAt: 'now', steps: [] })
    expect(await store.budget.take('b', 1, 1_000)).toBe(0)
    expect((await store.subscriptions.signingKey(subscription('1').uri))?.reveal()).toBe('key')
    await store.close()
    await cluster().query(`DROP OWNED BY clerk; DROP ROLE clerk`)
  })

  test('a connection keeps a copy of its subscription’s envelope, whichever came first', async () => {
    const path = engine.newPath()
    const schema = new URL(path).searchParams.get('schema') ?? ''
    const store = await engine.open({ path })
    await store.connections.connect('a', newTokens(), { webhookUri: subscription('1').uri })
    await store.subscriptions.keep(subscription('1'), { account: 'a', origin: 'connection', signingKey: new Secret('key-1') })
    await store.subscriptions.keep(subscription('2'), { account: 'a', origin: 'connection', signingKey: new Secret('key-2') })
    const envelopes = async () => {
      const sql = `SELECT webhook_subscription_uri AS uri, webhook_signing_key = calendly_webhook_signing_key AS same
        FROM "${schema}".calendly_webhook_subscriptions CROSS JOIN "${schema}".calendar_connections ORDER BY 1`
      return (await cluster().query(sql)).map(({ same }) => same)
    }
    expect(await envelopes()).toEqual([true, false])
    await store.connections.update('a', { webhookUri: subscription('2').uri })
    expect(await envelopes()).toEqual([false, true])
    await store.close()
  })

  test('what a host, role or database lacks is named, and a password is in no error', async () => {
    const path = engine.newPath().replace('tests@', 'nobody-there:hunter2-secret@')
    for (const url of [path, path.replace('/postgres?', '/no_such_database?'), path.replace(/:\d+\//, ':1/')]) {
      const error = await errorOf(engine.open({ path: url }))
      expect(error.exit).toBe('store')
      expect(error.message).toMatch(/nobody-there|no_such_database|127\.0\.0\.1:1\b/)
      expect(JSON.stringify([error.message, error.hint])).not.toContain('hunter2')
    }
  })

  test('a budget and a name with NUL, quotes and question marks come back as text', async () => {
    const store = await engine.open()
    await store.connections.connect(`a'"?$1`, newTokens())
    expect((await store.connections.list()).map(({ name }) => name)).toEqual([`a'"?$1`])
    const entry = { atMs: 1, runId: null, account: null, method: 'GET', path: '/', attempt: 1, durationMs: 1.5, requestBody: 'x\0y' }
    await store.apiLog.append({ ...entry, responseBody: null, failure: null, answer: { status: 200 } })
    expect((await store.apiLog.list()).map(({ requestBody, durationMs }) => [requestBody, durationMs])).toEqual([['x\u{FFFD}y', 1.5]])
    await store.close()
  })

  test('of thirty-two processes that store a pair of the same generation one does, and the others are told', async () => {
    const path = engine.newPath()
    const store = await engine.open({ path })
    await store.connections.connect('a', newTokens())
    const results = await Promise.all(
      Array.from({ length: 32 }, async (_, at) => {
        const own = await engine.open({ path })
        const id = await own.refreshes.begin('a', 1)
        const stored = await own.connections.saveRefreshed('a', pair(`access-${at}`), 1, id)
        await own.close()
        return stored
      }),
    )
    expect(results.filter(Boolean).length).toBe(1)
    const connection = await store.connections.get('a')
    expect([connection?.tokenGeneration, connection?.accessToken?.reveal()]).toEqual([2, `access-${results.indexOf(true)}`])
    await store.close()
  })

  test('more waiters than the pooler has sessions get the lock one after the other', async () => {
    const path = engine.newPath()
    const stores = await Promise.all(Array.from({ length: 30 }, () => engine.open({ path })))
    let [inside, most, done] = [0, 0, 0]
    await Promise.all(
      stores.map(({ lock, connections }) =>
        lock.hold(
          'one',
          async () => {
            inside += 1
            most = Math.max(most, inside)
            await connections.list()
            inside -= 1
            done += 1
          },
          { waitMsMax: 60_000 },
        ),
      ),
    )
    expect([most, done]).toEqual([1, 30])
    await Promise.all(stores.map((store) => store.close()))
  })

  test('a pair whose answer arrived is stored although the server was killed under the lock and comes back', async () => {
    const path = engine.newPath()
    const store = await engine.open({ path })
    await store.connections.connect('a', newTokens())
    const stored = await store.lock.hold(
      'a',
      async () => {
        const id = await store.refreshes.begin('a', 1)
        await cluster().stop('immediate')
        const saving = store.connections.saveRefreshed('a', pair('after'), 1, id)
        await new Promise((resolve) => void setTimeout(resolve, 1_500))
        await cluster().start()
        return saving
      },
      { waitMsMax: 5_000 },
    )
    expect(stored).toBe(true)
    expect((await store.connections.get('a'))?.refreshToken?.reveal()).toBe('after-refresh')
    expect(await store.refreshes.open('a', 1)).toBe(0)
    await store.close()
  })

  test('looking makes no schema', async () => {
    const schema = freshSchema()
    const { openPostgres } = await import('../../../src/adapters/store/postgres/open.ts')
    const { fixedKey, standingClock } = await import('../../support/store.ts')
    const { systemRandom } = await import('../../../src/adapters/random.ts')
    const options = { url: cluster().url(schema), env: {}, key: fixedKey(), clock: standingClock(), random: systemRandom }
    expect(await openPostgres({ ...options, onlyLooks: true })).toBe(null)
    expect(await cluster().query(`SELECT 1 FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([])
  })
})
