// `token`: a valid access token on stdout. The one command whose output has a secret.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'
import { issuedToken } from '../context/issued-token.ts'

const MIN_VALIDITY_SECONDS = '300'
/** Calendly's access tokens live two hours: asked for more, every run would spend a refresh token. */
const MIN_VALIDITY_SECONDS_MAX = 7_000

const EXAMPLES = `
Examples:
  $ curl -H "Authorization: Bearer $(calreconnect token)" https://api.calendly.com/users/me
  $ calreconnect token --account sales --min-validity 1800
  $ calreconnect token --json

With CALENDLY_TOKEN set and no --account, that is what is printed.
To keep the token out of shell history and process lists: calreconnect exec -- COMMAND`

export function addToken(parent: Command, ctx: Context): void {
  parent
    .command('token')
    .description('Print a valid access token, renewed first if it is about to expire.')
    .option('--min-validity <seconds>', 'how long it must be valid yet', MIN_VALIDITY_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly minValidity: string }) => runToken(ctx, flags.minValidity))
}

async function runToken(ctx: Context, minValidity: string): Promise<void> {
  const minValidityMs = wholeNumber(minValidity, '--min-validity', { min: 0, max: MIN_VALIDITY_SECONDS_MAX }) * 1000
  const { token, expiresAt, account } = await issuedToken(ctx, minValidityMs)
  const data = { accessToken: token.reveal(), tokenType: 'Bearer', expiresAt, account }
  ctx.show(data, ({ accessToken }) => accessToken)
}
