// A stored connection's access token for another program: valid for a while yet, renewed if it is not.

import type { AccessTokens } from '../../core/ports/calendly.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'
import { resolveConnection } from '../../core/connection/query.ts'

export interface IssueTokenDeps {
  readonly connections: ConnectionStore
  readonly accessTokens: (name: string, options: { readonly minValidityMs: number }) => Promise<AccessTokens>
}

export interface IssuedToken {
  readonly token: Secret
  /** ISO 8601 UTC. Null: a personal access token, or not known. */
  readonly expiresAt: string | null
  /** The connection's name; null for the one of the environment. */
  readonly account: string | null
}

/** @throws NOT_CONNECTED, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, NEEDS_CONNECT, RATE_LIMITED … */
export async function issueToken(
  deps: IssueTokenDeps,
  input: { readonly query: string | null; readonly minValidityMs: number },
): Promise<IssuedToken> {
  const { connections } = deps
  const { name } = resolveConnection(await connections.list(), input.query, await connections.inUse())
  const tokens = await deps.accessTokens(name, { minValidityMs: input.minValidityMs })
  const token = await tokens.get()
  // Read again: it may have been renewed a moment ago, here or in another process.
  const expiresAtMs = (await connections.get(name))?.tokenExpiresAtMs ?? null
  return { token, expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(), account: name }
}
