// `emulator`: a local Calendly, until Ctrl-C.

import { next } from '../../core/errors/advice.ts'
import { once } from 'node:events'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { EXIT_CODES } from '../../core/errors/exit-codes.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'

interface Flags {
  readonly port: string
  readonly seed?: string
  readonly state?: string
  readonly accelerate?: string
  readonly faults?: string
  readonly origin?: string
  readonly printSeed?: true
}

const DEFAULT_PORT = '8919'
const JSON_BYTES_MAX = 64 * 1024 * 1024
const ACCELERATION_MAX = 1_000_000
const CLOSING = { awaited: 'the emulator to write its state', cost: 'its last changes may be missing', mend: null }

export function addEmulator(parent: Command, context: Context): void {
  parent
    .command('emulator')
    .description('Run a local Calendly: OAuth, users, organizations, webhook subscriptions, signed deliveries.')
    .option('--port <port>', 'port on 127.0.0.1; 0 picks a free one', DEFAULT_PORT)
    .option('--seed <file>', 'JSON file with organizations, users, apps and subscriptions to begin with')
    .option('--state <file>', 'keep the state in this file instead of memory')
    .option('--accelerate <factor>', 'let its clock run this many times as fast')
    .option('--faults <file>', 'JSON file with scripted faults: dropped sockets, stalls, statuses')
    .option('--origin <whose>', 'whose origin URIs and next_page have: calendly, or self', 'calendly')
    .option('--print-seed', 'write a seed to begin with, and end')
    .addHelpText(
      'after',
      `
Examples:
  $ calreconnect emulator
  $ calreconnect emulator --port 0 --json
  $ calreconnect emulator --seed seed.json --state state.json
  $ calreconnect emulator --print-seed > seed.json
  $ calreconnect emulator --accelerate 3600
  $ calreconnect emulator --origin self --faults faults.json

A page at / shows the organization, its subscriptions and deliveries, and books, cancels and reschedules meetings.
Seed, switches, faults and the control API under /_emulator/: calreconnect help emulator`,
    )
    .action(async (flags: Flags) => runEmulator(context, flags))
}

/** `help emulator`. */
export async function emulatorTopic(): Promise<string> {
  return (await import('../../emulator/guide.ts')).guide()
}

async function runEmulator(context: Context, flags: Flags): Promise<void> {
  const origin = flags.origin ?? 'calendly'
  if (origin !== 'calendly' && origin !== 'self') {
    throw new CalreconnectError('USAGE', `--origin must be calendly or self, not ${origin}`, {
      hint: next('emulator', '--origin', 'self'),
    })
  }
  if (flags.printSeed === true) {
    const { EXAMPLE_SEED: seed, exampleSeedText } = await import('../../emulator/example-seed.ts')
    context.show({ seed }, exampleSeedText)
    return
  }
  const { startEmulator } = await import('../../emulator/server.ts')
  const emulator = await startEmulator({
    port: wholeNumber(flags.port, '--port', { min: 0, max: 65_535 }),
    origin,
    ...(flags.seed === undefined ? {} : { seed: await readJson(context, flags.seed) }),
    ...(flags.state === undefined ? {} : { stateFile: flags.state }),
    ...(flags.accelerate === undefined
      ? {}
      : { accelerate: wholeNumber(flags.accelerate, '--accelerate', { min: 1, max: ACCELERATION_MAX }) }),
    ...(flags.faults === undefined ? {} : { faults: await readJson(context, flags.faults) }),
  }).catch((error: unknown) => {
    throw startFailure(error, flags.port)
  })
  const own = origin === 'self' ? '; URIs and next_page are its own (--origin self)' : ''
  context.hint(`Emulator listening at ${emulator.url} (open it in a browser)${own}; Ctrl-C ends it`)
  const { url, clientId, clientSecret, personalAccessToken } = emulator.info
  context.show(emulator.info, () =>
    [
      `export CALENDLY_AUTH_URL=${url}`,
      `export CALENDLY_API_URL=${url}`,
      `export CALENDLY_CLIENT_ID=${clientId}`,
      `export CALENDLY_CLIENT_SECRET=${clientSecret}`,
      `# or, instead of OAuth: export CALENDLY_TOKEN=${personalAccessToken}`,
    ].join('\n'),
  )
  const { signal } = context.interruption
  if (signal?.aborted === false) await once(signal, 'abort')
  await context.interruption.finish(CLOSING, () => emulator.close())
  context.setExit(EXIT_CODES.interrupted)
}

/** @throws FILE_UNREADABLE */
async function readJson(context: Context, file: string): Promise<unknown> {
  const bytes = await context.readFile(file, JSON_BYTES_MAX)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CalreconnectError('FILE_UNREADABLE', `Cannot read ${file} as JSON: ${reason}`, { cause: error })
  }
}

function startFailure(error: unknown, port: string): unknown {
  if (!(error instanceof Error)) return error
  if ('code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) {
    return new CalreconnectError('PORT_TAKEN', `Port ${port} is in use or reserved`, {
      hint: next('emulator', '--port', '0'),
      cause: error,
    })
  }
  // The emulator names what is wrong in a seed, state or faults file.
  return error.name === 'BadInput' ? new CalreconnectError('USAGE', error.message, { cause: error }) : error
}
