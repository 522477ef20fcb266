// Turns a parsed seed into entities. References may be URIs, ids, e-mail addresses or names. Knows nothing of HTTP or files.
import type * as v from 'valibot'
import type { App, Organization, User } from './entities.ts'
import type { EmulatorClock } from './clock.ts'
import type { RandomSource } from './random-ids.ts'
import type { Seed, SubscriptionSeed, UserSeed } from './seed-schema.ts'
import { wireTime } from './clock.ts'
import { hex, uuid } from './random-ids.ts'
import { API_ORIGIN, findGroup, findOrganization, findUser, firstOf } from './lookup.ts'
import { logActivity } from './scheduling/activity.ts'
import { AppSeed, BadInput, parseInput } from './seed-schema.ts'
import { plantScheduling } from './seed-scheduling.ts'
import { membershipKey, type State } from './state.ts'

/** What entities are made with. */
export interface Maker {
  readonly state: State
  readonly clock: EmulatorClock
  readonly random: RandomSource
  /** More redirect URIs for the apps of the default seed. */
  readonly redirectUris: readonly string[]
}

/** Adds a seed to the state. @throws BadInput for a reference to something that is not there */
export function plant(maker: Maker, seed: Seed): void {
  const { state } = maker
  const organizations = seed.organizations.length === 0 && state.organizations.size === 0 ? [DEFAULT_ORGANIZATION] : seed.organizations
  for (const row of organizations) plantOrganization(maker, row)
  const users = seed.users.length === 0 && state.users.size === 0 ? [DEFAULT_OWNER] : seed.users
  users.forEach((row, index) => plantUsers(maker, row, `users.${index}`))
  seed.memberships.forEach((row, index) => {
    const user = findUser(state, row.user, `memberships.${index}.user`)
    const organization = findOrganization(state, row.organization, `memberships.${index}.organization`)
    join(maker, user, organization, row.role, row.created_at)
  })
  seed.groups.forEach((row, index) => plantGroup(maker, row, `groups.${index}`))
  for (const row of seed.apps) plantApp(maker, row)
  for (const kind of ['web', 'native'] as const)
    if (![...state.apps.values()].some((app) => app.kind === kind)) plantApp(maker, defaultApp(maker, kind))
  seed.personal_access_tokens.forEach((row, index) => plantToken(maker, row, `personal_access_tokens.${index}`))
  if (state.personalAccessTokens.size === 0) plantToken(maker, { scopes: 'default' }, 'personal_access_tokens')
  plantScheduling(maker, seed)
  seed.subscriptions.forEach((row, index) => plantSubscriptions(maker, row, `subscriptions.${index}`))
  state.touch()
}

const DEFAULT_ORGANIZATION: Seed['organizations'][number] = { name: 'Acme', stage: 'paid', features: {} }
const DEFAULT_OWNER: v.InferOutput<typeof UserSeed> = {
  count: 1,
  name: 'Ada Owner',
  email: 'owner@example.com',
  locale: 'en',
  timezone: 'Africa/Nairobi',
  time_notation: '24h',
  avatar_url: null,
}

function defaultApp(maker: Maker, kind: 'web' | 'native'): Seed['apps'][number] {
  const redirectUris = ['http://localhost:8917/callback', ...maker.redirectUris]
  return parseInput('seed', AppSeed, { kind, name: 'calreconnect', redirect_uris: redirectUris })
}

/** A new resource's URI. */
function newUri(maker: Maker, collection: string, id?: string): string {
  if (id?.startsWith('https://')) return id
  return `${API_ORIGIN}/${collection}/${id ?? uuid(maker.random)}`
}

