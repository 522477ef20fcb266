// The operating system's keyring, through the optional package @napi-rs/keyring.
// Asked in a child process: a secret service that does not answer (a hanging D-Bus) must not hang this one.

import { next } from '../../core/errors/advice.ts'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { KeyPlace } from './key-place.ts'
import { keyText, parseKey } from './key-place.ts'

const PACKAGE = '@napi-rs/keyring'
const ANSWER_TIMEOUT_MS = 3_000
const OUTPUT_MAX = 64 * 1024

/**
 * Reads `get`, or `set` and the text in the next line, from stdin, so that no key is ever in an argument list.
 * On Linux only the Secret Service is a keyring: without one the package would take the kernel's key retention service, which forgets at the next
 * boot, and with it everything the store holds.
 */
const CHILD = `
const { Entry } = require(process.argv[1])
const entry = new Entry('calreconnect', 'store-key', { linux: { store: 'secret-service' } })
let input = ''
process.stdin.on('data', (chunk) => (input += chunk)).on('end', () => {
  const [verb, text] = input.split('\\n')
  if (verb === 'set') entry.setPassword(text)
  process.stdout.write('ok ' + (entry.getPassword() ?? ''))
})
`

/** How the keyring is talked to: `ask('get')` and `ask('set', text)` give the stored text back. */
export type AskKeyring = (verb: 'get' | 'set', text?: string) => Promise<string>

/** @param ask for tests, which have no keyring of their own */
export function keyringPlace(ask: AskKeyring = askInChild): KeyPlace {
  const read = async (): Promise<readonly Uint8Array[]> => keysFrom(await ask('get'))
  const write = async (keys: readonly Uint8Array[]): Promise<readonly Uint8Array[]> =>
    keysFrom(await ask('set', keys.map(keyText).join(',')))
  return {
    name: 'keyring',
    describe: () => 'keyring of the operating system',
    keys: read,
    add: async (key) => {
      await write([key, ...(await read())])
    },
    createFirst: async (fresh) => {
      const [key] = await read()
      return key ?? (await write([fresh]))[0] ?? fresh
    },
  }
}

function keysFrom(text: string): readonly Uint8Array[] {
  if (text === '') return []
  const keys = text.split(',').map((part) => parseKey(part))
  const good = keys.filter((key) => key !== null)
  if (good.length === keys.length) return good
  throw new CalreconnectError('STORE_KEY_WRONG', 'The keyring entry calreconnect/store-key holds no 32-byte key', {
    hint: next('store', 'key', 'status'),
  })
}

/** Runs `node -e` and kills it when it takes too long. */
function askInChild(verb: 'get' | 'set', text = ''): Promise<string> {
  return askScript(['-e', CHILD, resolvePackage()], verb, text)
}

export function askScript(args: readonly string[], verb: string, text: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: timeoutMs, killSignal: 'SIGKILL' })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < OUTPUT_MAX) output += chunk
    })
    child.on('error', (cause) => reject(unavailable('it cannot be asked', cause)))
    // A child that died early cannot be written to; how it ended is reported by `close`.
    child.stdin.on('error', () => child.kill('SIGKILL'))
    child.on('close', (status, signal) => {
      if (status === 0 && output.startsWith('ok ')) return resolve(output.slice(3))
      reject(unavailable(signal === 'SIGKILL' ? `it did not answer within ${timeoutMs / 1000} s` : 'it refused, or there is none'))
    })
    child.stdin.end(`${verb}\n${text}`)
  })
}

function resolvePackage(): string {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE)
  } catch (cause) {
    throw unavailable(`the optional package ${PACKAGE} is not installed`, cause, `npm install --global ${PACKAGE}`)
  }
}

function unavailable(why: string, cause?: unknown, hint = 'Unlock the keyring, or set CALRECONNECT_KEY to the key'): CalreconnectError {
  return new CalreconnectError('STORE_KEY_MISSING', `The operating system's keyring cannot be used: ${why}`, {
    hint,
    cause,
  })
}
