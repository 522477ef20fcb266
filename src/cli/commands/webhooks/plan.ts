// `webhooks plan`: a declarative file against Calendly. Changes nothing.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Plan } from '../../../core/plan/model.ts'
import type { Context } from '../../context.ts'
import { DECLARATION_FILE, type DeclarationFlags, declarativePorts, readDeclared, sessionFor } from '../../input/declared-accounts.ts'
import { acting } from '../../context/acting.ts'
import { count } from '../../render/words.ts'
import { webhookPorts } from '../../context/webhook-ports.ts'

interface PlanFlags extends DeclarationFlags {
  readonly file?: string
  readonly out?: string
  readonly detailedExitcode?: boolean
  readonly init?: boolean
}

export interface PlansData {
  readonly file: string
  /** Where the plan was written to. */
  readonly out: string | null
  readonly changes: number
  readonly plans: readonly Plan[]
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks plan --init > ${DECLARATION_FILE}
  $ calreconnect webhooks plan
  $ calreconnect webhooks plan -f staging.yaml --out staging.plan
  $ calreconnect webhooks plan --detailed-exitcode --json

The file:
  version: 1
  accounts:
    sales:                          # a connection's name or e-mail
      webhooks:
        - callback_url: https://example.com/calendly
          events: [invitee.created, invitee.canceled]
          scope: organization       # or user, or group with its URI as group

Webhooks of these accounts that are managed by calreconnect and not in the file would be deleted.`

export function addPlan(parent: Command, ctx: Context): void {
  parent
    .command('plan')
    .description('Show what has to change at Calendly so that it is as a declarative file says.')
    .option('-f, --file <file>', `the declarative file (default: ${DECLARATION_FILE})`)
    .option('--out <plan>', 'write the plan to a file, for webhooks apply')
    .option('--detailed-exitcode', 'exit 3 when there are changes')
    .option('--init', 'print a declarative file of what exists; with -f write it there')
    .option('--allow-http', 'accept plain-http callback URLs')
    .option('--allow-ephemeral-host', 'accept callback URLs at tunnels, on this machine or in a private network')
    .option('--allow-unknown-event', 'subscribe to events that this version does not know')
    .addHelpText('after', EXAMPLES)
    .action((flags: PlanFlags) => (flags.init === true ? runInit(ctx, flags) : runPlan(ctx, flags)))
}

async function runPlan(ctx: Context, flags: PlanFlags): Promise<void> {
  const file = flags.file ?? DECLARATION_FILE
  const declaration = await readDeclared(ctx, file, flags).catch((error: unknown) => {
    throw flags.file === undefined ? withInitHint(error) : error
  })
  const [{ planDeclaration }, { changesOf, renderPlans }] = await Promise.all([
    import('../../../operations/declarative/plan.ts'),
    import('../../render/declarative.ts'),
  ])
  const planned = await planDeclaration(await declarativePorts(ctx), declaration, (account) => sessionFor(ctx, account))
  const plans = planned.map(({ plan }) => plan)
  const changes = changesOf(plans)
  if (flags.out !== undefined) {
    const saved = planned.map(({ plan, before }) => ({ plan, before }))
    await (
      await ctx.declarativeFiles()
    ).writePlan(flags.out, { version: 1, madeAt: new Date(ctx.clock.nowMs()).toISOString(), plans: saved }, async (text) =>
      (await ctx.store()).seals.make(text),
    )
  }
  const pending = flags.detailedExitcode === true && changes > 0 ? pendingError(changes, file) : null
  const data: PlansData = { file, out: flags.out ?? null, changes, plans }
  ctx.show(data, (shown, view) => renderPlans(shown.plans, view), pending)
  if (changes > 0 && pending === null)
    ctx.hint(
      advise`To make ${changes === 1 ? 'this change' : 'these changes'}: ${next('webhooks', 'apply', ...(flags.out === undefined ? ['-f', file] : [flags.out]))}`,
    )
}

async function runInit(ctx: Context, flags: PlanFlags): Promise<void> {
  if (flags.out !== undefined || flags.detailedExitcode === true) {
    throw new CalreconnectError('USAGE', '--init writes a declarative file and makes no plan: leave out --out and --detailed-exitcode', {
      hint: next('webhooks', 'plan', '--init', '-f', DECLARATION_FILE),
    })
  }
  const [{ existingAccount }, { formatDeclaration, writeNew }] = await Promise.all([
    import('../../../operations/declarative/init.ts'),
    ctx.declarativeFiles(),
  ])
  const ports = await webhookPorts(ctx)
  const accounts = []
  for (const name of await namesToDeclare(ctx))
    accounts.push(await acting(ctx, (session) => existingAccount(ports, session), name === null ? {} : { name }))
  const yaml = formatDeclaration(accounts, { secrets: ctx.globals.showSecrets })
  if (flags.file !== undefined) await writeNew(flags.file, yaml)
  const webhooks = accounts.reduce((sum, account) => sum + account.webhooks.length, 0)
  ctx.show({ file: flags.file ?? null, accounts: accounts.map(({ name }) => name), yaml }, () =>
    flags.file === undefined ? yaml : `Wrote ${flags.file}: ${count(accounts.length, 'account')}, ${count(webhooks, 'webhook')}`,
  )
}

/** Every connection that works, or the one that is named. Null: the caller of CALENDLY_TOKEN, or whom --account means. */
async function namesToDeclare(ctx: Context): Promise<readonly (string | null)[]> {
  if (ctx.usesEnvironmentToken() || ctx.globals.account !== null) return [null]
  const connections = (await (await ctx.store()).connections.list()).filter(({ isActive }) => isActive)
  return connections.length === 0 ? [null] : connections.map(({ name }) => name)
}

function pendingError(changes: number, file: string): CalreconnectError {
  return new CalreconnectError('CHANGES_PENDING', `${file} and Calendly differ: ${count(changes, 'change')} to make`, {
    hint: next('webhooks', 'apply', '-f', file),
  })
}

function withInitHint(error: unknown): unknown {
  if (
    !(error instanceof CalreconnectError) ||
    error.code !== 'FILE_UNREADABLE' ||
    error.hint !== null ||
    error.answer.details !== undefined
  )
    return error
  return new CalreconnectError(error.code, error.message, {
    cause: error,
    hint: advise`Name a file with -f, or begin with ${next('webhooks', 'plan', '--init', '-f', DECLARATION_FILE)}`,
  })
}
