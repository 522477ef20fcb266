// The commands whose every crash is tried: what is there before, what is run, and what must be so in the end.
// Knows nothing of how processes are killed.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf } from '../../src/core/calendly/identity.ts'
import type { Subscription } from '../../src/emulator/entities.ts'
import type { CliHome, CliResult } from '../support/cli.ts'
import { ACCOUNT, expireTokens, giveTokens, isLive, withStore } from './stage.ts'
import type { Stage } from './stage.ts'

/** Where one flow of one seed is played. */
export interface Scene {
  readonly stage: Stage
  readonly home: CliHome
  readonly chance: () => number
  /** Runs a command to its end, with somebody at the browser. */
  readonly run: (args: readonly string[]) => Promise<CliResult>
}

export interface Flow {
  readonly name: string
  /** Makes what is there before the crash. */
  prepare(scene: Scene): Promise<void>
  args(scene: Scene): readonly string[]
  /** A rerun after the flow has converged may change something: `recreate` is asked to, each time. */
  readonly repeats?: boolean
  /** Whether a lost answer of the token endpoint is an end that this flow may come to. */
  readonly mayNeedConnect?: boolean
  /** What is not as it must be; nothing when all is well. `before`: the subscriptions before the crash. */
  check(scene: Scene, before: readonly Subscription[]): Promise<readonly string[]>
}

export const HOOK = 'https://hooks.example.com/calendly'
const OLD_HOOK = 'https://old.example.com/calendly'
const TUNNELS = 'https://dev-{n}.ngrok-free.app/hook'
const TUNNEL_GLOB = 'https://*.ngrok-free.app/*'
const FOREIGN = 'https://partner.example/{n}'

const isTunnel = ({ callbackUrl }: Subscription): boolean => callbackUrl.includes('ngrok-free.app')
const isForeign = ({ callbackUrl }: Subscription): boolean => callbackUrl.startsWith('https://partner.example/')

