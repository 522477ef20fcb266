// Runs this very program as a script would, and gives its envelope: what an agent is told is what any script is told, redacted by the same doors.

import { spawn } from 'node:child_process'
import type { Context } from '../context.ts'
import { isPostgresUrl } from '../input/settings.ts'

/** The document that --json prints. */
export interface OwnEnvelope {
  readonly ok: boolean
  readonly data: unknown
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null
}

export type RunOwn = (args: readonly string[], stdin?: Uint8Array) => Promise<OwnEnvelope>

/** No answer of ours is larger: an agent reads it. */
const OUTPUT_CHARACTERS_MAX = 64 * 1024 * 1024

export function ownCommands(ctx: Context): RunOwn {
  const { host, invocation, interruption } = ctx
  const { db } = ctx.globals
  // A URL may have a password in it, which every process can read in an argument.
  const inServer = db !== null && isPostgresUrl(db.text) ? { CALRECONNECT_DB: db.text } : null
  const store = invocation.db === null || inServer !== null ? [] : ['--db', invocation.db]
  const trust = invocation.cacert === null ? [] : ['--cacert', invocation.cacert]
  return async (args, stdin = new Uint8Array()) => {
    const child = spawn(host.node, [host.program, '--json', '--no-input', ...store, ...trust, ...args], {
      env: { ...host.env, ...inServer, CI: 'true' },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const stop = (): unknown => child.kill('SIGTERM')
    interruption.signal?.addEventListener('abort', stop, { once: true })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < OUTPUT_CHARACTERS_MAX) text += chunk
    })
    // One that ends before it has read all is heard of by how it ends.
    child.stdin.on('error', () => child.stdin.destroy())
    child.stdin.end(stdin)
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
    interruption.signal?.removeEventListener('abort', stop)
    return envelopeFrom(text, code)
  }
}

function envelopeFrom(text: string, code: number | null): OwnEnvelope {
  try {
    return JSON.parse(text)
  } catch {
    const message = `The command ended with ${code ?? 'a signal'} and without a result`
    return { ok: false, data: null, error: { code: 'BUG', message, hint: null } }
  }
}
