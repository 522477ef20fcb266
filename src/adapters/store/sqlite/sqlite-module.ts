// Loads better-sqlite3, whose native part is the one thing of this program that an installation can leave out or get wrong:
// install scripts are off, Node was changed, the folder came from another platform. Each is told with the command that mends it.

import type Database from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CalreconnectError } from '../../../core/errors/errors.ts'

const PACKAGE = 'better-sqlite3'
/** From this version on the package runs on Node 22 and later only; on Node 20 loading it ends the process with a segmentation fault. */
const FOR_NEWER_NODE = 13
const NEWER_NODE = 22
/** NODE_MODULE_VERSION of each release line. @see https://nodejs.org/en/about/previous-releases */
const NODE_OF_ABI: Readonly<Record<string, string>> = {
  108: '18',
  115: '20',
  120: '21',
  127: '22',
  131: '23',
  137: '24',
  141: '25',
  147: '26',
}

/** What it is loaded with, and what loads it: tests have a Node and a package of their own. */
export interface SqliteSurroundings {
  readonly nodeVersion: string
  readonly abi: string
  readonly platform: string
  /** As `require.resolve` and `require` do. */
  readonly resolve: (name: string) => string
  readonly load: (path: string) => typeof Database
}

const require = createRequire(import.meta.url)
let loaded: typeof Database | null = null

/** @throws NATIVE_MODULE */
export function sqlite(): typeof Database {
  return (loaded ??= loadSqlite({
    nodeVersion: process.versions.node,
    abi: process.versions.modules,
    platform: `${process.platform}-${process.arch}`,
    resolve: require.resolve,
    load: require,
  }))
}

/** @throws NATIVE_MODULE */
export function loadSqlite(surroundings: SqliteSurroundings): typeof Database {
  const path = resolved(surroundings)
  const folder = dirname(dirname(path))
  refuseNewerNodes(folder, surroundings)
  try {
    const Sqlite = surroundings.load(path)
    // The native part is loaded by the first database.
    new Sqlite(':memory:').close()
    return Sqlite
  } catch (cause) {
    throw unusable(whyNot(cause, surroundings), `npm --prefix '${folder}' run install`, cause)
  }
}

function resolved({ resolve }: SqliteSurroundings): string {
  try {
    return resolve(PACKAGE)
  } catch (cause) {
    throw new CalreconnectError('NATIVE_MODULE', `The package ${PACKAGE}, which keeps the store, is not installed`, {
      hint: 'Install calreconnect again (in a checkout: npm ci)',
      cause,
    })
  }
}

/** Before it is loaded: npm takes the version for this Node, pnpm does not, and nobody can catch what happens then. */
function refuseNewerNodes(folder: string, { nodeVersion }: SqliteSurroundings): void {
  if (major(nodeVersion) >= NEWER_NODE) return
  const { version } = manifest(folder)
  if (major(version) < FOR_NEWER_NODE) return
  throw new CalreconnectError(
    'NATIVE_MODULE',
    `${PACKAGE} ${version} needs Node.js ${NEWER_NODE} or newer and crashes this one (${nodeVersion})`,
    {
      hint: `Use Node.js ${NEWER_NODE} or newer, or install this with npm, which takes ${PACKAGE} ${FOR_NEWER_NODE - 1} for this one`,
    },
  )
}

function manifest(folder: string): { readonly version: string } {
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { version: String(version) }
}

function whyNot(cause: unknown, { nodeVersion, abi, platform }: SqliteSurroundings): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code !== 'ERR_DLOPEN_FAILED' || !(cause instanceof Error)) {
    return `is not there: it was installed with its install scripts off (Node.js ${nodeVersion}, ${platform})`
  }
  // The one place where the other version is to be had.
  const [, built] = /NODE_MODULE_VERSION (\d+)/.exec(cause.message) ?? []
  if (built === undefined || built === abi) return `is not for this platform (${platform}, Node.js ${nodeVersion})`
  const other = NODE_OF_ABI[built]
  return `was built for ${other === undefined ? 'another Node.js' : `Node.js ${other}`} (ABI ${built}); this is Node.js ${nodeVersion} (ABI ${abi})`
}

function unusable(why: string, command: string, cause: unknown): CalreconnectError {
  return new CalreconnectError('NATIVE_MODULE', `The native part of ${PACKAGE}, which keeps the store, ${why}`, {
    hint: `${command} rebuilds it (with pnpm: pnpm approve-builds, then pnpm rebuild ${PACKAGE})`,
    cause,
  })
}

function major(version: string): number {
  return Number(version.split('.')[0])
}