/** Ran and ended well, or the preparation is worth nothing. */
async function mustRun(scene: Scene, args: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await scene.run(args)
  if (code !== 0) throw new Error(`preparing: ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
}

/** From 1 to `most`, as the seed will have it. */
const some = ({ chance }: Scene, most: number): number => 1 + Math.floor(chance() * most)

function seedSubscriptions(scene: Scene, subscriptions: readonly object[]): void {
  scene.stage.control.add({ subscriptions })
}

/** Other people's, which nothing of ours may touch. */
function plantForeign(scene: Scene): void {
  seedSubscriptions(scene, [{ count: some(scene, 4), callback_url: FOREIGN }])
}

/** At our own URL from earlier: no key is known of any. */
function plantStale(scene: Scene): void {
  const state = (): string => (scene.chance() < 0.5 ? 'active' : 'disabled')
  const email = [...scene.stage.control.state.users.values()][0]?.email
  seedSubscriptions(scene, [
    { callback_url: HOOK, state: state(), created_at: '2026-01-15T09:00:00.000000Z' },
    { callback_url: HOOK, state: state(), created_at: '2026-03-15T09:00:00.000000Z' },
    { callback_url: HOOK, scope: 'user', user: email, state: state(), created_at: '2026-05-15T09:00:00.000000Z' },
  ])
}

async function connected(scene: Scene, callbackUrl?: string): Promise<void> {
  await withStore(scene.home, (store) => giveTokens(scene.stage, store))
  plantForeign(scene)
  if (callbackUrl !== undefined) await mustRun(scene, ['reconnect', '--callback-url', callbackUrl])
}

const hasAll = (now: readonly Subscription[], wanted: readonly Subscription[]): boolean =>
  wanted.every(({ uri }) => now.some((one) => one.uri === uri))

/** Nothing of other people is gone, no place is taken twice, and of whatever is new the key is stored. */
async function checkAlways({ stage, home }: Scene, before: readonly Subscription[]): Promise<string[]> {
  const now = stage.control.subscriptions()
  const problems: string[] = []
  if (!hasAll(now, before.filter(isForeign))) problems.push('a foreign subscription is gone')
  const created = now.filter(({ uri }) => !before.some((one) => one.uri === uri))
  await withStore(home, async (store) => {
    for (const one of created) {
      const key = await store.subscriptions.signingKey(one.uri)
      if (key === null) problems.push(`no key is known of ${one.callbackUrl}`)
      else if (key.reveal() !== one.signingKey) problems.push(`another key is stored for ${one.callbackUrl}`)
    }
    const known = new Set((await store.subscriptions.known(null)).map(({ uri }) => uri))
    for (const { uri, callbackUrl } of created) if (!known.has(uri)) problems.push(`an orphan is left at ${callbackUrl}`)
  })
  const places = now.filter(({ state }) => state === 'active').map((one) => identityOf(one))
  if (created.length > 0 && new Set(places).size < places.length) problems.push('a place is taken twice')
  return problems
}

/** Exactly one active subscription at `url`, in organization scope, and its next delivery verifies. */
async function checkOurs(scene: Scene, url: (callbackUrl: string) => boolean = (text) => text === HOOK): Promise<string[]> {
  const ours = scene.stage.control.subscriptions().filter(({ callbackUrl }) => url(callbackUrl))
  const [only] = ours
  if (only === undefined || ours.length > 1) return [`${ours.length} subscriptions are ours instead of 1`]
  if (only.state !== 'active' || only.scope !== 'organization') return [`ours is ${only.state} in ${only.scope} scope`]
  return checkDelivery(scene, only)
}

async function checkDelivery({ stage, home, run }: Scene, subscription: Subscription): Promise<string[]> {
  const { deliveries } = await stage.control.bookMeeting()
  const delivery = deliveries.find((one) => one.subscription === subscription.uri)
  const signature = delivery?.attempts[0]?.headers['calendly-webhook-signature']
  if (delivery === undefined || signature === undefined) return ['nothing signed was delivered']
  const file = join(home.folder, 'delivery.json')
  writeFileSync(file, delivery.body)
  const { code } = await run(['verify', file, '--signature', signature])
  return code === 0 ? [] : [`verify ended with ${code}`]
}

const refresh: Flow = {
  name: 'refresh',
  mayNeedConnect: true,
  async prepare(scene) {
    await connected(scene)
    await expireTokens(scene.stage, scene.home)
  },
  args: () => ['webhooks', 'list', '--json'],
  check: ({ stage, home }) =>
    withStore(home, async (store) => ((await isLive(stage, store)) ? [] : ['the stored pair is not one that Calendly would take'])),
}

const connect: Flow = {
  name: 'connect',
  async prepare(scene) {
    plantForeign(scene)
    plantStale(scene)
  },
  args: () => ['connect', '--callback-url', HOOK, '--no-browser', '--json'],
  async check(scene, before) {
    const live = await withStore(scene.home, async (store) => {
      const connections = await store.connections.list()
      const [only] = connections
      if (only === undefined || connections.length > 1) return [`${connections.length} connections are stored`]
      return (await isLive(scene.stage, store, only.name)) ? [] : ['the stored pair is not one that Calendly would take']
    })
    return [...live, ...(await checkAlways(scene, before)), ...(await checkOurs(scene))]
  },
}

/** The tokens work, and somebody consents anew all the same. */
const connectAnew: Flow = {
  ...connect,
  name: 'connect --force',
  prepare: (scene) => connected(scene, HOOK),
  args: () => ['connect', '--force', '--no-browser', '--json'],
}

const reconnect: Flow = {
  name: 'reconnect',
  mayNeedConnect: true,
  async prepare(scene) {
    await connected(scene, OLD_HOOK)
    plantStale(scene)
    await expireTokens(scene.stage, scene.home)
  },
  args: () => ['reconnect', '--callback-url', HOOK, '--json'],
  async check(scene, before) {
    const old = scene.stage.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === OLD_HOOK)
    return [...(await checkAlways(scene, before)), ...(await checkOurs(scene)), ...(old.length === 0 ? [] : ['the superseded one is left'])]
  },
}

const create: Flow = {
  name: 'create',
  async prepare(scene) {
    await connected(scene)
    // Of unknown key: it is replaced.
    seedSubscriptions(scene, [{ callback_url: HOOK, created_at: '2026-01-15T09:00:00.000000Z' }])
  },
  args: () => ['webhooks', 'create', '--callback-url', HOOK, '--yes', '--json'],
  async check(scene, before) {
    return [...(await checkAlways(scene, before)), ...(await checkOurs(scene))]
  },
}

const recreate: Flow = {
  name: 'recreate',
  repeats: true,
  async prepare(scene) {
    await connected(scene, HOOK)
  },
  args: () => ['webhooks', 'recreate', '--yes', '--json'],
  async check(scene, before) {
    const [old] = before.filter(({ callbackUrl }) => callbackUrl === HOOK)
    const same = scene.stage.control.subscriptions().some(({ uri }) => uri === old?.uri)
    return [...(await checkAlways(scene, before)), ...(await checkOurs(scene)), ...(same ? ['the old one is still there'] : [])]
  },
}

const overlap: Flow = {
  ...recreate,
  name: 'recreate --overlap',
  args: () => ['webhooks', 'recreate', '--overlap', '--yes', '--json'],
  async check(scene, before) {
    return [...(await checkAlways(scene, before)), ...(await checkOurs(scene, (url) => url === HOOK || url.startsWith(`${HOOK}?`)))]
  },
}

const prune: Flow = {
  name: 'prune',
  async prepare(scene) {
    await connected(scene, HOOK)
    seedSubscriptions(scene, [{ count: 2 + some(scene, 3), callback_url: TUNNELS }])
  },
  args: () => ['webhooks', 'prune', '--url', TUNNEL_GLOB, '--yes', '--json'],
  async check(scene, before) {
    const now = scene.stage.control.subscriptions()
    const beyond = before.filter((one) => !isTunnel(one))
    return [
      ...(hasAll(now, beyond) ? [] : ['something is gone that no plan named']),
      ...(now.some(isTunnel) ? ['a tunnel is left'] : []),
      ...(await checkOurs(scene)),
    ]
  },
}

const restore: Flow = {
  name: 'restore',
  async prepare(scene) {
    await connected(scene, HOOK)
    await mustRun(scene, ['webhooks', 'create', '--callback-url', 'https://second.example.com/hook'])
    seedSubscriptions(scene, [{ count: some(scene, 2), callback_url: TUNNELS }])
    await mustRun(scene, ['webhooks', 'prune', '--all-but-current', '--url', TUNNEL_GLOB, '--url', 'https://second.example.com/*', '--yes'])
  },
  args: () => ['webhooks', 'restore', '--yes', '--json'],
  async check(scene, before) {
    const created = scene.stage.control.subscriptions().filter(({ uri }) => !before.some((one) => one.uri === uri))
    const urls = created.map(({ callbackUrl }) => callbackUrl).sort()
    const second = created.find(({ callbackUrl }) => callbackUrl === 'https://second.example.com/hook')
    return [
      ...(await checkAlways(scene, before)),
      ...(urls.some((url) => url.includes('ngrok')) ? [] : ['no tunnel is back']),
      ...(second === undefined ? ['our second one is not back'] : await checkDelivery(scene, second)),
      ...(await checkOurs(scene)),
    ]
  },
}

const declaration = ({ home }: Scene): string => join(home.folder, 'calreconnect.yaml')

const apply: Flow = {
  name: 'apply',
  async prepare(scene) {
    await connected(scene, HOOK)
    await mustRun(scene, ['webhooks', 'create', '--callback-url', 'https://second.example.com/hook'])
    const text = {
      version: 1,
      accounts: {
        [ACCOUNT]: {
          webhooks: [
            { callback_url: HOOK, events: ['invitee.created'] },
            { callback_url: 'https://third.example.com/hook', events: ['invitee.created', 'invitee.canceled'] },
          ],
        },
      },
    }
    // JSON is YAML.
    writeFileSync(declaration(scene), JSON.stringify(text))
  },
  args: (scene) => ['webhooks', 'apply', '-f', declaration(scene), '--yes', '--json'],
  async check(scene, before) {
    const urls = scene.stage.control
      .subscriptions()
      .filter((one) => !isForeign(one))
      .map(({ callbackUrl, events }) => `${callbackUrl} ${events.length}`)
      .sort()
      .join(', ')
    return [
      ...(await checkAlways(scene, before)),
      ...(urls === `${HOOK} 1, https://third.example.com/hook 2` ? [] : [`what is there is not what is declared: ${urls}`]),
      ...(await checkOurs(scene)),
    ]
  },
}

