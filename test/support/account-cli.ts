// The command line with an emulator behind it, and somebody who gives consent in a browser.

import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/server.ts'
import { browse, type Consent, freePort } from './accounts.ts'
import { type CliHome, cliHome, type CliOptions, type CliResult } from './cli.ts'

export interface AccountCli extends CliHome {
  readonly emulator: Emulator
  readonly redirectUri: string
  /** Runs a command that asks for consent, and gives it. */
  consenting(args: readonly string[], person?: Consent, options?: CliOptions): Promise<CliResult>
  close(): Promise<void>
}

export async function accountCli(options: Omit<EmulatorOptions, 'redirectUris'> = {}): Promise<AccountCli> {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const emulator = await startEmulator({ ...options, redirectUris: [redirectUri] })
  const home = cliHome({
    CALENDLY_AUTH_URL: emulator.url,
    CALENDLY_API_URL: emulator.url,
    CALENDLY_CLIENT_ID: emulator.info.clientId,
    CALENDLY_CLIENT_SECRET: emulator.info.clientSecret,
    CALRECONNECT_REDIRECT_URI: redirectUri,
    NODE_ENV: 'test',
  })
  return {
    ...home,
    emulator,
    redirectUri,
    async consenting(args, person = {}, runOptions = {}) {
      const running = home.start([...args, '--no-browser'], runOptions)
      // Nothing is asked when nothing needs consent; a process that dies in between leaves the browser alone.
      const asked = await running.stderrUntil(/^http\S+\/oauth\/authorize\?\S+$/m).catch(() => null)
      if (asked !== null) await browse(asked[0], person, redirectUri).catch(() => null)
      return running.done
    },
    async close() {
      home.remove()
      await emulator.close()
    },
  }
}
