// What a test may do to the emulated Calendly behind the wire's back. Values in and out are plain; the HTTP side of it is in routes.ts.
import type { Role, SubscriptionState } from '../../core/calendly/model.ts'
import { wireTime, type EmulatorClock } from '../clock.ts'
import { Deliveries } from '../deliveries.ts'
import type { Delivery, Grant, Subscription, User } from '../entities.ts'
import type { Faults } from '../faults.ts'
import { parseFaults } from '../faults.ts'
import { findUser } from '../lookup.ts'
import { issueGrant, revokeFamily } from '../oauth/grants.ts'
import { PageTokens } from '../page-tokens.ts'
import { RateLimits } from '../rate-limits.ts'
import { hex } from '../random-ids.ts'
import type { RequestLog } from '../request-log.ts'
import { samplePayload } from '../payloads/sample.ts'
import { bookMeeting, cancelMeeting, type Booked, type Booking, type Cancellation } from '../scheduling/meetings.ts'
import { plant } from '../seed.ts'
import { BadInput, parseInput, SeedSchema } from '../seed-schema.ts'
import { restoreState, State } from '../state.ts'
import { SwitchesSchema, type Switches } from '../switches.ts'
import type { World } from '../world.ts'
import { moveUser, removeMember, removeUser, setRole } from './people.ts'

/** Which tokens are meant; nothing given: all. */
export interface TokensOf {
  readonly user?: string | undefined
  readonly clientId?: string | undefined
}

/** The handle that tests in the same process use; over HTTP the same is under `/_emulator/`. */
export class Control {
  readonly world: World
  readonly faults: Faults
  readonly requests: RequestLog
  #deliveries: Deliveries
  #initial = ''
  #initialSwitches: Switches

  constructor(world: World, faults: Faults, requests: RequestLog) {
    this.world = world
    this.faults = faults
    this.requests = requests
    this.#deliveries = this.#tellFrom(world)
    this.#initialSwitches = world.switches
  }

  get clock(): EmulatorClock {
    return this.world.clock
  }

  get state(): State {
    return this.world.state
  }

  /** Replaces everything by a seed. Tokens, rate windows, requests and faults are gone too. @throws BadInput */
  seed(document: unknown): void {
    const seed = parseInput('seed', SeedSchema, document)
    const state = new State(hex(this.world.random, 32))
    plant({ ...this.world, state }, seed)
    this.#replace(state)
    this.setSwitches(seed.switches)
    this.rememberAsInitial()
  }

  /** Adds to what is there; nothing is filled up. @throws BadInput */
  add(document: unknown): void {
    const seed = parseInput('seed', SeedSchema, document)
    plant(this.world, seed)
    this.setSwitches(seed.switches)
  }

