// A declarative file against Calendly: for each of its accounts, what would have to change.

import { type Declaration, type DeclaredAccount, declaredSpecs } from '../../core/plan/declaration.ts'
import { planDeclared } from '../../core/plan/declared.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Subscription, SubscriptionSpec } from '../../core/calendly/model.ts'
import type { KnownSubscription } from '../../core/plan/model.ts'
import { withRestorable } from '../../core/plan/restorable.ts'
import { savedPlan, type SavedPlan } from '../../core/plan/saved-plan.ts'
import type { Clock } from '../../core/ports/desk.ts'
import { checkAllowed } from '../../core/connection/desired.ts'
import { reworded } from '../execute/errors.ts'
import { listEverywhere, observe, type ObserveDeps, scopesOf } from '../observe/observe.ts'
import type { Session } from '../observe/session.ts'

export interface DeclarativeDeps extends ObserveDeps {
  readonly clock: Clock
  readonly asWhoever: AsWhoever
}

/** Does something as whoever acts: once more where a refusal turns out to be due to a role or an organization that has changed. */
export type AsWhoever = <T>(session: Session, work: (session: Session) => Promise<T>) => Promise<T>

export interface PlannedAccount extends SavedPlan {
  readonly session: Session
}

/**
 * One account after the other; nothing is changed.
 * @param sessionFor who acts for an account of the file
 * @throws USAGE when two names in the file are one connection
 * @throws ROLE_INSUFFICIENT, CALENDLY_INSUFFICIENT_SCOPE with the place in the file of what could not be made
 */
export async function planDeclaration(
  deps: DeclarativeDeps,
  declaration: Declaration,
  sessionFor: (account: DeclaredAccount) => Promise<Session>,
): Promise<readonly PlannedAccount[]> {
  const planned: PlannedAccount[] = []
  const places = new Map<string, string>()
  for (const account of declaration.accounts) {
    const session = await sessionFor(account)
    const earlier = places.get(session.account)
    if (earlier !== undefined) {
      throw new CalreconnectError('USAGE', `${account.place}: ${account.name} is the same connection as at ${earlier}, ${session.account}`)
    }
    places.set(session.account, account.place)
    planned.push(await deps.asWhoever(session, (who) => planAccount(deps, account, who)))
  }
  return planned
}

/** What is at Calendly in all scopes, and in all these groups. */
export async function observeAll(
  deps: ObserveDeps,
  session: Session,
  specs: readonly Pick<SubscriptionSpec, 'group'>[],
): Promise<{ readonly observed: readonly Subscription[]; readonly known: readonly KnownSubscription[] }> {
  const [group = null, ...others] = [...new Set(specs.flatMap((spec) => (spec.group === null ? [] : [spec.group])))]
  const { observed, known } = await observe(deps, session, { group })
  const found = new Map(observed.map((one) => [one.uri, one]))
  for (const other of others) {
    for (const one of await listEverywhere(session, { scopes: ['group'], group: other })) found.set(one.uri, one)
  }
  return { observed: [...found.values()], known }
}

async function planAccount(deps: DeclarativeDeps, account: DeclaredAccount, session: Session): Promise<PlannedAccount> {
  for (const webhook of account.webhooks) at(webhook.place, () => checkAllowed(webhook, { role: session.role, grantedScopes: null }))
  const desired = declaredSpecs(account, session)
  const { observed, known } = await observeAll(deps, session, desired)
  const plan = planDeclared({
    account: session.account,
    organizationUri: session.organizationUri,
    userUri: session.userUri,
    madeAt: new Date(deps.clock.nowMs()).toISOString(),
    desired,
    // Whoever may not list a scope cannot judge what is there.
    observed: observed.filter(({ scope }) => scopesOf(session).some((listed) => listed === scope)),
    known,
    withoutConnection: session.connection === null,
  })
  const made = new Set(plan.steps.flatMap(({ action, callbackUrl }) => (action === 'create' || action === 'replace' ? [callbackUrl] : [])))
  for (const webhook of account.webhooks) if (made.has(webhook.callbackUrl)) at(webhook.place, () => checkAllowed(webhook, session))
  return { session, ...savedPlan(withRestorable(plan, { ...session, observed, known }), observed) }
}

function at(place: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw error instanceof CalreconnectError ? reworded(error, { message: `${place}: ${error.message}` }) : error
  }
}
