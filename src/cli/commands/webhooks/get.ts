// `webhooks get`: one subscription.

import type { Command } from 'commander'
import { advise, next } from '../../../core/errors/advice.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { existingStore } from '../../context/existing-store.ts'

const EXAMPLES = `
Examples:
  $ calreconnect webhooks get 2a3f8f4e-5f0b-4d0e-9c7a-0c3d5e6f7a8b
  $ calreconnect webhooks get https://api.calendly.com/webhook_subscriptions/AAAAAAAAAAAAAAAA --json
  $ calreconnect webhooks get AAAAAAAA
  $ calreconnect webhooks get https://example.com/calendly --show-secret > key.txt`

export function addGet(parent: Command, ctx: Context): void {
  parent
    .command('get <uri-or-id>')
    .description(
      'Show one webhook subscription: by its URI, its id or the beginning of it, or its callback URL. Calendly never tells signing keys; --show-secret prints the one stored here.',
    )
    .option('--show-secret', 'print the stored signing key on stdout')
    .addHelpText('after', EXAMPLES)
    .action((text: string, flags: { readonly showSecret?: boolean }) => runGet(ctx, text, flags.showSecret === true))
}

async function runGet(ctx: Context, text: string, showSecret: boolean): Promise<void> {
  const [{ getWebhook }, { checkNamed, findWebhook }, { renderWebhook }] = await Promise.all([
    import('../../../operations/webhooks/get.ts'),
    import('../../../operations/webhooks/find.ts'),
    import('../../render/webhooks.ts'),
  ])
  checkNamed([text])
  await acting(ctx, async (session) => {
    // With CALENDLY_TOKEN a store is not made, but one that is there is asked what it knows.
    const subscriptions = (await existingStore(ctx))?.subscriptions ?? null
    const uri = await findWebhook(subscriptions, session, text)
    const detail = await getWebhook({ subscriptions }, session, { uri, showSecret })
    ctx.show(detail, renderWebhook)
    const { retryStartedAt, signingKeyStored, state, id } = detail.webhook
    // What a receiver answers is known to it and to Calendly alone.
    if (retryStartedAt !== null && state === 'active' && signingKeyStored && !showSecret) {
      ctx.hint(advise`Its receiver fails. To see what it answers: ${next('webhooks', 'test', id)}`)
    }
  })
}
