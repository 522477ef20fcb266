// A create at a URL that may be taken. Asked with the POST itself before anything is deleted: 201, and the two may stand side by side;
// 409, and it is allowed and the URL is taken, so that what goes anyway goes first; any other refusal, and nothing has changed.
// Knows neither what is kept of it nor what is put back.

import type { CalreconnectError } from '../../core/errors/errors.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { Execution } from './context.ts'
import { conflictError, isCalreconnectError, isPassing, isUnclear, sameFailure } from './errors.ts'
import { type Conflict, type Made, post } from './post.ts'

const BACKOFF_FIRST_MS = 500
const BACKOFF_MAX_MS = 8000
const ATTEMPTS_MAX = 30
const MAX_WAIT_MS = 60_000

/** What stands where something is to be made, and what has become of it. */
export interface Room {
  /** What the step replaces; null for a create. */
  readonly old: Subscription | null
  /** Deleted so far, in this order. */
  readonly cleared: Subscription[]
  /** When the last of them that delivered was gone, by our clock. */
  goneAtMs: number | null
  /** A DELETE of `old` whose answer was lost: the next POST tells. */
  doubt: CalreconnectError | null
}

export function roomFor(old: Subscription | null): Room {
  return { old, cleared: [], goneAtMs: null, doubt: null }
}

interface Wanted {
  readonly index: number
  readonly spec: SubscriptionSpec
  readonly signingKey: Secret
  /** The POST was sent already, and this was the answer. */
  readonly asked?: Conflict
}

/**
 * Tries again, with the same key, while the failure may pass and there is time, once something was deleted. Ctrl-C does not part the two.
 * @throws what kept it from being made; `room` tells what was deleted by then
 */
export async function makeIn(execution: Execution, room: Room, wanted: Wanted): Promise<Made> {
  const { clock, progress } = execution.deps
  let sentBefore = false
  let answer: Made | Conflict | CalreconnectError | null = wanted.asked ?? null
  for (let failures = 0; ;) {
    answer ??= await ask(execution, room, { ...wanted, sentBefore })
    if (!isCalreconnectError(answer) && answer.kind === 'made') return answer
    if (!isCalreconnectError(answer) && (await clearNext(execution, room, wanted.spec, answer))) {
      answer = null
      continue
    }
    const failure: CalreconnectError = isCalreconnectError(answer)
      ? answer
      : conflictError(wanted.spec, likelyIn(execution, room, wanted.spec, answer)[0] ?? null, {
          cause: answer.error,
          leaveOthers: execution.input.leaveOthers === true,
        })
    failures += 1
    const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1))
    const untilMs = (room.goneAtMs ?? 0) + (execution.deps.maxWaitMs ?? MAX_WAIT_MS)
    const mayPass = room.goneAtMs !== null && (isCalreconnectError(answer) ? isPassing(answer) : isOfCleared(room, answer))
    if (!mayPass || failures >= ATTEMPTS_MAX || clock.nowMs() + delayMs > untilMs) throw failure
    sentBefore ||= isUnclear(failure)
    progress.note(
      `The new subscription for ${wanted.spec.callbackUrl} could not be made yet; trying again in ${Math.ceil(delayMs / 1000)} s`,
    )
    await clock.sleep(delayMs)
    answer = null
  }
}

async function ask(
  execution: Execution,
  room: Room,
  wanted: Wanted & { readonly sentBefore: boolean },
): Promise<Made | Conflict | CalreconnectError> {
  try {
    return await post(execution, { ...wanted, going: new Set([...goingOf(execution), ...(room.old === null ? [] : [room.old.uri])]) })
  } catch (error) {
    if (!isCalreconnectError(error) || error.exit === 'store' || error.exit === 'bug') throw error
    return error
  }
}

/** Deletes what is most likely in the way and goes anyway. False: there is no such thing, or nobody can tell that it would help. */
async function clearNext(execution: Execution, room: Room, spec: SubscriptionSpec, conflict: Conflict): Promise<boolean> {
  if (room.doubt !== null && room.old !== null && conflict.atUrl.some(({ uri }) => uri === room.old?.uri)) {
    // It stands: unless something else was deleted before, nothing has changed, and nothing is to be put back.
    if (room.cleared.length === 0) room.goneAtMs = null
    throw room.doubt
  }
  const going = likelyIn(execution, room, spec, conflict).filter(({ uri }) => isGoing(execution, room, uri))
  // What is replaced goes last, so that it delivers as long as possible.
  const next = going.find(({ uri }) => uri !== room.old?.uri) ?? going[0]
  if (next === undefined) return false
  const { deps, input } = execution
  if (next.uri !== room.old?.uri) {
    const result = await execution.clear(next.uri)
    if (result?.kind === 'failed') throw sameFailure(result.step.error)
    if (result?.kind !== 'applied') return false
  } else {
    try {
      await input.session.api.deleteSubscription(next.uri)
    } catch (error) {
      // Where nobody can tell whether it went, the POST can: it is taken only if it did.
      if (!isUnclear(error) || !isCalreconnectError(error)) throw error
      room.doubt = error
      room.goneAtMs ??= deps.clock.nowMs()
      return true
    }
    room.goneAtMs = deps.clock.nowMs()
    await deps.subscriptions.forget(next.uri)
  }
  room.cleared.push(next)
  room.goneAtMs ??= deps.clock.nowMs()
  return true
}

/**
 * What is probably the reason for the 409, the most likely first. Calendly is thought to allow a URL once for an organization and the user
 * who made it. So of several at one URL the one that the caller made is the reason, unless others show that such may stand side by side.
 */
function likelyIn(execution: Execution, room: Room, spec: SubscriptionSpec, { atUrl }: Conflict): readonly Subscription[] {
  const gone = new Set(room.cleared.map(({ uri }) => uri))
  const there = atUrl.filter(({ uri }) => !gone.has(uri))
  const { old } = room
  // A list may be behind: what is to be replaced is in the way as far as anybody knows.
  const all = old === null || gone.has(old.uri) || there.some(({ uri }) => uri === old.uri) ? there : [old, ...there]
  const verbatim = all.filter(({ callbackUrl }) => callbackUrl === spec.callbackUrl)
  const own = verbatim.filter(({ creator }) => creator === null || creator === execution.input.session.userUri)
  if (own.length > 0 && !standSideBySide(verbatim)) return own
  return verbatim.length > 0 ? verbatim : all
}

function isGoing({ input }: Execution, { old }: Room, uri: string): boolean {
  return uri === old?.uri || input.plan.steps.some((step) => step.action === 'delete' && step.uri === uri)
}

/** Two of one user at one URL: so that is allowed. */
function standSideBySide(there: readonly Subscription[]): boolean {
  const makers = there.flatMap(({ creator, callbackUrl }) => (creator === null ? [] : [`${creator} ${callbackUrl}`]))
  return new Set(makers).size < makers.length
}

function goingOf({ input }: Execution): readonly string[] {
  return input.plan.steps.flatMap(({ action, uri }) => (action === 'delete' && uri !== null ? [uri] : []))
}

/** What was deleted a moment ago may still be in the way for a while. */
function isOfCleared({ cleared, doubt, old }: Room, { atUrl }: Conflict): boolean {
  const gone = new Set([...cleared.map(({ uri }) => uri), ...(doubt !== null && old !== null ? [old.uri] : [])])
  return atUrl.every(({ uri }) => gone.has(uri))
}
