// What operations need of the store, in our words. Every port returns promises, so that another database can stand behind it.

import type { RemoteAnswer } from '../errors/errors.ts'
import type { Definition, Subscription } from '../calendly/model.ts'
import type { OAuthApp } from '../connection/app.ts'
import type { RunJournal } from './journal.ts'
import type { PlanSeal, SealVerdict } from '../plan/seal.ts'
import type { KnownSubscription, Origin } from '../plan/model.ts'
import type { AuditOwner, AuditSnapshot } from '../audit/snapshots.ts'
import type { Connection, ConnectionPatch, NeedsConnect, NewTokens, TokenPair } from '../connection/model.ts'
import type { Reconciled } from '../connection/round.ts'
import type { Wanter } from '../connection/shared.ts'
import type { Secret } from '../secrets/secret.ts'

export interface ConnectionStore {
  /** Without the store's key everything but the tokens: those are unreadable ones then (`Secret.problem`). */
  list(): Promise<readonly Connection[]>
  /** As `list`. */
  get(name: string): Promise<Connection | null>
  /** Before a code is spent: sees that there is room for the pair that it brings. @throws STORE_FULL */
  reserve(): Promise<void>
  /** Creates the connection, or puts new tokens into it (active again, needsConnect cleared). One transaction. */
  connect(name: string, tokens: NewTokens, patch?: ConnectionPatch): Promise<Connection>
  update(name: string, patch: ConnectionPatch): Promise<Connection>
  /**
   * Stores a refreshed pair if the generation is still `expectedGeneration`, and settles the in-flight row, in one
   * transaction. False (nothing stored) when somebody else was first. A null refresh token keeps the old one.
   */
  saveRefreshed(name: string, pair: TokenPair, expectedGeneration: number, refreshId: string): Promise<boolean>
  /** Marks and settles the in-flight row, if the generation is still the same. Tokens stay. */
  markNeedsConnect(name: string, reason: NeedsConnect, expectedGeneration: number, refreshId: string | null): Promise<boolean>
  /** @throws ACCOUNT_UNKNOWN, ACCOUNT_EXISTS */
  rename(oldName: string, newName: string): Promise<Connection>
  /**
   * Both tokens and the connection's signing keys are gone from the store; inactive. What other connections want as well is
   * theirs from now on, with its keys.
   */
  clear(name: string): Promise<void>
  /** Removes a connection that was never finished (`connect` gave up on it) with everything about it. No-op when there is none. */
  discard(name: string): Promise<void>
  /** Removes a connection and what is known of its subscriptions. Its runs stay on record, with nothing left to be settled. */
  remove(name: string): Promise<void>
  /** `reconnect` made it right, or failed. Of a connection that is not there: nothing. */
  noteReconciled(name: string, reconciled: Reconciled): Promise<void>
  /** Of each connection that was ever reconciled, the last time, by name. */
  reconciled(): Promise<ReadonlyMap<string, Reconciled>>
  /** The connection that `accounts use` chose. */
  inUse(): Promise<string | null>
  use(name: string | null): Promise<void>
}

/** `POST /oauth/token` requests that left, or were about to. */
export interface RefreshJournal {
  /** Committed before the request leaves: if this throws, the token is not spent. */
  begin(name: string, generation: number): Promise<string>
  /** Failed for a reason that leaves no doubt that the token was not spent. */
  settle(refreshId: string, outcome: 'refused' | 'superseded' | 'not_sent'): Promise<void>
  /** In-flight rows of this generation other than `except`: an earlier answer was lost. */
  open(name: string, generation: number, except?: string): Promise<number>
}

/** A key that a delivery may be signed with. */
export interface StoredSigningKey {
  readonly key: Secret
  readonly account: string | null
  readonly webhookUri: string
  readonly current: boolean
  readonly sinceMs: number
}

export interface SubscriptionStore {
  /** Known ones that a connection made or wants, deleted ones left out unless asked for; all connections' without a name. */
  known(account?: string | null, options?: { readonly gone?: boolean }): Promise<readonly KnownSubscription[]>
  /**
   * Adds or updates. A key that differs from the stored one makes that the previous key. `account` wants it from now on, and so
   * does whoever wanted what it replaces; it looks after it, unless another connection does already.
   */
  keep(
    subscription: Subscription,
    options: {
      readonly account: string | null
      readonly origin: Origin
      readonly signingKey: Secret | null
      /** URI of the one that it took the place of. */
      readonly replaces?: string
    },
  ): Promise<void>
  /** Connections that want a subscription at this place, oldest first. */
  wanters(place: Definition): Promise<readonly Wanter[]>
  /** `account` wants these no more: `to`, who wants them as well, looks after them. */
  release(shared: readonly { readonly uri: string; readonly to: string }[], account: string): Promise<void>
  /** Deleted at Calendly, or found gone. The key stays for verifying late deliveries. */
  forget(uri: string): Promise<void>
  /** Somebody else's that is kept already serves as it is. */
  adopt(uri: string): Promise<void>
  /** Ours, gone, and somebody else's in their place. */
  displace(uris: readonly string[]): Promise<void>
  /** Whatever became of these, the place is ours again. */
  takeOver(uris: readonly string[]): Promise<void>
  signingKey(uri: string): Promise<Secret | null>
  /** Newest first. Without the store's key they are unreadable ones (`Secret.problem`). */
  signingKeys(): Promise<readonly StoredSigningKey[]>
  /** Removes the keys of one subscription. False if none was stored. */
  removeKey(uri: string): Promise<boolean>
}

