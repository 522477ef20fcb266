// The command line with an emulator behind it, and somebody who gives consent in a browser.

import type { EmulatorOptions } from '../../src/emulator/server.ts'
import { browse, type Consent } from './accounts.ts'
import { freePort } from './http-server.ts'
import type { CliOptions, CliResult } from './cli.ts'
import { type EmulatedCli, emulatedCli } from './connected.ts'

export interface AccountCli extends EmulatedCli {
  readonly redirectUri: string
  /** Runs a command that asks for consent, and gives it. */
  consenting(args: readonly string[], person?: Consent, options?: CliOptions): Promise<CliResult>
}

export async function accountCli(options: Omit<EmulatorOptions, 'redirectUris'> = {}): Promise<AccountCli> {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const home = await emulatedCli({ ...options, redirectUris: [redirectUri] }, ({ info }) => ({
    CALENDLY_CLIENT_ID: info.clientId,
    CALENDLY_CLIENT_SECRET: info.clientSecret,
    CALRECONNECT_REDIRECT_URI: redirectUri,
    NODE_ENV: 'test',
  }))
  return {
    ...home,
    redirectUri,
    async consenting(args, person = {}, runOptions = {}) {
      const running = home.start([...args, '--no-browser'], runOptions)
      // Nothing is asked when nothing needs consent; a process that dies in between leaves the browser alone.
      const asked = await running.stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m).catch(() => null)
      if (asked !== null) await browse(asked[0], person, redirectUri).catch(() => null)
      return running.done
    },
  }
}
