// `exec -- CMD …`: another program with CALENDLY_TOKEN set. It never gets what could renew the token or open the store.

import { MIN_VALIDITY_MS } from '../../core/connection/token.ts'
import { next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { withoutSecrets } from '../../core/secrets/own-secrets.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { issuedToken } from '../context/issued-token.ts'

const EXAMPLES = `
Examples:
  $ calreconnect exec -- npm run sync-meetings
  $ calreconnect exec --account sales -- sh -c 'curl -H "Authorization: Bearer $CALENDLY_TOKEN" https://api.calendly.com/users/me'

The access token is valid for five minutes at least, two hours at most; the refresh token is never passed on, nor are
CALENDLY_CLIENT_SECRET, CALENDLY_WEBHOOK_SIGNING_KEY and CALRECONNECT_KEY. With CALENDLY_TOKEN set and no --account, that one is passed on.
Ends with the command's own exit code.`

export function addExec(parent: Command, ctx: Context): void {
  parent
    .command('exec <command...>')
    .description('Run a command with CALENDLY_TOKEN set to a valid access token. Put -- before it.')
    .usage('[options] -- <command> [arguments...]')
    .addHelpText('after', EXAMPLES)
    .action((words: string[]) => runExec(ctx, words))
}

async function runExec(ctx: Context, [command = '', ...args]: readonly string[]): Promise<void> {
  if (ctx.globals.json) {
    throw new CalreconnectError('USAGE', 'exec cannot be used with --json: standard output belongs to the command', {
      hint: next('token', '--json'),
    })
  }
  const { token } = await issuedToken(ctx, MIN_VALIDITY_MS)
  // Nothing stays open, and nothing is on the terminal, while the command runs.
  await ctx.close()
  ctx.setExit(await ctx.runProgram(command, args, { ...withoutSecrets(ctx.env), CALENDLY_TOKEN: token.reveal() }))
}
