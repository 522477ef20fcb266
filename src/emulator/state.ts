// Everything that the emulated Calendly remembers, with the indexes that keep 5,000 subscriptions fast. Plain data in, plain data
// out. Knows nothing of HTTP, of the wire or of files.
import type { Scope } from '../core/calendly/model.ts'
import type {
  Activity,
  App,
  AuthorizationCode,
  Delivery,
  EventType,
  Grant,
  Group,
  Invitation,
  Meeting,
  Membership,
  NoShow,
  Organization,
  PersonalAccessToken,
  RoutingForm,
  RoutingFormSubmission,
  Subscription,
  User,
} from './entities.ts'

/** What the state file holds: every entity, as arrays in order of creation. */
export interface Snapshot {
  version: 2
  nowMs: number
  secret: string
  organizations: Organization[]
  users: User[]
  memberships: Membership[]
  groups: Group[]
  apps: App[]
  grants: Grant[]
  personalAccessTokens: PersonalAccessToken[]
  codes: AuthorizationCode[]
  subscriptions: Subscription[]
  eventTypes: EventType[]
  meetings: Meeting[]
  noShows: NoShow[]
  routingForms: RoutingForm[]
  submissions: RoutingFormSubmission[]
  invitations: Invitation[]
  activities: Activity[]
  deliveries: Delivery[]
}

const GRANTS_MAX = 20_000
const DELIVERIES_MAX = 10_000
const ACTIVITIES_MAX = 1_000

/** The entities, found by what requests name them by. */
export class State {
  readonly organizations = new Map<string, Organization>()
  readonly users = new Map<string, User>()
  readonly memberships = new Map<string, Membership>()
  readonly groups = new Map<string, Group>()
  readonly apps = new Map<string, App>()
  readonly personalAccessTokens = new Map<string, PersonalAccessToken>()
  readonly codes = new Map<string, AuthorizationCode>()
  readonly eventTypes = new Map<string, EventType>()
  readonly meetings = new Map<string, Meeting>()
  /** By invitee. */
  readonly noShows = new Map<string, NoShow>()
  readonly routingForms = new Map<string, RoutingForm>()
  readonly submissions = new Map<string, RoutingFormSubmission>()
  readonly invitations = new Map<string, Invitation>()
  readonly activities = new Map<string, Activity>()
  readonly deliveries = new Map<string, Delivery>()
  readonly grants = new Map<string, Grant>()
  readonly secret: string
  /** Counts changes, so that the state file is written only after one. */
  changes = 0
  readonly #byAccessToken = new Map<string, Grant>()
  readonly #byRefreshToken = new Map<string, Grant>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #listings = new Map<string, readonly Subscription[]>()
  #sequence = 0

  constructor(secret: string) {
    this.secret = secret
  }

  touch(): void {
    this.changes += 1
  }

  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  subscription(uri: string): Subscription | undefined {
    return this.#subscriptions.get(uri)
  }

  subscriptions(): IterableIterator<Subscription> {
    return this.#subscriptions.values()
  }

  addSubscription(subscription: Subscription): void {
    this.#sequence = Math.max(this.#sequence, subscription.sequence)
    this.#subscriptions.set(subscription.uri, subscription)
    this.#listings.clear()
    this.touch()
  }

  removeSubscription(uri: string): boolean {
    const removed = this.#subscriptions.delete(uri)
    if (removed) this.#listings.clear()
    this.touch()
    return removed
  }

  /** Subscriptions of one owner, oldest first. The array is shared: copy before changing it. */
  subscriptionsOf(organization: string, scope: Scope, owner: string | null): readonly Subscription[] {
    const key = `${organization} ${scope} ${owner ?? ''}`
    const known = this.#listings.get(key)
    if (known !== undefined) return known
    const found = [...this.#subscriptions.values()].filter(
      (row) => row.organization === organization && row.scope === scope && (row.user ?? row.group) === owner,
    )
    found.sort((a, b) => (a.createdAt === b.createdAt ? a.sequence - b.sequence : a.createdAt < b.createdAt ? -1 : 1))
    this.#listings.set(key, found)
    return found
  }

