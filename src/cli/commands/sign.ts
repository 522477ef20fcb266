// `sign`: the signature header of a body.

import type { Command } from 'commander'
import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { timeFrom } from '../input/globals.ts'
import { keyToSignWith } from '../input/receiver.ts'
import type { SigningKeyFlags } from '../input/signing-key.ts'

interface SignFlags extends SigningKeyFlags {
  readonly at?: string
}

const EXAMPLES = `
Examples:
  $ calreconnect sign body.json --signing-key-file key.txt
  $ calreconnect verify body.json --signature "$(calreconnect sign body.json)"
  $ curl https://example.com/hook -H "Calendly-Webhook-Signature: $(calreconnect sign body.json)" --data-binary @body.json

Key: the one given, else the one stored for --account, else CALENDLY_WEBHOOK_SIGNING_KEY. The bytes are signed as they are.`

export function addSign(parent: Command, ctx: Context): void {
  parent
    .command('sign [file]')
    .description('Print the Calendly-Webhook-Signature header for a body. - is standard input. Needs no network.')
    .option('--at <time>', 'sign for this time instead of now: ISO 8601, or epoch seconds')
    .option('--signing-key-file <file>', 'a file with the signing key')
    .option('--signing-key-stdin', 'read the signing key from standard input')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, flags: SignFlags) => runSign(ctx, file ?? '-', flags))
}

async function runSign(ctx: Context, file: string, flags: SignFlags): Promise<void> {
  if (file === '-' && flags.signingKeyStdin === true) {
    throw new CalreconnectError('USAGE', 'Standard input can carry the body or the key, not both', { hint: 'Pass --signing-key-file' })
  }
  if (file === '-' && ctx.host.stdin.isTTY) {
    throw new CalreconnectError('USAGE', 'Name a file with the body, or pipe it in', { hint: next('sign', '--help') })
  }
  const atMs = flags.at === undefined ? ctx.clock.nowMs() : timeFrom(flags.at, '--at')
  const key = await keyToSignWith(ctx, flags)
  const [{ signBody }, captureFiles] = await Promise.all([import('../../operations/deliveries/sign.ts'), ctx.captureFiles()])
  ctx.show(signBody(await captureFiles.readBody(file), key, atMs), ({ header }) => header)
}