/** Makes somebody a member, or changes the role that they have. */
export function join(maker: Maker, user: User, organization: Organization, role: 'owner' | 'admin' | 'user', createdAt?: string): void {
  const now = createdAt ?? wireTime(maker.clock.nowMs())
  const key = membershipKey(user.uri, organization.uri)
  const known = maker.state.memberships.get(key)
  const uri = known?.uri ?? newUri(maker, 'organization_memberships')
  maker.state.memberships.set(key, {
    uri,
    user: user.uri,
    organization: organization.uri,
    role,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  })
  const action = known === undefined ? 'Add' : 'RoleChange'
  logActivity(maker, { organization: organization.uri, namespace: 'User', action, actor: user.uri, details: { role } })
}

function plantOrganization(maker: Maker, row: Seed['organizations'][number]): void {
  const now = row.created_at ?? wireTime(maker.clock.nowMs())
  const uri = newUri(maker, 'organizations', row.id)
  const paid = row.stage !== 'free'
  maker.state.organizations.set(uri, {
    uri,
    id: 12_345_678 + maker.state.organizations.size,
    name: row.name ?? `Organization ${maker.state.organizations.size + 1}`,
    kind: row.kind ?? (paid ? 'multiple' : 'single'),
    plan: row.plan ?? (paid ? 'standard' : 'basic'),
    stage: row.stage,
    createdAt: now,
    updatedAt: now,
    features: {
      webhooks: row.features.webhooks ?? true,
      routing_forms: row.features.routing_forms ?? paid,
      meeting_recaps: row.features.meeting_recaps ?? paid,
    },
  })
}

function plantUsers(maker: Maker, row: v.InferOutput<typeof UserSeed>, path: string): void {
  const { state } = maker
  const fallback = row.organization ?? null
  const taken = new Set([...state.users.values()].map((user) => user.email))
  for (let n = 1; n <= row.count; n++) {
    const number = state.users.size + 1
    const fill = (template: string | undefined) => template?.replaceAll('{n}', String(n))
    const email = fill(row.email) ?? `user${number}@example.com`
    const organization = fallback === null ? firstOf(state.organizations) : findOrganization(state, fallback, `${path}.organization`)
    const now = row.created_at ?? wireTime(maker.clock.nowMs(), number)
    const user: User = {
      uri: newUri(maker, 'users', row.count === 1 ? row.id : undefined),
      name: fill(row.name) ?? `User ${number}`,
      email,
      slug: fill(row.slug) ?? email.replace(/@.*/, '').replaceAll(/[^a-z0-9-]/gi, '-'),
      locale: row.locale,
      timezone: row.timezone,
      timeNotation: row.time_notation,
      avatarUrl: row.avatar_url,
      currentOrganization: organization.uri,
      createdAt: now,
      updatedAt: now,
    }
    if (taken.has(email)) throw new BadInput('seed', `${path}.email`, `is taken: ${email}`)
    taken.add(email)
    state.users.set(user.uri, user)
    if (row.organization !== null) join(maker, user, organization, row.role ?? (hasMember(state, organization) ? 'user' : 'owner'), now)
  }
}

function hasMember(state: State, organization: Organization): boolean {
  for (const membership of state.memberships.values()) if (membership.organization === organization.uri) return true
  return false
}

function plantGroup(maker: Maker, row: Seed['groups'][number], path: string): void {
  const { state } = maker
  const now = row.created_at ?? wireTime(maker.clock.nowMs(), state.groups.size)
  const organization =
    row.organization === undefined ? firstOf(state.organizations) : findOrganization(state, row.organization, `${path}.organization`)
  const members = row.members.map((member, index) => findUser(state, member, `${path}.members.${index}`).uri)
  const uri = newUri(maker, 'groups', row.id)
  state.groups.set(uri, { uri, name: row.name, organization: organization.uri, members, createdAt: now, updatedAt: now })
}

function plantApp(maker: Maker, row: Seed['apps'][number]): void {
  const clientId = row.client_id ?? newClientId(maker)
  const app: App = {
    clientId,
    clientSecret: row.client_secret ?? Buffer.from(maker.random(32)).toString('base64url'),
    name: row.name,
    kind: row.kind,
    environment: row.environment,
    redirectUris: row.redirect_uris,
    scopes: row.scopes,
    legacy: row.legacy,
    signingKey: row.signing_key ?? Buffer.from(maker.random(32)).toString('base64url'),
  }
  maker.state.apps.set(clientId, app)
}

