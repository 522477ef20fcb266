// `webhooks apply`: carries out a saved plan, or a declarative file as it is now.

import { advise, again, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { ApplyResults } from '../../../operations/declarative/apply.ts'
import { problemOf } from '../../../operations/execute/errors.ts'
import type { PlannedAccount } from '../../../operations/declarative/plan.ts'
import { confirmChanges } from '../../input/confirm-changes.ts'
import type { Context } from '../../context.ts'
import { type DeclarationFlags, declarativePorts, readDeclared, sessionFor, sessionsForPlans } from '../../input/declared-accounts.ts'
import type { SealedPlanFile } from '../../../core/ports/files.ts'
import { count } from '../../render/words.ts'
import { webhookPorts } from '../../context/webhook-ports.ts'

interface ApplyFlags extends DeclarationFlags {
  readonly file?: string
  readonly yes?: boolean
}

const COMMAND = 'webhooks apply'
/** Before the question; of more only the number is shown, and asked for. */
const SHOWN_MAX = 30

const EXAMPLES = `
Examples:
  $ calreconnect webhooks apply -f calreconnect.yaml
  $ calreconnect webhooks plan --out today.plan && calreconnect webhooks apply today.plan --yes

A saved plan is refused (exit 5) when what it would delete has changed since (PLAN_STALE), or when it is not as it was made (PLAN_TAMPERED):
it bears a seal of the store's key. What was done of it already is not done again.
What reconnect looks after follows the file: the connection's own webhook gets its events from there, or is dropped when it is not in it.`

export function addApply(parent: Command, ctx: Context): void {
  parent
    .command('apply [plan]')
    .description('Make Calendly as a declarative file says: from a plan that webhooks plan --out wrote, or from the file with -f.')
    .option('-f, --file <file>', 'the declarative file')
    .option('--yes', 'do not ask')
    .option('--allow-http', 'accept plain-http callback URLs')
    .option('--allow-ephemeral-host', 'accept callback URLs at tunnels, on this machine or in a private network')
    .option('--allow-unknown-event', 'subscribe to events that this version does not know')
    .addHelpText('after', EXAMPLES)
    .action((plan: string | undefined, flags: ApplyFlags) => runApply(ctx, plan, flags))
}

async function runApply(ctx: Context, planFile: string | undefined, flags: ApplyFlags): Promise<void> {
  const planned = await plannedAccounts(ctx, planFile, flags)
  const [{ applyPlans }, { changesOf, renderApply, renderPlans }] = await Promise.all([
    import('../../../operations/declarative/apply.ts'),
    import('../../render/declarative.ts'),
  ])
  const plans = planned.map(({ plan }) => plan)
  const changes = changesOf(plans)
  await confirmChanges(
    ctx,
    {
      count: changes,
      command: COMMAND,
      what: `make ${count(changes, 'change')} at Calendly`,
      look: planFile === undefined ? advise`${next('webhooks', 'plan', '-f', String(flags.file))} shows them` : again({ add: ['--yes'] }),
      show: (view) => renderPlans(plans, view, { rowsMax: SHOWN_MAX }),
      countFrom: SHOWN_MAX + 1,
    },
    flags,
  )
  const data = await applyPlans(await webhookPorts(ctx), planned, { command: COMMAND })
  const problem = overallProblem(data)
  if (problem !== null && problem.exit !== 'partial') throw problem
  ctx.show(data, renderApply, problem)
}

/** @throws USAGE unless exactly one of plan and file is named */
async function plannedAccounts(ctx: Context, planFile: string | undefined, flags: ApplyFlags): Promise<readonly PlannedAccount[]> {
  if (planFile === undefined && flags.file !== undefined) {
    const declaration = await readDeclared(ctx, flags.file, flags)
    const { planDeclaration } = await import('../../../operations/declarative/plan.ts')
    return planDeclaration(await declarativePorts(ctx), declaration, (account) => sessionFor(ctx, account))
  }
  if (planFile === undefined || flags.file !== undefined) {
    const message =
      planFile === undefined
        ? 'Name a saved plan, or a declarative file with -f'
        : 'Name a saved plan or a declarative file with -f, not both'
    throw new CalreconnectError('USAGE', message, { hint: next('webhooks', 'apply', '-f', 'calreconnect.yaml') })
  }
  const [{ readPlan }, { refreshed }] = await Promise.all([ctx.declarativeFiles(), import('../../../operations/declarative/apply.ts')])
  const read = await readPlan(planFile)
  const planned = await sessionsForPlans(ctx, planFile, read.plans)
  await checkSeal(ctx, planFile, read, planned)
  return refreshed(await declarativePorts(ctx), planned)
}

/**
 * What is deleted can be checked against Calendly, what is made cannot: whoever may write the file may name a URL of their own. So a plan for
 * a stored connection bears the seal of its store; with CALENDLY_TOKEN there may be no store, and then that is said.
 * @throws PLAN_TAMPERED
 */
async function checkSeal(ctx: Context, file: string, { text, seal }: SealedPlanFile, planned: readonly PlannedAccount[]): Promise<void> {
  const verdict = await (await ctx.store()).seals.check(text, seal)
  if (verdict === 'intact') return
  const { tamperedError } = await import('../../../operations/declarative/apply.ts')
  if (verdict === 'broken') throw tamperedError([`${file} was changed after it was written`])
  if (planned.some(({ session }) => session.connection !== null)) throw tamperedError([`${file} was not written with this store`])
  ctx.warn(
    `It could not be checked whether ${file} was changed since it was made: ${seal === null ? 'it was made without a store' : 'the key of its store is not here'}`,
  )
}

function overallProblem({ results }: ApplyResults): CalreconnectError | null {
  const [only, another] = results
  if (only === undefined) return null
  if (another === undefined) return problemOf(only.plan, only)
  const bad = results.filter(({ failed, error }) => failed.length > 0 || error !== undefined)
  const [first] = bad
  if (first === undefined) return null
  const reason = first.error?.message ?? first.failed[0]?.error.message ?? ''
  return new CalreconnectError(
    'PARTIAL',
    `${bad.length} of ${results.length} accounts could not be finished; ${first.account}: ${reason}`,
    {
      hint: advise`${again()} continues`,
    },
  )
}
