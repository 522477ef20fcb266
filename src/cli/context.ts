// The one Context: what a command may reach. Cheap things are values, costly ones are lazy, memoised openers,
// so that `--help` opens nothing. It stops at the command layer: operations take the ports that they use.

import type { KnownApps } from '../core/connection/app.ts'
import type { Hint, Invocation } from '../core/errors/advice.ts'
import type { AccessTokens, AnyRequests, CalendlyApi } from '../core/ports/calendly.ts'
import type { Browser, Clock, Interruption, Progress, Prompts, Random } from '../core/ports/desk.ts'
import type { OpenOAuth, RedirectListener } from '../core/ports/oauth.ts'
import type { CalreconnectError } from '../core/errors/errors.ts'
import type { DeliveryPorts } from '../core/ports/deliveries.ts'
import type { CaptureFiles, DeclarativeFiles, ReportFiles } from '../core/ports/files.ts'
import type { Probes } from '../core/ports/probes.ts'
import type { RunHook, WatchMemory } from '../core/ports/watch.ts'
import type { Store } from '../core/ports/store.ts'
import type { StoreKeys, StoreMover } from '../core/ports/store-keys.ts'
import type { Session } from '../operations/observe/session.ts'
import type { Globals } from './input/globals.ts'
import type { View } from './render/view.ts'
import type { Form } from './output/screen.ts'
import type { Host } from './output/streams.ts'

export interface ListenOptions {
  readonly redirectUri: URL
  readonly state: string
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** One line per kind of request that was turned away. */
  readonly onReject: (kind: string, text: string) => void
}

export interface SessionOptions {
  /** Instead of --account: a command's own NAME argument. */
  readonly name?: string
  /** Never use CALENDLY_TOKEN: the command is about a stored connection. */
  readonly storedOnly?: boolean
}

export interface Context {
  readonly host: Host
  readonly env: Host['env']
  readonly globals: Globals
  /** What a next command must repeat of this one. */
  readonly invocation: Invocation
  readonly clock: Clock
  readonly random: Random
  readonly interruption: Interruption
  /** Whether a person can be asked: terminals on both ends and --no-input not given. */
  readonly canPrompt: boolean
  /** Where secrets may come from, beside files: standard input, read to its end. */
  readStdin(): Promise<Uint8Array>
  /** The whole of a file, pipe or device. @throws FILE_UNREADABLE, also when it is larger than `bytesMax` */
  readFile(file: string, bytesMax: number): Promise<Uint8Array>

  /** Made where there is none only by commands that keep something; for others an empty one stands for it. */
  store(): Promise<Store>
  /** What makes a store, as SQL. Opens nothing. */
  storeSql(): Promise<{ readonly sql: string; readonly schemaVersion: number }>
  /** Where the store is, or would be: a file, or a server without its password. Opens nothing. */
  storePath(): Promise<string>
  /** Whether there is one; makes none. Null where it cannot be looked at. */
  storeIsThere(): Promise<boolean | null>
  /** Opens two stores, to move all connections from one into the other. @param from null: the store that is meant. @throws STORE_MISSING, USAGE */
  storeMover(from: string | null, to: string): Promise<StoreMover>
  /** Where the key that encrypts the store's secrets comes from, for people. Opens nothing. */
  keySource(): Promise<string>
  /** Custody of that key. */
  storeKeys(): Promise<StoreKeys>
  /** The OAuth app that is meant, of the environment or kept in the store. @throws SETTING_MISSING */
  readonly oauth: OpenOAuth
  /** Those that are known here. */
  oauthApps(): Promise<KnownApps>
  /** A stored connection's access token, refreshed when needed. */
  accessTokens(name: string, options?: { readonly minValidityMs?: number }): Promise<AccessTokens>
  calendly(tokens: AccessTokens): Promise<CalendlyApi>
  /** Any request, for `api`. */
  requests(tokens: AccessTokens): Promise<AnyRequests>
  /** Who this command acts as. @throws NOT_CONNECTED, ACCOUNT_UNKNOWN, ACCOUNT_AMBIGUOUS */
  session(options?: SessionOptions): Promise<Session>
  /** Whether the owner of CALENDLY_TOKEN acts: it is set, and neither --account nor CALRECONNECT_ACCOUNT names a connection. */
  usesEnvironmentToken(): boolean
  /** Runs another program on our terminal; gives its exit code, 128 + number when a signal ended it. @throws USAGE */
  runProgram(command: string, args: readonly string[], env: Host['env']): Promise<number>
  listen(options: ListenOptions): Promise<RedirectListener>
  browser(): Promise<Browser>
  /** What to do where the browser is on another machine than this one's loopback port: lines for people, none on a desktop. */
  remoteAdvice(way: { readonly port: number; readonly canPaste: boolean }): Promise<readonly string[]>
  prompts(): Promise<Prompts>
  captureFiles(): Promise<CaptureFiles>
  /** Deliveries over HTTP and into files. Whoever opens it closes it. */
  deliveries(): Promise<DeliveryPorts>
  declarativeFiles(): Promise<DeclarativeFiles>
  reportFiles(): Promise<ReportFiles>
  /** What `webhooks watch` remembers of `whose` between two rounds, beside the store. */
  watchMemory(whose: string): Promise<WatchMemory>
  /** Runs a command of the person's own in their shell. */
  hookRunner(): Promise<RunHook>
  /** Looks at this machine and the way to Calendly. */
  probes(): Promise<Probes>
  progress(): Promise<Progress>

  /** Prints the result: `data` as JSON envelope, or what `render` makes of it. A `problem` sets the exit code too. */
  show<T>(data: T, render: (data: T, view: View) => string, problem?: CalreconnectError | null, form?: Form): void
  /** A line on stderr for people. Left out with --quiet. */
  hint(text: Hint): void
  /** A line on stderr that matters even with --quiet. */
  warn(text: Hint): void
  /** As `warn`, without a prefix: a URL or text that the person must see. */
  say(text: Hint): void
  /** Sets the exit code without an error (130 after an interrupted `emulator`, say). */
  setExit(code: number): void
  close(): Promise<void>
}
