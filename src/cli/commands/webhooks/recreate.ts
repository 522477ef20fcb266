// `webhooks recreate`: the connection's subscription anew, with a fresh signing key.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { confirmPlan, showChange, webhookPorts } from '../../context/webhook-ports.ts'

interface RecreateFlags {
  readonly overlap?: boolean
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks recreate
  $ calreconnect webhooks recreate --overlap --yes
  $ calreconnect webhooks recreate --dry-run

Calendly allows a URL only once, so the old one is deleted before the new one is created; how long there was none is
measured. With --overlap the new one is created first, at the same URL plus ?calreconnect=<n>, and there is no gap.`

export function addRecreate(parent: Command, ctx: Context): void {
  parent
    .command('recreate')
    .description("Make the connection's own webhook subscription anew, with a fresh signing key.")
    .option('--overlap', 'no gap: create at the same URL plus ?calreconnect=<n> first, then delete the old one')
    .option('--dry-run', 'show what would be done and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((flags: RecreateFlags) => runRecreate(ctx, flags))
}

async function runRecreate(ctx: Context, flags: RecreateFlags): Promise<void> {
  const [{ prepareRecreate, recreate }, { renderWebhookChange }, { whatOf }] = await Promise.all([
    import('../../../operations/webhooks/recreate.ts'),
    import('../../render/webhooks.ts'),
    import('../../render/plan.ts'),
  ])
  await acting(
    ctx,
    async (session) => {
      const ports = await webhookPorts(ctx)
      const prepared = await prepareRecreate(ports, session, { overlap: flags.overlap === true })
      const dryRun = flags.dryRun === true
      if (!dryRun)
        await confirmPlan(ctx, prepared.plan, {
          command: 'webhooks recreate',
          what: whatOf(prepared.plan),
          session,
          yes: flags.yes === true,
        })
      const data = await recreate(ports, session, prepared, { dryRun })
      showChange(ctx, data, (value, view) => renderWebhookChange(value, view, { dryRun }), next('reconnect'))
      if (data.webhook !== null) {
        ctx.hint(advise`Give the receiver its new key: ${next('webhooks', 'get', data.webhook.id, '--show-secret')}`)
      }
    },
    { storedOnly: true },
  )
}
