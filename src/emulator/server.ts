// The emulator's entry: one origin that serves OAuth, the API and the control API on 127.0.0.1. Knows nothing of single requests.
import { createServer, type Server } from 'node:http'
import { startClock } from './clock.ts'
import { Control } from './control/control.ts'
import { Faults } from './faults.ts'
import { describe, type EmulatorInfo } from './info.ts'
import { PageTokens } from './page-tokens.ts'
import { RateLimits } from './rate-limits.ts'
import { API_ORIGIN } from './lookup.ts'
import type { OriginChoice } from './origin.ts'
import { hex, systemRandomSource, type RandomSource } from './random-ids.ts'
import { RequestLog, type SeenRequest } from './request-log.ts'
import { plant } from './seed.ts'
import { serve, type Serving } from './serve.ts'
import { parseInput, SeedSchema } from './seed-schema.ts'
import { loadState, StateFile } from './state-file.ts'
import { State } from './state.ts'
import { SwitchesSchema, type Switches } from './switches.ts'
import type { World } from './world.ts'

/** How to start; everything has a default. */
export interface EmulatorOptions {
  /** Default 0: any free one. */
  readonly port?: number
  /** A seed document. Not used when the state file exists already. */
  readonly seed?: unknown
  readonly stateFile?: string
  /** How many times as fast as real time the emulator's clock runs. */
  readonly accelerate?: number
  /** A fault script. */
  readonly faults?: unknown
  readonly switches?: Partial<Switches>
  /** Whose origin identifiers and page links have. Default: Calendly's. */
  readonly origin?: OriginChoice
  /** Registered for the default apps beside http://localhost:8917/callback. */
  readonly redirectUris?: readonly string[]
  /** Bytes for ids and tokens; give `seededRandomSource` for the same ones each time. */
  readonly random?: RandomSource
  readonly realNowMs?: () => number
}

/** A running emulator. */
export interface Emulator {
  readonly url: string
  /** As it is now: a new seed has new ids. */
  readonly info: EmulatorInfo
  /** Everything a test may do behind the wire's back. */
  readonly control: Control
  /** Requests seen, oldest first. */
  requests(): readonly SeenRequest[]
  close(): Promise<void>
}

/** Starts an emulator on 127.0.0.1. @throws BadInput for a seed, state file or fault script that does not fit; EADDRINUSE */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const control = await openControl(options)
  const stateFile = options.stateFile === undefined ? null : new StateFile(options.stateFile)
  const serving: Serving = { control, stateFile, url: '' }
  await stateFile?.save(control.state, control.clock.nowMs())
  const server = createServer((message, response) => void serve(serving, message, response))
  // Longer than clients keep an idle connection, so that it is never closed under a request that is on its way.
  server.keepAliveTimeout = 65_000
  server.on('clientError', (_error, socket) => socket.destroy())
  serving.url = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`
  if (options.origin === 'self') control.world.origin = serving.url
  return {
    url: serving.url,
    get info() {
      return describe(control.world, serving.url)
    },
    control,
    requests: () => control.requests.list(),
    close: () => close(server, control, stateFile),
  }
}

async function openControl(options: EmulatorOptions): Promise<Control> {
  const random = options.random ?? systemRandomSource
  const realNowMs = options.realNowMs ?? Date.now
  const seed = parseInput('seed', SeedSchema, options.seed ?? {})
  const loaded = options.stateFile === undefined ? null : await loadState(options.stateFile)
  const clock = startClock(realNowMs, options.accelerate ?? 1, Math.max(realNowMs(), loaded?.nowMs ?? 0))
  const world: World = {
    state: loaded?.state ?? new State(hex(random, 32)),
    clock,
    random,
    redirectUris: options.redirectUris ?? [],
    origin: API_ORIGIN,
    announce: () => [],
    switches: parseInput('switches', SwitchesSchema, { ...seed.switches, ...options.switches }),
    limits: new RateLimits(clock),
    pages: new PageTokens(random),
  }
  if (loaded === null) plant(world, seed)
  const control = new Control(world, new Faults(), new RequestLog())
  control.rememberAsInitial()
  if (options.faults !== undefined) control.addFaults(options.faults)
  return control
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

async function close(server: Server, control: Control, stateFile: StateFile | null): Promise<void> {
  control.close()
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeAllConnections()
  await closed
  await stateFile?.save(control.state, control.clock.nowMs())
}
