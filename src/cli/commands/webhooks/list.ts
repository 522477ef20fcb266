// `webhooks list`: what is at Calendly.

import { type Command, Option } from 'commander'
import { type Scope, SCOPES, type SubscriptionState } from '../../../core/calendly/model.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { existingStore } from '../../context/existing-store.ts'
import { webhookPorts } from '../../context/webhook-ports.ts'

interface ListFlags {
  readonly scope?: Scope
  readonly group?: string
  readonly url?: readonly string[]
  readonly state?: SubscriptionState
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks list
  $ calreconnect webhooks list --url '*.ngrok.app*' --state disabled
  $ calreconnect webhooks list --scope user
  $ calreconnect webhooks list --json | jq -r '.data.webhooks[].callback_url'`

export function addList(parent: Command, ctx: Context): void {
  parent
    .command('list')
    .alias('ls')
    .description('List webhook subscriptions, in every scope that the account may see, with what is known and wrong of each.')
    .addOption(new Option('--scope <scope>', 'only this scope').choices([...SCOPES]))
    .option('--group <uri>', "a group's subscriptions too")
    .option('--url <glob...>', 'only callback URLs that fit; * stands for anything')
    .addOption(new Option('--state <state>', 'only this state').choices(['active', 'disabled']))
    .addHelpText('after', EXAMPLES)
    .action((flags: ListFlags) => runList(ctx, flags))
}

async function runList(ctx: Context, flags: ListFlags): Promise<void> {
  const [{ listWebhooks }, { listHints, renderWebhooks }] = await Promise.all([
    import('../../../operations/webhooks/list.ts'),
    import('../../render/webhooks.ts'),
  ])
  await acting(ctx, async (session) => {
    // With CALENDLY_TOKEN a store is not made, but one that is there is asked what it knows.
    const store = (await existingStore(ctx)) === null ? null : await webhookPorts(ctx)
    const data = await listWebhooks({ store, progress: await ctx.progress() }, session, {
      scope: flags.scope ?? null,
      group: flags.group ?? null,
      urlGlobs: flags.url ?? [],
      state: flags.state ?? null,
    })
    ctx.show(data, renderWebhooks)
    for (const hint of listHints(data, Object.keys(flags).length > 0)) ctx.hint(hint)
  })
}
