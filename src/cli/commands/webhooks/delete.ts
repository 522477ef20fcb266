// `webhooks delete`: exactly the subscriptions that are named.

import type { Command } from 'commander'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { confirmPlan, showChange, webhookPorts } from '../../context/webhook-ports.ts'

interface DeleteFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks delete AAAAAAAAAAAAAAAA
  $ calreconnect webhooks delete AAAAAAAAAAAAAAAA BBBBBBBBBBBBBBBB --yes
  $ calreconnect webhooks delete https://api.calendly.com/webhook_subscriptions/AAAAAAAAAAAAAAAA --dry-run`

export function addDelete(parent: Command, ctx: Context): void {
  parent
    .command('delete <uri-or-id...>')
    .alias('rm')
    .description(
      'Delete exactly these webhook subscriptions, by URI, id or its beginning, or callback URL. Their definitions are kept in the journal.',
    )
    .option('--dry-run', 'show what would be deleted and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((texts: string[], flags: DeleteFlags) => runDelete(ctx, texts, flags))
}

async function runDelete(ctx: Context, texts: readonly string[], flags: DeleteFlags): Promise<void> {
  const [{ deleteWebhooks, prepareDelete }, { checkNamed, findWebhooks }, { renderChange, whatOf }] = await Promise.all([
    import('../../../operations/webhooks/delete.ts'),
    import('../../../operations/webhooks/find.ts'),
    import('../../render/plan.ts'),
  ])
  checkNamed(texts)
  await acting(ctx, async (session) => {
    const ports = await webhookPorts(ctx)
    const uris = await findWebhooks(ports.subscriptions, session, texts)
    const prepared = await prepareDelete(ports, session, uris)
    for (const uri of prepared.missing) ctx.warn(`${uri} is gone already`)
    const dryRun = flags.dryRun === true
    const { plan } = prepared
    if (!dryRun) await confirmPlan(ctx, plan, { command: 'webhooks delete', what: whatOf(plan), session, yes: flags.yes === true })
    const data = dryRun ? { plan, applied: [], failed: [] } : await deleteWebhooks(ports, session, prepared)
    showChange(ctx, data, (value, view) => renderChange(value, view, { dryRun }))
  })
}
