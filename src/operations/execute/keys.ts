// The signing key that a create sends: given, kept from before, or new.

import { identityOf, sameEvents } from '../../core/calendly/identity.ts'
import type { Step } from '../../core/plan/model.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { Execution } from './context.ts'

/** As long as the example in Calendly's own documentation: 43 base64url characters. */
const SIGNING_KEY_BYTES = 32

/**
 * An earlier run that died over the very same create may have made it, or may make it yet: with its key again, whichever of the two
 * POSTs counts, the key is known.
 */
export async function signingKeyOf({ deps, input }: Execution, step: Step): Promise<Secret> {
  const given = input.signingKeyFor?.(step) ?? input.signingKey
  if (given !== undefined) return given
  const open = (await deps.runs.unsettledCreates(input.plan.account)).filter(
    (intent) =>
      identityOf(intent) === identityOf(step) && intent.callbackUrl === step.callbackUrl && sameEvents(intent.events, step.events),
  )
  for (const { runId, stepIndex } of open.toReversed()) {
    const intended = await deps.runs.intendedKey(runId, stepIndex)
    if (intended !== null) return intended
  }
  return new Secret(Buffer.from(deps.random.bytes(SIGNING_KEY_BYTES)).toString('base64url'))
}