/** 43 characters as Calendly's, none of them a `-` in front: on a command line that would be an option. */
function newClientId(maker: Maker): string {
  const id = Buffer.from(maker.random(32)).toString('base64url')
  return id.startsWith('-') ? newClientId(maker) : id
}

function plantToken(maker: Maker, row: Seed['personal_access_tokens'][number], path: string): void {
  const user = row.user === undefined ? firstOf(maker.state.users) : findUser(maker.state, row.user, `${path}.user`)
  const scope = row.scopes === 'default' ? 'default' : row.scopes.join(' ')
  const token = row.token ?? personalAccessToken(maker, user)
  maker.state.personalAccessTokens.set(token, { token, user: user.uri, scope, revoked: false })
}

/** As Calendly's: a JWT that begins `eyJ`, of type PAT, without an expiry. Its signature is noise: nobody here can check it. */
function personalAccessToken(maker: Maker, user: User): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { kid: hex(maker.random, 16), typ: 'PAT', alg: 'ES256' }
  const iat = Math.floor(maker.clock.nowMs() / 1000)
  const payload = { iss: 'https://auth.calendly.com', iat, jti: uuid(maker.random), user_uuid: user.uri.split('/').at(-1) }
  return `${part(header)}.${part(payload)}.${Buffer.from(maker.random(64)).toString('base64url')}`
}

function plantSubscriptions(maker: Maker, row: v.InferOutput<typeof SubscriptionSeed>, path: string): void {
  const { state } = maker
  const organization =
    row.organization === undefined ? firstOf(state.organizations) : findOrganization(state, row.organization, `${path}.organization`)
  const user = row.scope === 'user' ? (row.user === undefined ? firstOf(state.users) : findUser(state, row.user, `${path}.user`)).uri : null
  const group = row.scope === 'group' ? findGroup(state, row.group ?? '', `${path}.group`) : null
  const creator = row.creator === null ? null : creatorOf(state, row.creator, `${path}.creator`)
  const clientId = row.client_id === undefined ? ([...state.apps.keys()][0] ?? null) : row.client_id
  const startMs = row.created_at === undefined ? maker.clock.nowMs() - row.count * row.created_step_ms : Date.parse(row.created_at)
  for (let n = 1; n <= row.count; n++) {
    const sequence = state.nextSequence()
    // Seeds without a time are older and newer than each other, as at Calendly, although all are planted in the same millisecond.
    const timeOf = (ms: number) => wireTime(ms, row.created_at === undefined ? sequence : 0)
    const createdAt = n === 1 && row.created_at !== undefined ? row.created_at : timeOf(startMs + (n - 1) * row.created_step_ms)
    state.addSubscription({
      uri: newUri(maker, 'webhook_subscriptions', row.count === 1 ? row.id : undefined),
      sequence,
      callbackUrl: row.callback_url.replaceAll('{n}', String(n)),
      createdAt,
      updatedAt: createdAt,
      retryStartedAt: row.retry_started_at,
      state: row.state,
      events: [...row.events],
      scope: row.scope,
      organization: organization.uri,
      user,
      group,
      creator,
      clientId,
      signingKey: row.signing_key,
      lastDeliveredAtMs: null,
      hiddenUntilMs: row.hidden_ms === 0 ? 0 : maker.clock.nowMs() + row.hidden_ms,
      hiddenLists: row.hidden_lists,
    })
  }
}

function creatorOf(state: State, given: string | undefined, path: string): string {
  if (given === undefined) return firstOf(state.users).uri
  return given.startsWith(`${API_ORIGIN}/users/`) ? given : findUser(state, given, path).uri
}
