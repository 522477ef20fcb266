// Checks of this machine: Node, the store and its key, the redirect port, proxy, certificates, the terminal.

import { advise, again, next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { about, type Check, failed, found } from '../../core/doctor/check.ts'
import type { Probes } from '../../core/ports/probes.ts'
import type { Store } from '../../core/ports/store.ts'
import type { StoreKeys } from '../../core/ports/store-keys.ts'

export interface Machine {
  readonly probes: Probes
  readonly version: string
  readonly storePath: () => Promise<string>
  /** Null where there is none; none is made. */
  readonly store: () => Promise<Store | null>
  readonly storeKeys: () => Promise<StoreKeys>
  /** In a database server: no file of this machine. */
  readonly storeInServer: boolean
  /** Folder of a path. */
  readonly folderOf: (path: string) => string
  readonly redirectUri: () => URL
  /** NODE_EXTRA_CA_CERTS. */
  readonly extraCertificates: string | null
  /** --cacert; that it can be used was seen when the network was opened. */
  readonly caFile: string | null
  readonly apiUrl: () => URL
  /** Why a browser opened here could not come back, in a sentence; empty on a desktop. */
  readonly remoteAdvice: () => Promise<readonly string[]>
  readonly canPrompt: boolean
  /** Of the shell that this terminal runs; null: of none that is known. */
  readonly completion: () => Promise<CompletionPlace | null>
  /** --fix: mend what is safe to mend. */
  readonly fix: boolean
}

export interface CompletionPlace {
  readonly shell: string
  readonly path: string
  /** Null: there is none; false: it is another version's. */
  readonly isCurrent: boolean | null
  readonly install: () => Promise<void>
}

/** In the order in which one needs the other. */
export async function checkMachine(machine: Machine): Promise<readonly Check[]> {
  const { probes, version, canPrompt } = machine
  return [
    found(about('version'), 'ok', `calreconnect ${version}`),
    found(about('node'), 'ok', `Node.js ${probes.nodeVersion}`),
    ...(await checkStore(machine)),
    await attempt('redirect_port', () => redirectPort(machine)),
    await attempt('browser', async () => {
      const [why] = await machine.remoteAdvice()
      return why === undefined
        ? found(about('browser'), 'ok', 'A browser can be opened here')
        : found(about('browser'), 'warning', why, next('connect', '--start'))
    }),
    found(
      about('terminal'),
      'ok',
      canPrompt ? 'Questions can be asked here' : 'No questions are asked: there is no terminal, or --no-input',
    ),
    await attempt('completion', () => completion(machine)),
    await attempt('proxy', () => proxy(machine)),
    await attempt('certificates', () => certificates(machine)),
  ]
}

/** What a check throws is what it found. */
export async function attempt(name: string, check: () => Promise<Check>, account: string | null = null): Promise<Check> {
  try {
    return await check()
  } catch (error) {
    return failed(about(name, account), error)
  }
}

async function checkStore(machine: Machine): Promise<readonly Check[]> {
  try {
    const path = await machine.storePath()
    // Looked at before it is opened: opening makes it private.
    const [mode, network] = machine.storeInServer
      ? [null, null]
      : [await machine.probes.mode(path), await machine.probes.networkFileSystem(machine.folderOf(path))]
    const store = await machine.store()
    if (store === null) {
      return [
        network === null
          ? found(about('store'), 'ok', `There is no store at ${path} yet: the first connect makes it`)
          : onNetwork(path, network),
      ]
    }
    const info = await store.info()
    const damaged = new CalreconnectError('STORE_DAMAGED', `The store ${path} is damaged: ${info.integrity}`, {
      hint: 'Restore it from a backup, or name another store with --db or CALRECONNECT_DB',
    })
    return [
      info.integrity === 'ok'
        ? network === null
          ? found(about('store'), 'ok', `${path}, schema version ${info.schemaVersion}, integrity ok`)
          : onNetwork(path, network)
        : failed(about('store'), damaged),
      machine.storeInServer
        ? found(about('store_permissions'), 'skipped', 'The store is in a database server, whose roles decide who may read it')
        : permissions(path, mode, info.permissions),
      await attempt('encryption_key', () => encryptionKey(machine)),
    ]
  } catch (error) {
    return [failed(about('store'), error)]
  }
}

function onNetwork(path: string, kind: string): Check {
  return failed(
    about('store'),
    new CalreconnectError('STORE_FAILED', `The store ${path} is on a network file system (${kind}), where SQLite's WAL does not work`, {
      hint: 'Name a path on a local disk with --db or CALRECONNECT_DB, and move the store there',
    }),
  )
}

function permissions(path: string, before: string | null, after: { readonly file: string; readonly private: boolean } | null): Check {
  const of = about('store_permissions')
  if (before === null || after === null) return found(of, 'skipped', 'Modes mean nothing here')
  const wasOpen = (Number.parseInt(before, 8) & 0o077) !== 0
  if (!wasOpen) return found(of, 'ok', `${after.file}, yours alone`)
  if (after.private) return found(of, 'fixed', `Others could read the store (${before}); it is ${after.file} now`)
  return failed(
    of,
    new CalreconnectError('STORE_EXPOSED', `Others can read the store ${path} (mode ${after.file})`, { hint: again({ add: ['--fix'] }) }),
  )
}

async function encryptionKey(machine: Machine): Promise<Check> {
  const of = about('encryption_key')
  const { location, keyId, usable, problem, places } = await (await machine.storeKeys()).status()
  if (!usable) {
    if (problem !== null) return failed(of, problem)
    throw new CalreconnectError('STORE_KEY_WRONG', `The key from ${location} does not open the store`, {
      hint: next('store', 'key', 'status'),
    })
  }
  const lying = places.filter(({ keyIds, chosen, opensStore }) => keyIds.length > 0 && !opensStore && !(chosen && keyId === null))
  const which = keyId === null ? `none needed yet; it will come from ${location}` : `${keyId}, from ${location}`
  return lying.length === 0
    ? found(of, 'ok', which)
    : found(
        of,
        'warning',
        `${which}. Another key lies in ${lying.map((one) => one.location).join(' and ')}`,
        next('store', 'key', 'status'),
      )
}

async function redirectPort({ probes, redirectUri }: Machine): Promise<Check> {
  const of = about('redirect_port')
  const uri = redirectUri()
  return (await probes.canListen(uri))
    ? found(of, 'ok', `${uri.href} is free; it must be registered at Calendly letter by letter`)
    : found(of, 'skipped', `${uri.href} is on another machine: its address is pasted`)
}

/** Of use to whoever types commands here. */
async function completion({ canPrompt, completion: place, fix }: Machine): Promise<Check> {
  const of = about('completion')
  const there = canPrompt ? await place() : null
  if (there === null) return found(of, 'skipped', 'Nobody types here, or into a shell that is not known')
  const { shell, path, isCurrent, install } = there
  if (isCurrent === true) return found(of, 'ok', `For ${shell}, in ${path}`)
  if (fix) {
    await install()
    return found(of, 'fixed', `Written for ${shell}: ${path}`)
  }
  const what = isCurrent === null ? 'not installed' : "another version's"
  return found(of, 'warning', `For ${shell} it is ${what}`, next('completion', 'install', '--shell', shell))
}

async function proxy({ probes, apiUrl }: Machine): Promise<Check> {
  const through = await probes.proxyFor(apiUrl())
  return found(about('proxy'), 'ok', through === null ? 'None: requests go straight to Calendly' : `Requests go through ${through}`)
}

async function certificates({ probes, extraCertificates, caFile }: Machine): Promise<Check> {
  const given = [
    ...(extraCertificates === null ? [] : [`NODE_EXTRA_CA_CERTS=${extraCertificates}`]),
    ...(caFile === null ? [] : [`--cacert ${caFile}`]),
  ]
  if (extraCertificates !== null) {
    const why = await probes.unreadable(extraCertificates)
    if (why !== null) {
      throw new CalreconnectError('FILE_UNREADABLE', `NODE_EXTRA_CA_CERTS cannot be read: ${why}`, {
        hint: advise`Set it to a PEM file, or unset it; then ${again()}`,
      })
    }
  }
  return found(about('certificates'), 'ok', ["Node's own certificate authorities", ...given].join(', and '))
}
