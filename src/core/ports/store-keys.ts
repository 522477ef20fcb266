// Custody of the key that encrypts the store's secrets: where it may be kept, what lies there, and the way on without it.

import type { ProcessLock } from './store.ts'
import type { CalreconnectError } from '../errors/errors.ts'

/** What `store reset-secrets` cleared. */
export interface ForgottenSecrets {
  /** Connections that had tokens, oldest first. */
  readonly accounts: readonly string[]
  readonly signingKeys: number
  /** Client ids of OAuth apps whose secrets were kept. */
  readonly apps: readonly string[]
}

/** Where the key that encrypts the store's secrets may be kept. */
export type StoreKeyPlace = 'file' | 'env' | 'keyring'
export const STORE_KEY_PLACES: readonly StoreKeyPlace[] = ['file', 'env', 'keyring']

export interface StoreKeyStatus {
  readonly source: StoreKeyPlace
  /** Where that is. */
  readonly location: string
  /** 16 hex digits; null before the first secret. */
  readonly keyId: string | null
  /** Whether the store's secrets can be opened now. */
  readonly usable: boolean
  /** Why not. */
  readonly problem: CalreconnectError | null
  /** Every place where a key may be, the one above first. */
  readonly places: readonly StoreKeyFound[]
}

/** What lies in one place. */
export interface StoreKeyFound {
  readonly source: StoreKeyPlace
  readonly location: string
  /** Ids of the keys there, the current one first. */
  readonly keyIds: readonly string[]
  /** Whether one of them is the store's. */
  readonly opensStore: boolean
  /** Where new keys come from. */
  readonly chosen: boolean
  /** Why the place cannot be asked. */
  readonly problem: CalreconnectError | null
}

/** Custody of the key that encrypts the store's secrets. */
export interface StoreKeys {
  status(): Promise<StoreKeyStatus>
  /** Moves the store to the key of another place, made there if there is none. @throws STORE_KEY_MISSING, STORE_KEY_WRONG */
  use(place: StoreKeyPlace): Promise<StoreKeyStatus>
  /** A new key where keys can be made; with CALRECONNECT_KEY=<new>,<old> the new one given. */
  rotate(): Promise<StoreKeyStatus>
  /** Forgets every secret without needing the key. Accounts, callback URLs and the journal stay. */
  reset(): Promise<ForgottenSecrets & { readonly keyFileSetAside: string | null }>
}

/** Moves all connections into another store, which is their home from then on. */
export interface StoreMover {
  readonly from: string
  readonly to: string
  /** Of the source: what is under way there holds it. */
  readonly lock: ProcessLock
  /** Marks the source, which spends nothing from then on. Names of its connections. @throws USAGE, STORE_MOVED */
  begin(): Promise<readonly string[]>
  /** Copies, seals anew, compares row by row, all or nothing. Done already: only counts. */
  copy(): Promise<{ readonly connections: number; readonly rows: number }>
  /** Nothing was copied: the source is the home again. */
  giveUp(): Promise<void>
  close(): Promise<void>
}
