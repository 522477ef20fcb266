// Calendly's sample data for an event: what a delivery of it would look like.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { checkEvents, scopesOfEvent } from '../../core/calendly/events.ts'
import type { Scope } from '../../core/calendly/model.ts'
import type { Session } from '../observe/session.ts'

export interface SampleInput {
  readonly event: string
  /** Null: the widest that the event and the caller's role have. */
  readonly scope: Scope | null
  readonly group: string | null
}

/** @throws UNKNOWN_EVENT, EVENT_SCOPE_MISMATCH, USAGE before anything is asked of Calendly */
export function checkSample({ event, scope, group }: SampleInput): void {
  const scopes = scopesOfEvent(event.trim())
  if (scope !== null && scopes.length > 0 && !scopes.includes(scope)) {
    const only = scopes.join(' and ')
    throw new CalreconnectError('EVENT_SCOPE_MISMATCH', `Event ${event.trim()} exists in ${only} scope only, not in ${scope} scope`, {
      hint: `--scope ${scopes[0]}`,
    })
  }
  checkEvents([event], scopes[0] ?? 'organization')
  if ((scope === 'group') !== (group !== null)) {
    throw new CalreconnectError('USAGE', scope === 'group' ? '--scope group needs --group' : '--group goes with --scope group')
  }
}

/** The bare payload. @throws CALENDLY_FORBIDDEN … */
export async function sampleEvent(session: Session, input: SampleInput): Promise<{ readonly sample: unknown }> {
  checkSample(input)
  const event = input.event.trim()
  const scope = input.scope ?? (scopesOfEvent(event).includes('organization') && session.role !== 'user' ? 'organization' : 'user')
  const [checked = event] = checkEvents([event], scope)
  const sample = await session.api.sample({
    organization: session.organizationUri,
    scope,
    event: checked,
    ...(scope === 'user' ? { user: session.userUri } : {}),
    ...(input.group === null ? {} : { group: input.group }),
  })
  return { sample }
}
