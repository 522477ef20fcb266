// What the executor's failures mean, and how they are put to a person.

import { flagsFor } from '../../core/calendly/callback-host.ts'
import { advise, again, next, shellWord, type Hint } from '../../core/errors/advice.ts'
import { CalreconnectError, type ErrorReport } from '../../core/errors/errors.ts'
import { explainBadRequest } from '../../core/calendly/events.ts'
import { identityOf, idOf } from '../../core/calendly/identity.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { Origin, Plan, PlanResult } from '../../core/plan/model.ts'
import { writesOf } from '../../core/plan/reconcile.ts'
import { nextOverlapUrl } from '../../core/plan/overlap.ts'

export function isCalreconnectError(error: unknown): error is CalreconnectError {
  return error instanceof CalreconnectError
}

/** Nobody can tell whether the request was processed. */
export function isUnclear(error: unknown): boolean {
  return isCalreconnectError(error) && error.exit === 'unreachable' && error.answer.requestSent !== false
}

/** Passes by itself, perhaps. */
export function isPassing(error: unknown): boolean {
  return isCalreconnectError(error) && (error.exit === 'unreachable' || error.exit === 'rate_limited')
}

/** What would fail every other step just as surely: they are not begun. */
export function endsTheRun({ code, exit }: CalreconnectError): boolean {
  return exit === 'auth' || exit === 'rate_limited' || code === 'NETWORK' || code === 'TLS' || code === 'TIMEOUT'
}

/** The same failure with another message, hint, or both. */
export function reworded(error: CalreconnectError, words: { readonly message?: string; readonly hint?: Hint }): CalreconnectError {
  const hint = words.hint ?? error.advice
  return new CalreconnectError(error.code, words.message ?? error.message, {
    ...error.answer,
    ...(hint === null ? {} : { hint }),
    cause: error,
  })
}

/** Calendly's 400 on create blames "the supplied parameters" for a missing OAuth scope as well: says so where it fits. */
export function explained(error: unknown, spec: SubscriptionSpec, granted: readonly string[] | null): unknown {
  if (!isCalreconnectError(error) || error.code !== 'CALENDLY_BAD_REQUEST') return error
  const explanation = explainBadRequest(spec.events, granted)
  return explanation === null ? error : reworded(error, { hint: explanation })
}

/**
 * The 409 that could not be resolved: names what is in the way where anybody can see it, and the one command to run.
 * @param inTheWay null: no list shows it
 */
export function conflictError(
  spec: SubscriptionSpec,
  inTheWay: Subscription | null,
  { cause, leaveOthers = false }: { readonly cause: CalreconnectError; readonly leaveOthers?: boolean },
): CalreconnectError {
  if (inTheWay === null) {
    return reworded(cause, {
      message: `Calendly says that ${spec.callbackUrl} has a subscription already, and no list that this account may read shows it`,
      hint: advise`In a minute: ${again()}; if it stays so, use another URL: --callback-url ${shellWord(nextOverlapUrl(spec.callbackUrl))}`,
    })
  }
  const where = identityOf(inTheWay) === identityOf(spec) ? 'this very place' : `${inTheWay.scope} scope`
  return reworded(cause, {
    message: `${spec.callbackUrl} has a subscription in ${where} already: ${inTheWay.uri}`,
    hint: leaveOthers
      ? 'Leave out --no-replace to replace it, or pass --adopt instead to take it as it is'
      : next('webhooks', 'delete', idOf(inTheWay.uri)),
  })
}

/** The new one stands, and the old one beside it could not be deleted. */
export function stillThere(error: CalreconnectError, { made, old }: { readonly made: string; readonly old: string }): CalreconnectError {
  return partly(error, {
    message: `The new subscription ${made} is in place; the old one ${old} could not be deleted: ${error.message}`,
    hint: next('webhooks', 'delete', old),
  })
}

/** The old one is gone and the new one could not be made. */
export function halfReplaced(
  error: CalreconnectError,
  run: {
    readonly runId: string
    readonly origin: Origin
    readonly account: string
    readonly spec: SubscriptionSpec
    readonly lost: Subscription | null
    readonly back: { readonly uri: string; readonly sameKey: boolean } | null
  },
): CalreconnectError {
  const { callbackUrl, events, scope } = run.spec
  const of = ['--account', run.account]
  if (run.back !== null) {
    const key = run.back.sameKey
      ? 'with the same signing key'
      : 'with a new signing key: the old one is lost, and whoever verifies with it must learn the new one'
    return partly(error, {
      message: `${error.message}; the subscription that was there before was put back as ${run.back.uri}, ${key}`,
      hint: next('webhooks', 'get', idOf(run.back.uri), ...(run.back.sameKey ? [] : ['--show-secret']), ...of),
    })
  }
  const anew = next(
    'webhooks',
    'create',
    '--callback-url',
    callbackUrl,
    '--events',
    events.join(','),
    '--scope',
    scope,
    ...flagsFor(callbackUrl),
    ...of,
  )
  return partly(error, {
    message: `${error.message}; the old subscription${run.lost === null ? '' : ` ${run.lost.uri}`} is deleted, its definition is kept in run ${run.runId}`,
    hint: run.origin === 'connection' ? next('reconnect', ...of) : anew,
  })
}

/** Done by half: something was changed, and running again continues. */
function partly(error: CalreconnectError, words: { readonly message: string; readonly hint: Hint }): CalreconnectError {
  return new CalreconnectError('PARTIAL', words.message, { ...error.answer, hint: words.hint, cause: error })
}

/** An error as it was reported in a failed step. */
export function sameFailure({ code, message, hint, exit: _exit, ...answer }: ErrorReport): CalreconnectError {
  return new CalreconnectError(code, message, { ...answer, ...(hint === null ? {} : { hint }) })
}

/**
 * What a result means for the exit code: null when all was done; PARTIAL when some steps were done and others not;
 * the first failure itself when nothing was done.
 * @param continuing the command that continues, where it is not the same one
 */
export function problemOf(plan: Plan, result: PlanResult, continuing: Hint = again()): CalreconnectError | null {
  const [first] = result.failed
  if (first === undefined) return null
  const error = sameFailure(first.error)
  const total = writesOf(plan).length
  if (total === 1 || result.applied.length === 0) return error
  const left = total - result.applied.length - result.failed.length
  const notBegun = left === 0 ? '' : `, ${left} not begun`
  return new CalreconnectError(
    'PARTIAL',
    `${result.applied.length} of ${total} steps were done, ${result.failed.length} failed${notBegun}: ${first.error.message}`,
    { hint: advise`${continuing} continues`, cause: error },
  )
}
