// Runs bin/calreconnect.js as a script would: own process, own folders, nothing of this machine's environment.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/calreconnect.js', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Envelope {
  readonly schema_version: number
  readonly command: string
  readonly ok: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents whose schema they check elsewhere
  readonly data: any
  readonly error: {
    readonly code: string
    readonly exit: string
    readonly message: string
    readonly hint: string | null
    readonly status?: number
  } | null
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
}

export interface Running {
  readonly child: ChildProcess
  readonly done: Promise<CliResult>
  /** What stderr held until the text appeared. */
  stderrUntil(wanted: RegExp): Promise<RegExpExecArray>
  stdoutUntil(wanted: RegExp): Promise<RegExpExecArray>
}

/** A private home: store, key file and environment of one test. */
export interface CliHome {
  readonly folder: string
  readonly db: string
  readonly env: Readonly<Record<string, string>>
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>
  /** Runs with --json and gives the envelope; stdout must be that and nothing else. */
  json(args: readonly string[], options?: CliOptions): Promise<CliResult & { readonly envelope: Envelope }>
  start(args: readonly string[], options?: CliOptions): Running
  remove(): void
}

/** @param env for every run: CALENDLY_AUTH_URL, CALENDLY_CLIENT_ID … */
export function cliHome(env: Readonly<Record<string, string>> = {}): CliHome {
  const folder = mkdtempSync(join(tmpdir(), 'calreconnect-test-'))
  const base: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    CALRECONNECT_CONFIG_DIR: join(folder, 'config'),
    CALRECONNECT_DB: join(folder, 'data', 'calreconnect.db'),
    ...env,
  }
  const start = (args: readonly string[], options: CliOptions = {}): Running => startCli(args, { ...base, ...options.env }, options.stdin)
  return {
    folder,
    db: join(folder, 'data', 'calreconnect.db'),
    env: base,
    run: (args, options) => start(args, options).done,
    async json(args, options) {
      const result = await start(['--json', ...args], options).done
      const lines = result.stdout.trimEnd().split('\n')
      if (lines.length !== 1) throw new Error(`stdout is not one JSON document:\n${result.stdout}\nstderr:\n${result.stderr}`)
      const envelope: Envelope = JSON.parse(result.stdout)
      return { ...result, envelope }
    },
    start,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** In exactly this environment. @param program another copy of bin/calreconnect.js */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin?: string | Uint8Array,
  program: string = BIN,
): Running {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  const watchers: (() => void)[] = []
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (chunk: string) => {
      text[name] += chunk
      for (const watch of watchers) watch()
    })
  }
  // The command may end without reading its input.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const done = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...text }))
  })
  const until = (name: 'stdout' | 'stderr', wanted: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = wanted.exec(text[name])
        if (found !== null) resolve(found)
      }
      watchers.push(look)
      look()
      void done.then((result) =>
        reject(new Error(`ended with ${result.code} before ${name} matched ${wanted}:\n${result.stderr}${result.stdout}`)),
      )
    })
  return { child, done, stderrUntil: (wanted) => until('stderr', wanted), stdoutUntil: (wanted) => until('stdout', wanted) }
}
