// Clients that others wrote, at exact versions from the npm registry, in a cache folder of their own: they are no dependencies of
// ours, and run no install script. Says why where they cannot be had.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/registry-clients', import.meta.url))
const INSTALL_MS = 300_000
/** Where there is no registry, that is known within seconds. */
const FETCH = ['--prefer-offline', '--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000']

/** A folder with the clients installed in it. */
export interface Installed {
  readonly folder: string
  /** A module of theirs, however it is written. */
  load(name: string): Promise<any> // eslint-disable-line typescript/no-explicit-any -- their types are not installed here
}

/** Null, with a line on stderr, where the registry does not give them. @param packages `name@version`, exact */
export function installClients(packages: readonly string[]): Promise<Installed | null> {
  const what = packages.join(', ')
  return cached(what, what, async (folder) => {
    await writeFile(join(folder, 'package.json'), '{"private":true}')
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', ...FETCH]
    await run('npm', ['install', ...flags, ...packages], { cwd: folder, timeout: INSTALL_MS })
  })
}

/** The same for one package without what it depends on, for those that would bring a thousand others. `paths` are what is unpacked. */
export function unpackClient(name: string, paths: readonly string[], modules: Readonly<Record<string, string>>): Promise<Installed | null> {
  return cached(name, `${name} ${paths.join(' ')} ${JSON.stringify(modules)}`, async (folder) => {
    const { stdout } = await run('npm', ['pack', '--silent', ...FETCH, name], { cwd: folder, timeout: INSTALL_MS })
    const tarball = stdout.trim()
    await run('tar', ['xzf', tarball, ...paths.map((path) => `package/${path}`)], { cwd: folder })
    await rm(join(folder, tarball))
    for (const [module, source] of Object.entries(modules)) {
      await mkdir(join(folder, 'node_modules', module), { recursive: true })
      await writeFile(join(folder, 'node_modules', module, 'index.js'), source)
    }
  })
}

async function cached(what: string, key: string, fill: (folder: string) => Promise<void>): Promise<Installed | null> {
  const folder = join(CACHE, createHash('sha256').update(key).digest('hex').slice(0, 16))
  if (!existsSync(folder)) {
    await mkdir(CACHE, { recursive: true })
    const unfinished = await mkdtemp(join(CACHE, 'unfinished-'))
    try {
      await fill(unfinished)
      await rename(unfinished, folder)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      if (existsSync(folder)) return open(folder)
      const reason = error instanceof Error ? error.message.split('\n').slice(1, 4).join(' ') : String(error)
      process.stderr.write(`The npm registry does not give ${what}: tests with it are skipped (${reason})\n`)
      return null
    }
  }
  return open(folder)
}

function open(folder: string): Installed {
  const resolve = createRequire(join(folder, 'package.json')).resolve
  return { folder, load: async (name) => import(pathToFileURL(resolve(name)).href) }
}
