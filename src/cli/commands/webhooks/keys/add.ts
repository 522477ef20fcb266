// `webhooks keys add`: a key that somebody else's tool gave a subscription, so that its deliveries verify here.

import { next } from '../../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../../core/errors/errors.ts'
import { Secret } from '../../../../core/secrets/secret.ts'
import { acting } from '../../../context/acting.ts'
import type { Context } from '../../../context.ts'

/** A key with its newline, many times over. */
const KEY_FILE_BYTES_MAX = 64 * 1024

interface AddFlags {
  readonly stdin?: boolean
  readonly file?: string
}

const EXAMPLES = `
Examples:
  $ pass show calendly/signing-key | calreconnect webhooks keys add AAAA-BBBB --stdin
  $ calreconnect webhooks keys add https://api.calendly.com/webhook_subscriptions/AAAA --file key.txt

The key's text is stored as it is, but for one newline at its end. A different key known before is kept as the previous one.`

export function addKeysAdd(parent: Command, ctx: Context): void {
  parent
    .command('add <webhook>')
    .description('Store the signing key of a subscription (its URI or id). Does not make the subscription a managed one.')
    .option('--stdin', 'read the key from standard input')
    .option('--file <path>', 'read the key from a file')
    .addHelpText('after', EXAMPLES)
    .action((webhook: string, flags: AddFlags) => runKeysAdd(ctx, webhook, flags))
}

async function runKeysAdd(ctx: Context, webhook: string, flags: AddFlags): Promise<void> {
  if (flags.stdin === true && flags.file !== undefined) throw new CalreconnectError('USAGE', 'Pass --stdin or --file, not both')
  if (flags.stdin !== true && flags.file === undefined && !ctx.canPrompt) {
    throw new CalreconnectError('INPUT_REQUIRED', 'The signing key is needed: pass --stdin or --file', {
      hint: next('webhooks', 'keys', 'add', webhook, '--stdin'),
    })
  }
  const [{ addKey, checkKeyText }, { checkNamed, findWebhook }, { renderKeyAdded }] = await Promise.all([
    import('../../../../operations/webhooks/keys.ts'),
    import('../../../../operations/webhooks/find.ts'),
    import('../../../render/keys.ts'),
  ])
  checkNamed([webhook])
  const { text, warning } = checkKeyText(await keyBytes(ctx, flags))
  if (warning !== null) ctx.warn(warning)
  const { subscriptions } = await ctx.store()
  const added = await acting(ctx, async (session) => {
    const uri = await findWebhook(subscriptions, session, webhook)
    return addKey(subscriptions, session, { webhook: uri, key: new Secret(text) })
  })
  ctx.show(added, renderKeyAdded)
}

/** @throws FILE_UNREADABLE */
async function keyBytes(ctx: Context, { stdin, file }: AddFlags): Promise<Uint8Array> {
  if (stdin === true) return ctx.readStdin()
  if (file === undefined) return new TextEncoder().encode((await (await ctx.prompts()).secret('Signing key')).reveal())
  return ctx.readFile(file, KEY_FILE_BYTES_MAX)
}
