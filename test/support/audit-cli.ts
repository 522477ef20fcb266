// `webhooks audit` from the outside: an emulator, a home of its own, and a shell in which a finding's fix can be run as it is printed.

import type { Emulator } from '../../src/emulator/server.ts'
import type * as v from 'valibot'
import type { organizationAuditSchema } from '../../src/cli/schemas/audit.ts'
import type { CliHome, CliResult } from './cli.ts'
import { emulatedCli, HOOK } from './connected.ts'
import { shellOf } from './shell.ts'

export interface AuditHome {
  readonly emulator: Emulator
  readonly cli: CliHome
  /** With CALENDLY_TOKEN, for runs without a stored connection. */
  readonly token: Readonly<Record<string, string>>
  /** Stores the connection `acme`, with its webhook at HOOK; gives that one's URI. */
  connect(): Promise<string>
  findings(
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<v.InferOutput<typeof organizationAuditSchema>['findings']>
  /** Runs `command` as a POSIX shell takes it, with `calreconnect` on the PATH. */
  shell(command: string, env?: Readonly<Record<string, string>>): Promise<CliResult>
  close(): Promise<void>
}

/** @param seed what the emulated organization has from the start */
export async function auditHome(seed: unknown = {}): Promise<AuditHome> {
  const cli = await emulatedCli({ seed, switches: { rate_limit_paid: 100_000 } })
  const { emulator } = cli
  const token = { CALENDLY_TOKEN: emulator.info.personalAccessToken }

  return {
    emulator,
    cli,
    token,
    async connect() {
      await cli.connect('--name', 'acme', '--callback-url', HOOK)
      const [own] = emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === HOOK)
      if (own === undefined) throw new Error('no webhook was made')
      return own.uri
    },
    async findings(args = [], env = {}) {
      const { envelope } = await cli.json(['webhooks', 'audit', ...args], { env })
      if (envelope.data === null) throw new Error(JSON.stringify(envelope.error))
      return envelope.data.findings
    },
    shell: shellOf(cli),
    close: () => cli.close(),
  }
}
