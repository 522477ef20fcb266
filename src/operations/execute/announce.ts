// What is said before somebody else's subscription goes.

import { advise, next } from '../../core/errors/advice.ts'
import { idOf } from '../../core/calendly/identity.ts'
import type { Subscription } from '../../core/calendly/model.ts'
import type { Session } from '../observe/session.ts'
import type { ExecuteDeps } from './context.ts'

/** One line, with the command that brings the definition back. Its signing key is lost to whoever has it: nobody can read it. */
export function announceOther(deps: Pick<ExecuteDeps, 'warn' | 'progress'>, session: Session, other: Subscription): void {
  const account = session.connection === null ? [] : ['--account', session.connection.name]
  const back = next('webhooks', 'restore', '--uri', idOf(other.uri), ...account)
  const text = advise`${other.uri} at ${other.callbackUrl} was not made here and is replaced; whoever verifies with its signing key must learn the new one. Its definition comes back with: ${back}`
  if (deps.warn === undefined) deps.progress.note(text.toString())
  else deps.warn(text)
}
