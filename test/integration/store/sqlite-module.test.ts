import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSqlite, type SqliteSurroundings } from '../../../src/adapters/store/sqlite/sqlite-module.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'calreconnect-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const fault = (code: string | null, message: string): Error => Object.assign(new Error(message), code === null ? {} : { code })

/** An installation of better-sqlite3 `version` whose loading ends with `thrown`. */
function installed(version: string, thrown: Error, node: Pick<SqliteSurroundings, 'nodeVersion' | 'abi'>): SqliteSurroundings {
  mkdirSync(join(folder, 'lib'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }))
  return {
    ...node,
    platform: 'linux-x64',
    resolve: () => join(folder, 'lib/index.js'),
    load: () => {
      throw thrown
    },
  }
}

function refusal(surroundings: SqliteSurroundings): CalreconnectError {
  try {
    loadSqlite(surroundings)
  } catch (error) {
    if (error instanceof CalreconnectError) return error
    throw error
  }
  throw new Error('it was loaded')
}

const NODE_20 = { nodeVersion: '20.20.2', abi: '115' }
const NODE_24 = { nodeVersion: '24.9.0', abi: '137' }

test.each<[string, Error, typeof NODE_20, string]>([
  [
    'no binary',
    fault(null, 'Could not locate the bindings file. Tried:\n → a\n → b'),
    NODE_20,
    'is not there: it was installed with its install scripts off (Node.js 20.20.2, linux-x64)',
  ],
  [
    'a binary of an older Node',
    fault(
      'ERR_DLOPEN_FAILED',
      "The module 'x' was compiled against a different Node.js version using\nNODE_MODULE_VERSION 115. This version requires\nNODE_MODULE_VERSION 137.",
    ),
    NODE_24,
    'was built for Node.js 20 (ABI 115); this is Node.js 24.9.0 (ABI 137)',
  ],
  [
    'a binary of an unknown Node',
    fault('ERR_DLOPEN_FAILED', 'NODE_MODULE_VERSION 999 … NODE_MODULE_VERSION 137.'),
    NODE_24,
    'was built for another Node.js (ABI 999); this is Node.js 24.9.0 (ABI 137)',
  ],
  [
    'a binary of another platform',
    fault('ERR_DLOPEN_FAILED', '/x/better_sqlite3.node: invalid ELF header'),
    NODE_24,
    'is not for this platform (linux-x64, Node.js 24.9.0)',
  ],
])('loadSqlite() with %s says what it is, and what rebuilds it', (_, thrown, node, says) => {
  const { code, exit, message, hint } = refusal(installed('12.11.1', thrown, node))
  expect({ code, exit, message, hint }).toEqual({
    code: 'NATIVE_MODULE',
    exit: 'store',
    message: `The native part of better-sqlite3, which keeps the store, ${says}`,
    hint: `npm --prefix '${folder}' run install rebuilds it (with pnpm: pnpm approve-builds, then pnpm rebuild better-sqlite3)`,
  })
})

test('loadSqlite() of better-sqlite3 13 on Node 20 is refused before it is loaded, which would crash the process', () => {
  const { code, message } = refusal(installed('13.2.0', new Error('loaded'), NODE_20))
  expect([code, message]).toEqual(['NATIVE_MODULE', 'better-sqlite3 13.2.0 needs Node.js 22 or newer and crashes this one (20.20.2)'])
})

test('loadSqlite() of better-sqlite3 13 on Node 22 and later is tried', () => {
  expect(refusal(installed('13.2.0', new Error('loaded'), NODE_24)).message).toContain('is not there')
})

test('loadSqlite() without the package says so', () => {
  const missing = {
    ...installed('12.11.1', new Error('loaded'), NODE_20),
    resolve: () => createRequire(import.meta.url).resolve('no-such-package'),
  }
  expect(refusal(missing).message).toBe('The package better-sqlite3, which keeps the store, is not installed')
})
