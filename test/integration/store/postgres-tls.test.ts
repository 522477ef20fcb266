// TLS to a real PostgreSQL whose certificate, for `localhost`, is from an authority of our own.

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, freshSchema, startCluster, withoutPostgres } from '../../support/postgres.ts'
import { shownReport } from '../../support/shown.ts'
import { openTestStore, storeFolder } from '../../support/store.ts'

/** Two authorities that know nothing of each other, and the first one's word for `localhost`. */
function authorities(): { readonly ours: string; readonly other: string; readonly key: string; readonly certificate: string } {
  const folder = storeFolder()
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const name of ['ours', 'other'])
    openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '2')
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ours.pem',
    '-CAkey',
    'ours.key',
    '-CAcreateserial',
    '-out',
    'server.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  )
  const text = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { ours: join(folder, 'ours.pem'), other: join(folder, 'other.pem'), key: text('server.key'), certificate: text('server.pem') }
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const without = withoutPostgres ?? (hasOpenssl ? null : 'there is no openssl here (apt-get install openssl)')
if (without !== null) process.stderr.write(`Left out TLS to PostgreSQL: ${without}\n`)

describe.skipIf(without !== null)('TLS to PostgreSQL', () => {
  const { ours, other, ...server } = without === null ? authorities() : { ours: '', other: '', key: '', certificate: '' }
  let withTls: Cluster | null = null
  let plain: Cluster | null = null
  beforeAll(async () => {
    ;[withTls, plain] = await Promise.all([startCluster(server), startCluster()])
  })
  afterAll(async () => Promise.all([withTls?.close(), plain?.close()]))

  const url = (cluster: Cluster | null, host: string, query: string) =>
    `postgres://tests@${host}:${cluster?.port}/postgres?schema=${freshSchema()}${query}`

  /** How many connections of this role to the server are encrypted, and how many are not. */
  const connections = async () => {
    const rows = await withTls?.query(
      "SELECT ssl, count(*)::int AS many FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'calreconnect' GROUP BY ssl",
    )
    return rows
  }

  test.each([
    ['require', '127.0.0.1', ''],
    ['require', 'localhost', ''],
    ['verify-ca', '127.0.0.1', `&sslrootcert=${ours}`],
    ['verify-full', 'localhost', `&sslrootcert=${ours}`],
    ['require', '127.0.0.1', `&sslrootcert=${ours}`],
  ])('sslmode=%s at %s opens an encrypted store (%#)', async (mode, host, query) => {
    const store = await openTestStore({ path: url(withTls, host, `&sslmode=${mode}${query}`) })
    expect((await store.info()).integrity).toBe('ok')
    expect(await connections()).toEqual([{ ssl: true, many: expect.any(Number) }])
    await store.close()
  })

  test('sslmode=disable speaks in plain text, as somebody asked for', async () => {
    const store = await openTestStore({ path: url(withTls, '127.0.0.1', '&sslmode=disable') })
    expect(await connections()).toEqual([{ ssl: false, many: expect.any(Number) }])
    await store.close()
  })

  test.each([
    ['the host is not the one of the certificate', 'verify-full', '127.0.0.1', ours, 'is for another name', 'sslmode=verify-ca'],
    ['the authority is another one', 'verify-full', 'localhost', other, 'is not trusted', 'sslrootcert=FILE'],
    ['the authority is another one', 'verify-ca', '127.0.0.1', other, 'is not trusted', 'sslrootcert=FILE'],
    [
      'the authority is another one, named without a mode that asks for it',
      'require',
      'localhost',
      other,
      'is not trusted',
      'sslrootcert=FILE',
    ],
    ['the authority is not among those of this machine', 'verify-full', 'localhost', null, 'is not trusted', 'sslrootcert=FILE'],
  ])('a store is refused where %s (sslmode=%s)', async (_why, mode, host, root, says, hint) => {
    const path = url(withTls, host, `&sslmode=${mode}${root === null ? '' : `&sslrootcert=${root}`}`)
    const error = shownReport(await openTestStore({ path }).catch((thrown: unknown) => thrown))
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      exit: 'store',
      message: expect.stringContaining(says),
      hint: expect.stringContaining(hint),
    })
  })

  test('a server without TLS is refused where TLS was asked for, and the way to do without is named', async () => {
    const error = shownReport(await openTestStore({ path: url(plain, '127.0.0.1', '&sslmode=require') }).catch((thrown: unknown) => thrown))
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      exit: 'store',
      message: expect.stringContaining(`PostgreSQL at 127.0.0.1:${plain?.port} has no TLS`),
      hint: expect.stringContaining('sslmode=disable'),
    })
  })
})