  /** Back to how it was after start or the last `seed`, ids and tokens included. */
  reset(): void {
    this.import(this.#initial)
    this.world.switches = this.#initialSwitches
  }

  rememberAsInitial(): void {
    this.#initial = this.export()
    this.#initialSwitches = this.world.switches
  }

  /** All that is there, as `import` takes it back. */
  readonly export = (): string => JSON.stringify(this.state.snapshot(this.clock.nowMs()))

  import(exported: string): void {
    this.#replace(restoreState(JSON.parse(exported)))
    this.world.state.touch()
  }

  /** Changes some switches. @throws BadInput */
  setSwitches(change: object): Switches {
    this.world.switches = parseInput('switches', SwitchesSchema, { ...this.world.switches, ...change })
    return this.world.switches
  }

  /** Adds a fault script. @throws BadInput */
  addFaults(script: unknown): void {
    this.faults.add(parseFaults(script))
  }

  /** Moves the clock on, stopping wherever a delivery is due, and returns when those have been tried. */
  async advanceTime(ms: number): Promise<number> {
    const untilMs = this.clock.nowMs() + ms
    for (let due = this.#deliveries.nextDueMs(); due !== null && due <= untilMs; due = this.#deliveries.nextDueMs()) {
      this.clock.jumpTo(due)
      await this.#deliveries.runDue()
    }
    this.clock.jumpTo(untilMs)
    this.state.touch()
    return this.clock.nowMs()
  }

  /** Books a meeting; returns when every subscription that is told has been tried once. @throws BadInput */
  async bookMeeting(booking: Booking = {}): Promise<Booked> {
    return this.#sent(bookMeeting(this.world, booking))
  }

  /** Cancels a meeting by its URI (or reschedules it: then a second invitee is created). @throws BadInput */
  async cancelMeeting(uri: string, cancellation: Cancellation = {}): Promise<Booked> {
    return this.#sent(cancelMeeting(this.world, uri, cancellation))
  }

  /** Lets any event happen to a user, with made-up data. @throws BadInput */
  async emit(event: string, user?: string): Promise<Delivery[]> {
    const [first] = this.state.users.values()
    const host = user === undefined ? first : findUser(this.state, user)
    if (host === undefined) throw new BadInput('event', 'user', 'is missing')
    const payload = samplePayload(this.world, event, host)
    return this.#sent(this.world.announce({ event, organization: host.currentOrganization, host, payload }))
  }

  /** Lets something happen in the world; returns when every subscription that is told has been tried once. */
  async happen<T>(happening: (world: World) => T): Promise<T> {
    return this.#sent(happening(this.world))
  }

  subscriptions(): Subscription[] {
    return [...this.state.subscriptions()]
  }

  deliveries(): Delivery[] {
    return [...this.state.deliveries.values()]
  }

  /** Changes what no request can. @throws BadInput if there is none of that URI */
  setSubscription(
    uri: string,
    change: { state?: SubscriptionState; retryStartedAt?: string | null; creator?: string | null; hiddenMs?: number; hiddenLists?: number },
  ): Subscription {
    const row = this.state.subscription(uri)
    if (row === undefined) throw new BadInput('subscription', 'uri', `names none: ${uri}`)
    const { hiddenMs, hiddenLists, ...fields } = change
    Object.assign(row, fields)
    if (hiddenMs !== undefined) row.hiddenUntilMs = this.clock.nowMs() + hiddenMs
    if (hiddenLists !== undefined) row.hiddenLists = hiddenLists
    row.updatedAt = wireTime(this.clock.nowMs())
    this.state.touch()
    return row
  }

  /** Removes a subscription behind everybody's back. */
  removeSubscription(uri: string): boolean {
    return this.state.removeSubscription(uri)
  }

  /** @throws BadInput */
  setRole(user: string, role: Role, organization?: string): void {
    setRole(this.world, user, role, organization)
  }

  /** Ends a membership; the user stays. @throws BadInput */
  removeMember(user: string, organization?: string): boolean {
    return removeMember(this.world, user, organization)
  }

  /** Moves somebody to another organization. @throws BadInput */
  moveUser(user: string, organization: string, role?: Role): User {
    return moveUser(this.world, user, organization, role)
  }

  /** Deletes somebody's account. @throws BadInput */
  removeUser(user: string): void {
    removeUser(this.world, user)
  }

  /** Tokens without a browser. @throws BadInput */
  issueTokens(wanted: { clientId: string; user?: string; scope?: string }): Grant {
    const app = this.state.apps.get(wanted.clientId)
    const [first] = this.state.users.values()
    const user = wanted.user === undefined ? first : findUser(this.state, wanted.user)
    if (app === undefined || user === undefined) throw new BadInput('tokens', 'client_id', `names no app: ${wanted.clientId}`)
    return issueGrant(this.world, { app, user: user.uri, scope: wanted.scope ?? (app.legacy ? 'default' : app.scopes.join(' ')) })
  }

  /** Ends access tokens as if two hours had passed; refresh tokens stay good. Returns how many. */
  expireAccessTokens(of: TokensOf = {}): number {
    const chosen = this.#grants(of)
    for (const grant of chosen) grant.expiresAtMs = Math.min(grant.expiresAtMs, this.clock.nowMs())
    return chosen.length
  }

  /** What a user does who removes the app under "connected apps" (personal access tokens too if no app is named). Returns how many. */
  revokeTokens(of: TokensOf = {}): number {
    const chosen = this.#grants(of)
    for (const grant of chosen) revokeFamily(this.world, grant.family)
    const user = of.user === undefined ? null : findUser(this.state, of.user).uri
    if (of.clientId === undefined)
      for (const token of this.state.personalAccessTokens.values()) if (user === null || token.user === user) token.revoked = true
    return chosen.length
  }

  close(): void {
    this.#deliveries.close()
  }

  /** What requests let happen is sent by itself; who books through this class may wait for it. */
  #tellFrom(world: World): Deliveries {
    const deliveries = new Deliveries(world)
    world.announce = (occurrence) => {
      const made = deliveries.enqueue(occurrence)
      void deliveries.runDue()
      return made
    }
    return deliveries
  }

  async #sent<T>(made: T): Promise<T> {
    await this.#deliveries.runDue()
    return made
  }

  #grants(of: TokensOf): Grant[] {
    this.state.touch()
    const user = of.user === undefined ? null : findUser(this.state, of.user).uri
    return [...this.state.grants.values()].filter(
      (grant) => (user === null || grant.user === user) && (of.clientId === undefined || grant.clientId === of.clientId),
    )
  }

  #replace(state: State): void {
    this.#deliveries.close()
    this.world.state = state
    this.world.limits = new RateLimits(this.clock)
    this.world.pages = new PageTokens(this.world.random)
    this.#deliveries = this.#tellFrom(this.world)
    this.faults.clear()
    this.requests.clear()
  }
}
