// What a PostgreSQL URL, a service file and the PG* variables come to. No server is asked.

import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresAddress, type PostgresAddress } from '../../../src/adapters/store/postgres/address.ts'
import { reportThrownBy } from '../../support/shown.ts'
import { storeFolder } from '../../support/store.ts'

const ME = userInfo().username

const refused = (text: string, env: Readonly<Record<string, string>> = {}) => reportThrownBy(() => postgresAddress(text, env))

/** A file with this text, and its path. */
function file(name: string, text: string): string {
  const path = join(storeFolder(), name)
  writeFileSync(path, text)
  return path
}

test.each<[string, Partial<PostgresAddress>]>([
  ['postgres://', { host: 'localhost', port: 5432, database: ME, role: ME, password: undefined, schema: 'calreconnect' }],
  ['postgres://ada@db.example.com/app', { host: 'db.example.com', port: 5432, database: 'app', role: 'ada', password: undefined }],
  ['postgresql://ada:p%40ss%2F@db.example.com:6543/my%20app', { port: 6543, database: 'my app', role: 'ada', password: 'p@ss/' }],
  ['postgres://a%3Ab@db/', { role: 'a:b', database: 'a:b' }],
  ['postgres://ada:100%25@db/app', { password: '100%' }],
  ['postgres://ada:100%@db/app', { password: '100%' }],
  ['postgres://ada@[::1]:5433/app', { host: '::1', port: 5433, location: 'postgres://ada@[::1]:5433/app' }],
  ['postgres:///app?host=/run/postgresql', { host: '/run/postgresql', database: 'app', role: ME, ssl: false }],
  ['postgres://ada@/app?host=/run/postgresql', { host: '/run/postgresql', database: 'app', role: 'ada', ssl: false }],
  ['postgres://ada:p@:5433/app', { host: 'localhost', port: 5433, role: 'ada', password: 'p' }],
  ['postgres://%2Frun%2Fpostgresql/app', { host: '/run/postgresql', ssl: false }],
  ['postgres://db/app?user=ada&password=x&port=5433', { role: 'ada', password: 'x', port: 5433 }],
  ['postgres://ada@db/app?user=bob&dbname=other&host=elsewhere', { role: 'ada', database: 'app', host: 'db' }],
  ['postgres://ada@db/app?schema=customers_2', { schema: 'customers_2', location: 'postgres://ada@db:5432/app?schema=customers_2' }],
  ['postgres://ada@db/app?schema=', { schema: 'calreconnect' }],
])('postgresAddress reads %s', (text, expected) => {
  expect(postgresAddress(text, {})).toMatchObject(expected)
})

test('postgresAddress never speaks of the password', () => {
  const { location } = postgresAddress('postgres://a%2Fda:hunter2@db.example.com/my%20app?password=hunter3', { PGPASSWORD: 'hunter4' })
  expect(location).toBe('postgres://a%2Fda@db.example.com:5432/my%20app')
  expect(JSON.stringify(refused('postgres://ada:hunter2@[bad/app'))).not.toContain('hunter2')
})

test('postgresAddress takes from PG* variables what the URL does not say, and empty ones for none', () => {
  const env = { PGHOST: 'db.example.com', PGPORT: '6543', PGUSER: 'ada', PGDATABASE: 'app', PGPASSWORD: 'x', PGSSLMODE: 'disable' }
  expect(postgresAddress('postgres://', env)).toMatchObject({
    host: 'db.example.com',
    port: 6543,
    role: 'ada',
    database: 'app',
    password: 'x',
    ssl: false,
  })
  expect(postgresAddress('postgres://bob:y@other:1/one?sslmode=require', env)).toMatchObject({
    host: 'other',
    port: 1,
    role: 'bob',
    database: 'one',
    password: 'y',
    ssl: { rejectUnauthorized: false },
  })
  const none = Object.fromEntries([...Object.keys(env), 'PGSERVICE'].map((name) => [name, '']))
  expect(postgresAddress('postgres://', none)).toMatchObject({ host: 'localhost', port: 5432, role: ME, password: undefined })
})

test('postgresAddress takes a service before the variables, and the URL before the service', () => {
  const path = file(
    'services',
    '# ours\n[other]\nhost=elsewhere\n\n[ours]\r\nhost = db.example.com\nport=6543\nuser=ada\npassword=a=b\nsslmode=disable\n[last]\nport=1\n',
  )
  const env = { PGSERVICEFILE: path, PGUSER: 'bob', PGDATABASE: 'app' }
  const found = { host: 'db.example.com', port: 6543, role: 'ada', database: 'app', password: 'a=b', ssl: false }
  expect(postgresAddress('postgres://?service=ours', env)).toMatchObject(found)
  expect(postgresAddress('postgres://', { ...env, PGSERVICE: 'ours' })).toMatchObject(found)
  expect(postgresAddress('postgres://eve@?service=ours', { ...env, PGSERVICE: 'other' })).toMatchObject({ ...found, role: 'eve' })
  expect(refused('postgres://?service=none', env)).toMatchObject({
    code: 'USAGE',
    message: `There is no PostgreSQL service none in ${path}`,
  })
})

