// What ends a command whose delivery was not taken.

import type { DeliveryOutcome } from '../../core/calendly/receiver-answer.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'

/** Null when it was. No answer at all is a matter of the network; any other answer is a finding. */
export function deliveryProblem(delivered: {
  readonly outcome: DeliveryOutcome
  readonly status: number | null
  readonly message: string
}): CalreconnectError | null {
  switch (delivered.outcome) {
    case 'delivered':
      return null
    case 'failed':
      return new CalreconnectError('NETWORK', 'The receiver did not answer', {
        hint: 'Check that the receiver listens there, and answers within 15 seconds',
      })
    case 'deleted':
      return new CalreconnectError('DELIVERY_REFUSED', `The receiver answered ${delivered.status}`, {
        hint: 'Answer 200 for what is not wanted: Calendly takes 410 for “never again”',
      })
    case 'retried':
      return new CalreconnectError('DELIVERY_REFUSED', `The receiver answered ${delivered.status}`, {
        hint: "Look at the receiver's log; any 2xx is taken as delivered",
      })
  }
}