  addGrant(grant: Grant): void {
    this.grants.set(grant.id, grant)
    this.#byAccessToken.set(grant.accessToken, grant)
    this.#byRefreshToken.set(grant.refreshToken, grant)
    if (this.grants.size > GRANTS_MAX) this.#forgetOldestGrant()
    this.touch()
  }

  grantOfAccessToken(token: string): Grant | undefined {
    return this.#byAccessToken.get(token)
  }

  grantOfRefreshToken(token: string): Grant | undefined {
    return this.#byRefreshToken.get(token)
  }

  addDelivery(delivery: Delivery): void {
    this.deliveries.set(delivery.id, delivery)
    const [oldest] = this.deliveries.keys()
    if (this.deliveries.size > DELIVERIES_MAX && oldest !== undefined) this.deliveries.delete(oldest)
    this.touch()
  }

  addActivity(activity: Activity): void {
    this.activities.set(activity.uri, activity)
    const [oldest] = this.activities.keys()
    if (this.activities.size > ACTIVITIES_MAX && oldest !== undefined) this.activities.delete(oldest)
    this.touch()
  }

  membershipOf(user: string, organization: string): Membership | undefined {
    return this.memberships.get(membershipKey(user, organization))
  }

  snapshot(nowMs: number): Snapshot {
    return {
      version: 2,
      nowMs,
      secret: this.secret,
      organizations: [...this.organizations.values()],
      users: [...this.users.values()],
      memberships: [...this.memberships.values()],
      groups: [...this.groups.values()],
      apps: [...this.apps.values()],
      grants: [...this.grants.values()],
      personalAccessTokens: [...this.personalAccessTokens.values()],
      codes: [...this.codes.values()],
      subscriptions: [...this.#subscriptions.values()],
      eventTypes: [...this.eventTypes.values()],
      meetings: [...this.meetings.values()],
      noShows: [...this.noShows.values()],
      routingForms: [...this.routingForms.values()],
      submissions: [...this.submissions.values()],
      invitations: [...this.invitations.values()],
      activities: [...this.activities.values()],
      deliveries: [...this.deliveries.values()],
    }
  }

  #forgetOldestGrant(): void {
    const [oldest] = this.grants.values()
    if (oldest === undefined) return
    this.grants.delete(oldest.id)
    this.#byAccessToken.delete(oldest.accessToken)
    this.#byRefreshToken.delete(oldest.refreshToken)
  }
}

/** The key of a membership in `State.memberships`: who in what. */
export function membershipKey(user: string, organization: string): string {
  return `${user} ${organization}`
}

/** A state as a snapshot left it. */
export function restoreState(snapshot: Snapshot): State {
  const state = new State(snapshot.secret)
  for (const row of snapshot.organizations) state.organizations.set(row.uri, row)
  for (const row of snapshot.users) state.users.set(row.uri, row)
  for (const row of snapshot.memberships) state.memberships.set(membershipKey(row.user, row.organization), row)
  for (const row of snapshot.groups) state.groups.set(row.uri, row)
  for (const row of snapshot.apps) state.apps.set(row.clientId, row)
  for (const row of snapshot.grants) state.addGrant(row)
  for (const row of snapshot.personalAccessTokens) state.personalAccessTokens.set(row.token, row)
  for (const row of snapshot.codes) state.codes.set(row.code, row)
  for (const row of snapshot.subscriptions) state.addSubscription(row)
  for (const row of snapshot.eventTypes) state.eventTypes.set(row.uri, row)
  for (const row of snapshot.meetings) state.meetings.set(row.uri, row)
  for (const row of snapshot.noShows) state.noShows.set(row.invitee, row)
  for (const row of snapshot.routingForms) state.routingForms.set(row.uri, row)
  for (const row of snapshot.submissions) state.submissions.set(row.uri, row)
  for (const row of snapshot.invitations) state.invitations.set(row.uri, row)
  for (const row of snapshot.activities) state.activities.set(row.uri, row)
  for (const row of snapshot.deliveries) state.addDelivery(row)
  state.changes = 0
  return state
}