/** An authorization that was begun in one process and may be completed in another. Its verifier is encrypted at rest. */
export interface PendingFlow {
  readonly flowId: string
  readonly state: string
  readonly codeVerifier: Secret
  readonly redirectUri: string
  readonly scopes: readonly string[] | null
  /** What `connect` was asked for, as JSON. */
  readonly request: string
  readonly expiresAtMs: number
}

/** OAuth apps that are kept here, their secrets encrypted. */
export interface AppStore {
  /** Oldest first. Without the store's key their secrets are unreadable ones (`Secret.problem`). */
  list(): Promise<readonly OAuthApp[]>
  /** Adds it, or puts it in the place of the one with its client id. */
  keep(app: OAuthApp): Promise<void>
  /** False when there is none. */
  remove(clientId: string): Promise<boolean>
}

export interface FlowStore {
  add(flow: PendingFlow): Promise<void>
  /** Looks without taking. Null when unknown or expired. */
  find(state: string): Promise<PendingFlow | null>
  /** Removes and returns: a state is used once. Null when unknown or expired. */
  take(state: string): Promise<PendingFlow | null>
}

/** One HTTP exchange as the API log keeps it, already redacted. */
export interface ApiLogEntry {
  readonly atMs: number
  readonly runId: string | null
  readonly account: string | null
  readonly method: string
  readonly path: string
  readonly attempt: number
  readonly durationMs: number
  readonly requestBody: string | null
  readonly responseBody: string | null
  /** Text of a failure without an answer. */
  readonly failure: string | null
  readonly answer: Omit<RemoteAnswer, 'rawBody'> & { readonly message?: string }
}

export interface ApiLog {
  append(entry: ApiLogEntry): Promise<void>
  list(query?: {
    readonly errorsOnly?: boolean
    readonly sinceMs?: number
    readonly runId?: string
    readonly limit?: number
  }): Promise<readonly ApiLogEntry[]>
}

/** A budget shared by every process on this store: Calendly's requests per user and minute. */
export interface RateBudget {
  /** Takes one from `bucket` if fewer than `limit` were taken in the last `windowMs`. Else milliseconds to wait. */
  take(bucket: string, limit: number, windowMs: number): Promise<number>
}

/** Mutual exclusion between processes, freed by the operating system when a process dies. */
export interface ProcessLock {
  /**
   * Runs `work` alone. @throws STORE_LOCKED when others hold it for too long, INTERRUPTED
   */
  hold<T>(name: string, work: () => Promise<T>, options: HoldOptions): Promise<T>
}

export interface HoldOptions {
  /** How long others are waited for. */
  readonly waitMsMax: number
  /** Called once when somebody else holds it. */
  readonly onWait?: () => void
  /** Ends the wait, not the work. */
  readonly signal?: AbortSignal | undefined
}

export interface StoreInfo {
  readonly location: string
  readonly schemaVersion: number
  readonly sizeBytes: number
  /** `ok`, or what SQLite's integrity_check found. */
  readonly integrity: string
  readonly keySource: string
  /** Null where the store is no file, or modes mean nothing (Windows). */
  readonly permissions: StorePermissions | null
}

/** Modes as `chmod` takes them, `0600`. */
export interface StorePermissions {
  readonly file: string
  readonly folder: string
  /** Nobody else can read the store: the file's mode decides, the folder's is a second fence. */
  readonly private: boolean
}

/** What was counted at earlier audits. */
export interface AuditSnapshots {
  /** Keeps the count as its day's (UTC); an earlier one of that day goes. */
  add(owner: AuditOwner, snapshot: AuditSnapshot): Promise<void>
  /** Oldest first. */
  list(owner: AuditOwner): Promise<readonly AuditSnapshot[]>
}

/** Seals of saved plans, under the key that encrypts the store's secrets. */
export interface PlanSeals {
  /** Null where the store has no key yet. @throws STORE_KEY_MISSING, STORE_KEY_WRONG */
  make(text: string): Promise<PlanSeal | null>
  check(text: string, seal: PlanSeal | null): Promise<SealVerdict>
}

export interface Store {
  readonly connections: ConnectionStore
  readonly subscriptions: SubscriptionStore
  readonly refreshes: RefreshJournal
  readonly runs: RunJournal
  readonly flows: FlowStore
  readonly apps: AppStore
  readonly apiLog: ApiLog
  readonly auditSnapshots: AuditSnapshots
  readonly budget: RateBudget
  readonly lock: ProcessLock
  readonly seals: PlanSeals
  info(): Promise<StoreInfo>
  close(): Promise<void>
}
