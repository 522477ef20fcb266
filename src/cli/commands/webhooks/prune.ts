// `webhooks prune`: deletes what the criteria select, after showing it.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import type { Plan } from '../../../core/plan/model.ts'
import { writesOf } from '../../../core/plan/reconcile.ts'
import type { PruneCriteria } from '../../../core/plan/prune.ts'
import type { Session } from '../../../operations/observe/session.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { wholeNumber } from '../../input/globals.ts'
import { shown } from '../../render/view.ts'
import { relativeTime } from '../../render/words.ts'
import { confirmPlan, showChange, webhookPorts } from '../../context/webhook-ports.ts'

interface PruneFlags {
  readonly duplicates?: boolean
  readonly disabled?: boolean
  readonly superseded?: boolean
  readonly creatorGone?: boolean
  readonly includeForeign?: boolean
  readonly url?: readonly string[]
  readonly olderThan?: string
  readonly allButCurrent?: boolean
  readonly keep?: string
  readonly maxDeletes?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const NUMBER_MAX = 1_000_000

const EXAMPLES = `
Examples:
  $ calreconnect webhooks prune --dry-run
  $ calreconnect webhooks prune --url '*.ngrok.app*' --url '*.trycloudflare.com*'
  $ calreconnect webhooks prune --duplicates --disabled --include-foreign --max-deletes 20 --yes
  $ calreconnect webhooks prune --older-than 90d --keep 1

Without criteria: duplicates, disabled and superseded ones among those that this connection manages. Foreign ones are
selected only with --url or --include-foreign. --older-than and --keep narrow what the other criteria select.`

export function addPrune(parent: Command, ctx: Context): void {
  parent
    .command('prune')
    .description('Delete webhook subscriptions that nobody needs any more. Their definitions are kept in the journal.')
    .option('--duplicates', 'all but one that deliver the same events to the same URL')
    .option('--disabled', 'those that Calendly has disabled')
    .option('--superseded', 'made for this connection earlier, desired no more')
    .option('--creator-gone', 'made by somebody who left, or may not have organization scope any more')
    .option('--url <glob...>', 'callback URLs that fit; * stands for anything; foreign ones too')
    .option('--older-than <age>', 'created longer ago: 45m, 12h, 30d, 8w')
    .option('--all-but-current', "all but the connection's own")
    .option('--keep <n>', 'of what is selected, keep the newest n of each identity')
    .option('--include-foreign', 'also those that were made elsewhere')
    .option('--max-deletes <n>', 'refuse to delete more than this many')
    .option('--dry-run', 'show what would be deleted and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((flags: PruneFlags) => runPrune(ctx, flags))
}

async function runPrune(ctx: Context, flags: PruneFlags): Promise<void> {
  const [{ chosenOf, preparePrune, prune }, { checkMaxDeletes, parseAge }, { renderChange, whatOf }] = await Promise.all([
    import('../../../operations/webhooks/prune.ts'),
    import('../../../core/plan/prune.ts'),
    import('../../render/plan.ts'),
  ])
  const criteria = criteriaFrom(flags, parseAge)
  const deletesMax = flags.maxDeletes === undefined ? null : wholeNumber(flags.maxDeletes, '--max-deletes', { min: 0, max: NUMBER_MAX })
  await acting(ctx, async (session) => {
    const ports = await webhookPorts(ctx)
    const prepared = await preparePrune(ports, session, criteria)
    const dryRun = flags.dryRun === true
    const isAsking = !dryRun && flags.yes !== true
    const plan = isAsking && ctx.canPrompt ? chosenOf(prepared.plan, await choose(ctx, session, prepared.plan)) : prepared.plan
    checkMaxDeletes(plan, deletesMax)
    tellOwn(ctx, session, plan)
    if (isAsking) await confirmPlan(ctx, plan, { command: 'webhooks prune', what: whatOf(plan), session, yes: false })
    const data = dryRun ? { plan, applied: [], failed: [] } : await prune(ports, session, { ...prepared, plan })
    showChange(ctx, data, (value, view) => renderChange(value, view, { dryRun }))
    if (dryRun && writesOf(plan).length > 0) ctx.hint('Run again without --dry-run to delete them')
  })
}

function criteriaFrom(flags: PruneFlags, parseAge: (text: string) => number): PruneCriteria {
  return {
    duplicates: flags.duplicates === true,
    disabled: flags.disabled === true,
    superseded: flags.superseded === true,
    creatorGone: flags.creatorGone === true,
    includeForeign: flags.includeForeign === true,
    allButCurrent: flags.allButCurrent === true,
    urlGlobs: flags.url ?? [],
    olderThanMs: flags.olderThan === undefined ? null : parseAge(flags.olderThan),
    keep: flags.keep === undefined ? null : wholeNumber(flags.keep, '--keep', { min: 0, max: NUMBER_MAX }),
  }
}

/** Its own webhook is one that reconnect would make anew: said where nobody chooses. */
function tellOwn(ctx: Context, { account, connection }: Session, plan: Plan): void {
  const own = connection?.webhookUri ?? null
  if (own === null || !writesOf(plan).some(({ uri }) => uri === own)) return
  ctx.warn(advise`${own} is the webhook of ${account} itself; to have it again: ${next('reconnect', account)}`)
}

/** A checkbox list, everything ticked but the connection's own webhook. */
async function choose(ctx: Context, { connection }: Session, plan: Plan): Promise<readonly string[]> {
  const steps = writesOf(plan).flatMap((step) => (step.action === 'delete' ? [step] : []))
  if (steps.length === 0) return []
  const nowMs = ctx.clock.nowMs()
  const choices = steps.map((step) => {
    const isOwn = step.uri === connection?.webhookUri
    const why = isOwn ? `its own webhook, ${step.why.replaceAll('_', ' ')}` : step.why.replaceAll('_', ' ')
    const name = `${shown(step.callbackUrl, { secrets: ctx.globals.showSecrets })}  ${step.scope}  ${step.state}  ${relativeTime(step.createdAt, nowMs)}  (${why})`
    return { name, value: step.uri, checked: !isOwn }
  })
  return (await ctx.prompts()).checkbox(`Delete which of these ${steps.length} subscriptions?`, choices)
}
