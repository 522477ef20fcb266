// `webhooks restore`: brings back what a run deleted.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { RunJournal } from '../../../core/ports/journal.ts'
import { writesOf } from '../../../core/plan/reconcile.ts'
import type { RestoreSource } from '../../../operations/webhooks/restore.ts'
import type { Session } from '../../../operations/observe/session.ts'
import { actingAs } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { count, idOf, listOf } from '../../render/words.ts'

interface RestoreFlags {
  readonly uri?: readonly string[]
  readonly yes?: boolean
  readonly dryRun?: boolean
}

const COMMAND = 'webhooks restore'

const EXAMPLES = `
Examples:
  $ calreconnect webhooks restore
  $ calreconnect webhooks restore 3f9a --yes
  $ calreconnect webhooks restore --uri https://api.calendly.com/webhook_subscriptions/AAAA --dry-run

Signing keys that are known here are used again, so that receivers go on verifying. What is there already stays.`

export function addRestore(parent: Command, ctx: Context): void {
  parent
    .command('restore [run]')
    .description('Bring back the webhooks that a run deleted, from its backup; by default those of the last run that deleted any.')
    .option('--uri <uri...>', 'only these deleted subscriptions, by URI or id, whatever run deleted them')
    .option('--dry-run', 'show what would be made, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((run: string | undefined, flags: RestoreFlags) => runRestore(ctx, run, flags))
}

async function runRestore(ctx: Context, run: string | undefined, flags: RestoreFlags): Promise<void> {
  if (run !== undefined && flags.uri !== undefined) throw new CalreconnectError('USAGE', 'Name a run or pass --uri, not both')
  const [{ plannedRestore, restore }, { renderChange }, { confirmPlan, showChange, webhookPorts }] = await Promise.all([
    import('../../../operations/webhooks/restore.ts'),
    import('../../render/plan.ts'),
    import('../../context/webhook-ports.ts'),
  ])
  const ports = await webhookPorts(ctx)
  const { session: first, source } = await sourceOf(ctx, ports.runs, { run, uris: flags.uri ?? null })
  await actingAs(ctx, first, async (session) => {
    const planned = await plannedRestore(ports, session, source)
    if (flags.dryRun === true) {
      ctx.show({ plan: planned.plan, applied: [], failed: [] }, (shown, view) => renderChange(shown, view, { dryRun: true }))
      return
    }
    const what = `make ${count(writesOf(planned.plan).length, 'subscription')} anew`
    await confirmPlan(ctx, planned.plan, { command: COMMAND, what, session, yes: flags.yes === true })
    const data = await restore(ports, session, planned, { command: COMMAND })
    const continuing = next(...COMMAND.split(' '), ...(source.runId === null ? [] : [source.runId]), '--account', session.account)
    showChange(ctx, data, (shown, view) => renderChange(shown, view, { dryRun: false }), continuing)
    if (data.applied.length > 0 && planned.withoutKey.length > 0) {
      ctx.warn(
        advise`No signing key was on record for ${listOf(planned.withoutKey.map(idOf))}: new ones were made, and receivers must be told (${next('webhooks', 'get', 'ID', '--show-secret')})`,
      )
    }
  })
}

/** A run knows whose it is; without one, who acts says so. */
async function sourceOf(
  ctx: Context,
  runs: RunJournal,
  wanted: { readonly run: string | undefined; readonly uris: readonly string[] | null },
): Promise<{ readonly session: Session; readonly source: RestoreSource }> {
  const { backupsOfLastRun, backupsOfRun, backupsOfUris } = await import('../../../operations/webhooks/restore.ts')
  if (wanted.run === undefined) {
    const session = await ctx.session()
    const { account } = session
    return { session, source: await (wanted.uris === null ? backupsOfLastRun(runs, account) : backupsOfUris(runs, account, wanted.uris)) }
  }
  const source = await backupsOfRun(runs, wanted.run)
  const session = await ctx.session(ctx.globals.account !== null || ctx.usesEnvironmentToken() ? {} : { name: source.account })
  if (session.account !== source.account) {
    throw new CalreconnectError(
      'USAGE',
      `The run ${source.runId} was made for ${source.account}, and this command acts as ${session.account}`,
      {
        hint: next(...COMMAND.split(' '), wanted.run, '--account', source.account),
      },
    )
  }
  return { session, source }
}
