// `webhooks keys remove`: forgets the keys of one subscription.

import type { Command } from 'commander'
import type { Context } from '../../../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect webhooks keys remove AAAA-BBBB
  $ calreconnect webhooks keys remove https://api.calendly.com/webhook_subscriptions/AAAA`

export function addKeysRemove(parent: Command, ctx: Context): void {
  parent
    .command('remove <webhook>')
    .alias('rm')
    .description('Forget the signing keys of a subscription (its URI or id), current and previous. Nothing changes at Calendly.')
    .addHelpText('after', EXAMPLES)
    .action((webhook: string) => runKeysRemove(ctx, webhook))
}

async function runKeysRemove(ctx: Context, webhook: string): Promise<void> {
  const [{ removeKeys }, { renderKeyRemoved }] = await Promise.all([
    import('../../../../operations/webhooks/keys.ts'),
    import('../../../render/keys.ts'),
  ])
  const { subscriptions } = await ctx.store()
  const data = await removeKeys(subscriptions, webhook)
  ctx.show(data, renderKeyRemoved)
  if (data.removed && data.managed) ctx.warn('It is a managed subscription: without its key the next reconnect replaces it')
}
