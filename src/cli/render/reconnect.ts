// What `reconnect` did, or would do, as people read it.

import { advise, again, hintText, next, NO_INVOCATION, type Hint } from '../../core/errors/advice.ts'
import type { ExitName } from '../../core/errors/exit-codes.ts'
import type { Plan } from '../../core/plan/model.ts'
import type { ReconnectResult, ReconnectResults } from '../../operations/connect/reconnect.ts'
import { renderChange, whatOf } from './plan.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'
import { count } from './words.ts'

const TRANSIENT: ReadonlySet<ExitName> = new Set(['unreachable', 'rate_limited', 'store', 'interrupted'])

interface Options {
  readonly dryRun: boolean
}

/** One account in full; several, a line each and a sum. What would be changed is always shown in full. */
export function renderReconnect({ results }: ReconnectResults, view: View, options: Options): string {
  const [only] = results
  if (only === undefined) return ''
  if (results.length === 1) return accountText(only, view, options)
  const done = results.filter(({ error, failed }) => error === undefined && failed.length === 0).length
  const sum = `${done} of ${count(results.length, 'account')} ${options.dryRun ? 'planned' : 'reconnected'}`
  const texts = results.map((result) =>
    options.dryRun && hasChanges(result) ? accountText(result, view, options) : accountLine(result, view, options),
  )
  return [...texts, '', sum].join('\n')
}

function hasChanges({ plan }: ReconnectResult): boolean {
  return plan?.steps.some(({ action }) => action !== 'keep') === true
}

/** What to run next. */
export function reconnectHints({ results }: ReconnectResults, options: Options): readonly Hint[] {
  if (options.dryRun) return results.some(hasChanges) ? [advise`To do it: ${again({ without: ['--dry-run'] })}`] : []
  const bare = results.filter(({ plan }) => plan !== null && plan.steps.every(({ action }) => action === 'delete'))
  return bare.map(({ account }) => advise`${account} has no callback URL yet: ${next('reconnect', account, '--callback-url', 'URL')}`)
}

function accountText(result: ReconnectResult, view: View, options: Options): string {
  const { plan } = result
  if (plan === null) return accountLine(result, view, options)
  const head = `${view.paint.bold(printable(result.account))}  ${tokenWords(result)}`
  return `${head}\n${renderChange({ ...result, plan }, view, options)}`
}

function accountLine(result: ReconnectResult, view: View, options: Options): string {
  const { account, plan, error = result.failed[0]?.error } = result
  const { paint, invocation = NO_INVOCATION } = view
  const name = paint.bold(printable(account))
  if (error !== undefined || plan === null) {
    const line = `${paint.red('✗')} ${name}  ${printable(error?.message ?? 'not done')}`
    // What only needs to be done again is said once, below all of them.
    const hint = error === undefined || TRANSIENT.has(error.exit) ? null : error.hint
    return hint === null ? line : `${line}\n  ${paint.cyan('Hint:')} ${hintText(hint, invocation)}`
  }
  return `${paint.green('✓')} ${name}  ${tokenWords(result)}, ${changeWords(plan, options)}`
}

function changeWords(plan: Plan, { dryRun }: Options): string {
  const what = whatOf(plan)
  if (what === '') return 'webhook as it should be'
  return dryRun ? `would ${what}` : `done: ${what}`
}

function tokenWords({ authorization }: ReconnectResult): string {
  switch (authorization) {
    case 'oauth':
      return 'newly authorized'
    case 'refreshed':
      return 'token renewed'
    case 'personal_access_token':
      return 'personal access token'
    case 'still_valid':
    case null:
      return 'token still valid'
  }
}
