// `accounts list | use | rename | remove`, and which stored connections a command's NAME arguments mean.

import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { resolveConnection } from '../../core/connection/query.ts'
import type { Connection } from '../../core/connection/model.ts'
import type { ConnectionStore, ProcessLock, SubscriptionStore } from '../../core/ports/store.ts'
import type { Interruption, Progress } from '../../core/ports/desk.ts'
import { holdTokens } from '../tokens/access-token.ts'
import { accountStatus, type AccountStatus } from './describe.ts'
import { checkFreeName } from '../../core/connection/name.ts'

interface Deps {
  readonly connections: ConnectionStore
  readonly subscriptions: SubscriptionStore
}

export type AccountEntry = AccountStatus & {
  /** `accounts use` chose it. */
  readonly inUse: boolean
}

/** Every stored connection, oldest first. */
export async function listAccounts(deps: Deps): Promise<{ readonly accounts: readonly AccountEntry[] }> {
  const inUse = await deps.connections.inUse()
  const accounts: AccountEntry[] = []
  const known = await deps.subscriptions.known(null)
  for (const connection of await deps.connections.list()) {
    accounts.push({ ...accountStatus(connection, known), inUse: connection.name === inUse })
  }
  return { accounts }
}

/** Makes a connection the one that is meant without --account. @throws ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, NOT_CONNECTED */
export async function useAccount(deps: Deps, query: string): Promise<{ readonly account: AccountEntry }> {
  const connection = resolveConnection(await deps.connections.list(), query, null)
  await deps.connections.use(connection.name)
  return { account: await entryOf(deps, connection) }
}

/**
 * Nobody renews its tokens meanwhile: the new pair would be stored under a name that is gone.
 * @throws USAGE, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, ACCOUNT_EXISTS, NOT_CONNECTED
 */
export async function renameAccount(
  deps: Deps & { readonly lock: ProcessLock; readonly progress: Progress; readonly interruption: Interruption },
  query: string,
  newName: string,
): Promise<{ readonly account: AccountEntry; readonly previousName: string }> {
  const stored = await deps.connections.list()
  const own = resolveConnection(stored, query, null)
  checkFreeName(newName, stored, own)
  const { name } = own
  const renamed = await holdTokens(deps, name, () => deps.connections.rename(name, newName))
  return { account: await entryOf(deps, renamed), previousName: name }
}

/** `data` of `accounts remove`. */
export interface RemovedAccount {
  readonly account: string
  /** What stays at Calendly: URIs of webhooks, and tokens that were not revoked. */
  readonly left: readonly string[]
}

/**
 * Forgets a connection that is disconnected, or with `forceLocal` one that is not. Asks nothing of Calendly; runs stay on record.
 * @throws USAGE for one that is connected, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS, NOT_CONNECTED
 */
export async function removeAccount(
  deps: Deps & { readonly lock: ProcessLock; readonly progress: Progress; readonly interruption: Interruption },
  input: { readonly query: string; readonly forceLocal: boolean },
): Promise<RemovedAccount> {
  const { name } = resolveConnection(await deps.connections.list(), input.query, null)
  return holdTokens(deps, name, async () => {
    const connection = await deps.connections.get(name)
    if (connection === null) throw new CalreconnectError('ACCOUNT_UNKNOWN', `No connection is called ${name} any more`)
    if (connection.isActive && !input.forceLocal) {
      throw new CalreconnectError('USAGE', `${name} is connected: only a disconnected account is removed`, {
        hint: next('disconnect', name),
      })
    }
    const webhooks = (await deps.subscriptions.known(name)).filter(({ origin }) => origin !== 'key_added').map(({ uri }) => uri)
    const tokens = connection.auth === 'oauth' ? tokensOf(connection) : []
    await deps.connections.remove(name)
    // What another account shares is looked after by that one now.
    const kept = new Set((await deps.subscriptions.known(null)).map(({ uri }) => uri))
    return { account: name, left: [...webhooks.filter((uri) => !kept.has(uri)), ...tokens] }
  })
}

function tokensOf({ accessToken, refreshToken }: Connection): readonly string[] {
  return [...(refreshToken === null ? [] : ['refresh_token']), ...(accessToken === null ? [] : ['access_token'])]
}

/** Those named, else every one with `all`, else the one that is meant without a name. Each once, in the order given. */
export async function chooseConnections(
  deps: Pick<Deps, 'connections'>,
  choice: {
    readonly names: readonly string[]
    /** `connected`: those that are not disconnected. */
    readonly all: 'stored' | 'connected' | null
    readonly query: string | null
  },
): Promise<readonly Connection[]> {
  const stored = await deps.connections.list()
  if (choice.all !== null) return choice.all === 'stored' ? stored : stored.filter(({ isActive }) => isActive)
  const inUse = await deps.connections.inUse()
  const queries = choice.names.length > 0 ? choice.names : [choice.query]
  const chosen = queries.map((query) => resolveConnection(stored, query, inUse))
  return [...new Map(chosen.map((connection) => [connection.name, connection])).values()]
}

async function entryOf(deps: Deps, connection: Connection): Promise<AccountEntry> {
  const known = await deps.subscriptions.known(connection.name)
  return { ...accountStatus(connection, known), inUse: (await deps.connections.inUse()) === connection.name }
}
