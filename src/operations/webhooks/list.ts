// `webhooks list`: what is at Calendly, with what is known and wrong of each subscription.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { describeSubscriptions, type SubscriptionRow, type SubscriptionSummary, summarize } from '../../core/audit/findings.ts'
import { matchesGlob } from '../../core/calendly/glob.ts'
import type { Scope, SubscriptionState } from '../../core/calendly/model.ts'
import { listEverywhere, type Observation, observe, type ObserveDeps } from '../observe/observe.ts'
import type { Progress } from '../../core/ports/desk.ts'
import type { Session } from '../observe/session.ts'

export interface ListDeps {
  /** Null where there is none: nothing then counts as managed. */
  readonly store: ObserveDeps | null
  readonly progress: Progress
}

export interface ListInput {
  /** Null: every scope that the caller may list. */
  readonly scope: Scope | null
  readonly group: string | null
  readonly urlGlobs: readonly string[]
  readonly state: SubscriptionState | null
}

/** `data` of `webhooks list`. The summary counts what is listed. */
export interface WebhookList {
  readonly organizationUri: string
  readonly webhooks: readonly SubscriptionRow[]
  readonly summary: SubscriptionSummary
}

/** Newest last, as Calendly lists them. @throws ROLE_INSUFFICIENT for organization scope when the caller may not list it */
export async function listWebhooks(deps: ListDeps, session: Session, input: ListInput): Promise<WebhookList> {
  if (input.scope === 'organization' && session.role === 'user') {
    throw new CalreconnectError('ROLE_INSUFFICIENT', 'Organization scope is for owners and admins, and this account’s role is user', {
      hint: 'Pass --scope user',
    })
  }
  const where = { group: input.group, ...(input.scope === null ? {} : { scopes: [input.scope] }) }
  const { observed, known } = deps.store === null ? await withoutStore(deps, session, where) : await observe(deps.store, session, where)
  // Described before they are filtered: a duplicate is one although its twin is not shown.
  const webhooks = describeSubscriptions(observed, known).filter(
    (one) =>
      (input.state === null || one.state === input.state) &&
      (input.urlGlobs.length === 0 || input.urlGlobs.some((glob) => matchesGlob(glob, one.callbackUrl))),
  )
  return { organizationUri: session.organizationUri, webhooks, summary: summarize(webhooks) }
}

async function withoutStore({ progress }: ListDeps, session: Session, where: Parameters<typeof listEverywhere>[1]): Promise<Observation> {
  progress.start('Listing webhook subscriptions')
  try {
    return { observed: await listEverywhere(session, where, (rows) => progress.advance(rows)), known: [] }
  } finally {
    progress.stop()
  }
}
