// What the account verbs need of the world, and what `connect` is asked for. Types only.

import type { Hint } from '../../core/errors/advice.ts'
import type { RunJournal } from '../../core/ports/journal.ts'
import type { AccessTokens, CalendlyApi } from '../../core/ports/calendly.ts'
import type { Random } from '../../core/ports/desk.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { FlowStore, SubscriptionStore } from '../../core/ports/store.ts'
import type { AccessTokenDeps } from '../tokens/access-token.ts'
import type { AuthorizeDeps, AuthorizeInput } from './consent.ts'
import type { OthersPolicy } from '../webhooks/others.ts'
import type { WantedWebhook } from '../../core/connection/desired.ts'

export interface AccountDeps extends AccessTokenDeps {
  readonly calendly: (tokens: AccessTokens) => Promise<CalendlyApi>
  readonly subscriptions: SubscriptionStore
  readonly runs: RunJournal
  readonly flows: FlowStore
  readonly random: Random
  /** What the person must know although the work goes on. */
  readonly warn: (text: Hint) => void
}

/** How a person gives consent; only asked for when consent is needed. */
export type ConsentDeps = Pick<AuthorizeDeps, 'listen' | 'view'> & {
  readonly browser: () => Promise<AuthorizeDeps['browser']>
  readonly prompts: () => Promise<AuthorizeDeps['prompts']>
}

export interface ConnectInput {
  /** --name: exactly this connection, or a new one. */
  readonly name: string | null
  /** --account: a stored one by name, e-mail, URI or prefix. */
  readonly query: string | null
  readonly wanted: WantedWebhook
  readonly oauthScopes: readonly string[] | 'default' | null
  /** Go through OAuth although the tokens work. */
  readonly force: boolean
  /** Another Calendly user may take the connection's place. */
  readonly replace: boolean
  /** False: leave webhooks alone. */
  readonly webhook: boolean
  /** What becomes of subscriptions of others at the callback URL; default: they are replaced. */
  readonly others?: OthersPolicy
}

/** A person who can be asked for consent. */
export interface Person {
  readonly kind: 'consent'
  readonly deps: ConsentDeps
  readonly input: Omit<AuthorizeInput, 'scopes'>
}

/** Consent in the browser, or a personal access token. */
export type ConnectHow = Person | { readonly kind: 'token'; readonly token: Secret }
