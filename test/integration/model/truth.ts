// What `webhooks list`, `webhooks audit` and `status --remote` say, beside what is so at the emulator and in the store.
// Knows no story.

import { audit } from '../../../src/operations/audit/audit.ts'
import { status } from '../../../src/operations/accounts/status.ts'
import { listWebhooks } from '../../../src/operations/webhooks/list.ts'
import type { Subscription as EmulatedRow } from '../../../src/emulator/entities.ts'
import { ACCOUNT, GROUP, type Process, type World } from '../../support/webhook-world.ts'

/** The first thing that is said and not so, or so and not said; null when all is as it is said. */
export async function untruth(process: Process, world: World): Promise<string | null> {
  return (await ofList(process, world)) ?? (await ofAudit(process, world)) ?? (await untruthOfStatus(process, world))
}

async function ofList(process: Process, world: World): Promise<string | null> {
  const session = await process.session()
  const { webhooks, summary } = await listWebhooks({ store: process.deps, progress: process.deps.progress }, session, {
    scope: null,
    group: GROUP,
    urlGlobs: [],
    state: null,
  })
  const said = webhooks.map(({ uri, state, signingKeyStored }) => `${uri} ${state}${signingKeyStored ? ' key' : ''}`)
  const rows = visibleTo(world, session)
  const so = await Promise.all(
    rows.map(async ({ uri, state }) => `${uri} ${state}${(await process.store.subscriptions.signingKey(uri)) === null ? '' : ' key'}`),
  )
  return (
    differing('list', said, so) ?? (summary.active === rows.filter(({ state }) => state === 'active').length ? null : 'list counts wrong')
  )
}

async function ofAudit(process: Process, world: World): Promise<string | null> {
  const { connections, subscriptions, auditSnapshots } = process.store
  const session = await process.session()
  const { result } = await audit({ store: { connections, subscriptions, auditSnapshots }, progress: process.deps.progress }, session, {
    totalMax: 1000,
    perUrlMax: 1000,
    allowHosts: [],
    failOn: 'error',
  })
  const found = (code: string): string[] => result.findings.filter((one) => one.code === code).flatMap(({ uris }) => uris)
  const rows = visibleTo(world, session)
  const there = new Set(world.rows().map(({ uri }) => uri))
  const untrue = found('MISSING').find((uri) => there.has(uri))
  if (untrue !== undefined) return `audit misses ${untrue}, which is there`
  const disabled = rows.filter(({ state }) => state === 'disabled').map(({ uri }) => uri)
  return differing('audit', found('DISABLED'), disabled)
}

/** Of `status --remote` alone, for somebody who can list nothing just now. */
export async function untruthOfStatus(process: Process, world: World): Promise<string | null> {
  const { connections, subscriptions } = process.store
  const connection = await connections.get(ACCOUNT)
  if (connection === null) return 'the connection is gone'
  const { clock, oauth, calendly } = process.account
  const deps = { connections, subscriptions, clock, oauth, calendly }
  const [only] = (await status(deps, [connection], { remote: true })).accounts
  const { state } = world.emulator.control
  const owner = state.users.get(world.emulator.info.userUri)
  const membership = [...state.memberships.values()].find(
    (one) => one.user === owner?.uri && one.organization === owner.currentOrganization,
  )
  const where = `${only?.remote?.role ?? null} in ${only?.remote?.organizationUri ?? null}`
  if (where !== `${membership?.role ?? null} in ${owner?.currentOrganization}`) return `status says ${where}`
  const { webhook } = only ?? {}
  if (webhook === null || webhook === undefined || webhook.state === 'unknown') return null
  const really = world.rows().find(({ uri }) => uri === webhook.uri)?.state ?? 'gone'
  return webhook.state === really ? null : `status says that ${webhook.uri} is ${webhook.state}, and it is ${really}`
}

/** What the owner may list, of each scope. */
function visibleTo(
  world: World,
  { organizationUri, userUri, role }: { organizationUri: string; userUri: string; role: string },
): EmulatedRow[] {
  return world
    .rows()
    .filter(
      ({ scope, organization, user }) =>
        organization === organizationUri && (scope === 'user' ? user === userUri : scope === 'group' || role !== 'user'),
    )
}

function differing(who: string, said: readonly string[], so: readonly string[]): string | null {
  const untrue = said.filter((one) => !so.includes(one))
  const unsaid = so.filter((one) => !said.includes(one))
  if (untrue.length === 0 && unsaid.length === 0) return null
  return `${who} says ${untrue.join(', ') || 'nothing untrue'}, and leaves out ${unsaid.join(', ') || 'nothing'}`
}
