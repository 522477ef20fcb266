// What the executor's failures mean, and how they are put to a person.

import { CalreconnectError, type ErrorCode, type ErrorReport } from '../../core/errors/errors.ts'
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
export function endsTheRun(code: ErrorCode, exit: ErrorReport['exit']): boolean {
  return exit === 'auth' || exit === 'rate_limited' || code === 'NETWORK' || code === 'TLS' || code === 'TIMEOUT'
}

/** The same failure with another message, hint, or both. */
export function reworded(error: CalreconnectError, words: { readonly message?: string; readonly hint?: string }): CalreconnectError {
  const hint = words.hint ?? error.hint
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
export function conflictError(spec: SubscriptionSpec, inTheWay: Subscription | null, cause: CalreconnectError): CalreconnectError {
  if (inTheWay === null) {
    return reworded(cause, {
      message: `Calendly says that ${spec.callbackUrl} has a subscription already, and no list that this account may read shows it`,
      hint: `Try again in a minute; if it stays so, use another URL: --callback-url '${nextOverlapUrl(spec.callbackUrl)}'`,
    })
  }
  const where = identityOf(inTheWay) === identityOf(spec) ? 'this very place' : `${inTheWay.scope} scope`
  return reworded(cause, {
    message: `${spec.callbackUrl} has a subscription in ${where} already: ${inTheWay.uri}`,
    hint: `calreconnect webhooks delete ${idOf(inTheWay.uri)}`,
  })
}

/** The old one is gone and the new one could not be made. */
export function halfReplaced(
  error: CalreconnectError,
  run: { readonly runId: string; readonly origin: Origin; readonly spec: SubscriptionSpec; readonly putBack: string | null },
): CalreconnectError {
  if (run.putBack !== null) {
    return reworded(error, { message: `${error.message}; a subscription as before was put back instead: ${run.putBack}` })
  }
  const { callbackUrl, events, scope } = run.spec
  const again = `calreconnect webhooks create --callback-url '${callbackUrl}' --events ${events.join(',')} --scope ${scope}`
  return reworded(error, {
    message: `${error.message}; the old subscription is deleted, its definition is kept in run ${run.runId}`,
    hint: run.origin === 'connection' ? 'calreconnect reconnect' : again,
  })
}

/** An error as it was reported in a failed step. */
function asError({ code, message, hint, exit: _exit, ...answer }: ErrorReport): CalreconnectError {
  return new CalreconnectError(code, message, { ...answer, ...(hint === null ? {} : { hint }) })
}

/**
 * What a result means for the exit code: null when all was done; PARTIAL when some steps were done and others not;
 * the first failure itself when nothing was done.
 * @param again the command that continues
 */
export function problemOf(plan: Plan, result: PlanResult, again: string): CalreconnectError | null {
  const [first] = result.failed
  if (first === undefined) return null
  const error = asError(first.error)
  const total = writesOf(plan).length
  if (total === 1 || result.applied.length === 0) return error
  const left = total - result.applied.length - result.failed.length
  const notBegun = left === 0 ? '' : `, ${left} not begun`
  return new CalreconnectError(
    'PARTIAL',
    `${result.applied.length} of ${total} steps were done, ${result.failed.length} failed${notBegun}: ${first.error.message}`,
    { hint: `${again} continues`, cause: error },
  )
}