const disconnect: Flow = {
  name: 'disconnect',
  async prepare(scene) {
    await connected(scene, HOOK)
    await mustRun(scene, ['webhooks', 'create', '--callback-url', 'https://second.example.com/hook'])
  },
  args: () => ['disconnect', '--yes', '--json'],
  async check({ stage, home }, before) {
    const now = stage.control.subscriptions()
    const problems: string[] = []
    if (!hasAll(now, before.filter(isForeign))) problems.push('a foreign subscription is gone')
    if (!now.every(isForeign)) problems.push('a subscription of ours is left')
    const alive = [...stage.control.state.grants.values()].filter((grant) => !grant.accessRevoked || !grant.refreshRevoked)
    if (alive.length > 0) problems.push(`${alive.length} token pairs are alive`)
    await withStore(home, async (store) => {
      const { accessToken, refreshToken, isActive } = (await store.connections.get(ACCOUNT)) ?? {}
      if (accessToken !== null || refreshToken !== null || isActive !== false) problems.push('the store is not cleared')
      if ((await store.subscriptions.signingKeys()).length > 0) problems.push('a signing key is left in the store')
    })
    return problems
  },
}

export const FLOWS: readonly Flow[] = [
  refresh,
  connect,
  connectAnew,
  reconnect,
  create,
  recreate,
  overlap,
  prune,
  restore,
  apply,
  disconnect,
]