test('postgresAddress looks for the service file at home, and says which one cannot be read', () => {
  const home = storeFolder()
  expect(refused('postgres://?service=ours', { HOME: home }).message).toBe(
    `There is no PostgreSQL service ours in ${join(home, '.pg_service.conf')}`,
  )
  writeFileSync(join(home, '.pg_service.conf'), '[ours]\nhost=db\n')
  expect(postgresAddress('postgres://?service=ours', { HOME: home })).toMatchObject({ host: 'db' })
  const folder = join(home, 'folder')
  mkdirSync(folder)
  expect(refused('postgres://?service=ours', { PGSERVICEFILE: folder })).toMatchObject({
    code: 'USAGE',
    message: `${folder} cannot be read (EISDIR)`,
  })
})

test.each([
  ['postgres://db:0/app', 'The port of the PostgreSQL URL is none: 0'],
  ['postgres://db/app?port=65536', 'The port of the PostgreSQL URL is none: 65536'],
  ['postgres://db/app?port=5432x', 'The port of the PostgreSQL URL is none: NaN'],
  ['postgres://db/app?port=1.5', 'The port of the PostgreSQL URL is none: 1.5'],
  ['postgres://[bad/app', 'The PostgreSQL URL cannot be read'],
  ['postgres://db/app?schema=pg_mine', 'The schema "pg_mine" cannot be used'],
  ['postgres://db/app?schema=Mine', 'The schema "Mine" cannot be used'],
  ['postgres://db/app?schema=a"b', 'The schema "a\\"b" cannot be used'],
  [`postgres://db/app?schema=${'x'.repeat(64)}`, `The schema "${'x'.repeat(64)}" cannot be used`],
  ['postgres://db/app?sslmode=prefer', 'sslmode=prefer is not among disable, require, verify-ca, verify-full'],
  ['postgres://db/app?sslrootcert=/none/ca.pem', 'sslrootcert names a file that is not there: /none/ca.pem'],
  ['postgres://db/app?sslkey=/none/key.pem', 'sslkey names a file that is not there: /none/key.pem'],
])('postgresAddress refuses %s', (text, message) => {
  expect(refused(text)).toMatchObject({ code: 'USAGE', message })
})

test('postgresAddress speaks TLS with every other machine unless it is told not to, and asks for the proof that was asked for', () => {
  const sslOf = (text: string) => {
    const { ssl } = postgresAddress(text, {})
    return ssl === false ? false : { ...ssl, checkServerIdentity: ssl.checkServerIdentity === undefined ? 'names' : 'any name' }
  }
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => file(`${name}.pem`, name))
  const names = 'names'
  expect(['localhost', '127.0.0.1', '[::1]'].map((host) => sslOf(`postgres://${host}/app`))).toEqual([false, false, false])
  expect(sslOf('postgres://db/app')).toEqual({ rejectUnauthorized: false, checkServerIdentity: names })
  expect(sslOf('postgres://localhost/app?sslmode=require')).toEqual({ rejectUnauthorized: false, checkServerIdentity: names })
  expect(sslOf('postgres:///app?host=/run&sslmode=verify-full')).toBe(false)
  expect(sslOf('postgres://db/app?sslmode=disable')).toBe(false)
  expect(sslOf('postgres://db/app?sslmode=verify-full')).toEqual({ rejectUnauthorized: true, checkServerIdentity: names })
  expect(sslOf(`postgres://db/app?sslmode=verify-full&sslrootcert=${ca}`)).toEqual({
    ca: 'ca',
    rejectUnauthorized: true,
    checkServerIdentity: names,
  })
  expect(sslOf('postgres://db/app?sslmode=verify-ca')).toEqual({ rejectUnauthorized: true, checkServerIdentity: 'any name' })
  expect(sslOf(`postgres://db/app?sslrootcert=${ca}`)).toEqual({ ca: 'ca', rejectUnauthorized: true, checkServerIdentity: 'any name' })
  expect(sslOf('postgres://db/app?sslmode=verify-full&sslrootcert=system')).toEqual({
    rejectUnauthorized: true,
    checkServerIdentity: names,
  })
  expect(sslOf(`postgres://db/app?sslcert=${cert}&sslkey=${key}`)).toEqual({
    cert: 'cert',
    key: 'key',
    rejectUnauthorized: false,
    checkServerIdentity: names,
  })
})
