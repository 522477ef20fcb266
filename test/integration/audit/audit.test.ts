// The audit's operation against an emulator and a real store: what it asks for, what it counts, what it says that it did not see.

import { afterEach, describe, expect, test } from 'vitest'
import { accountRig, type ConnectedFields, type Rig } from '../../support/accounts.ts'
import type { EmulatorOptions } from '../../../src/emulator/server.ts'
import { audit, type AuditReport, type AuditRequest } from '../../../src/operations/audit/audit.ts'
import type { Session } from '../../../src/operations/observe/session.ts'
import { history } from '../../../src/core/audit/history.ts'

const REQUEST: AuditRequest = { failOn: 'error', totalMax: null, perUrlMax: null, allowHosts: [] }
const SILENT = { start() {}, advance() {}, note() {}, stop() {} }

const DAY_MS = 86_400_000

let rig: Rig | null = null
afterEach(async () => {
  await rig?.close()
  rig = null
})

async function open(options: EmulatorOptions = {}): Promise<Rig> {
  rig = await accountRig(options)
  return rig
}

async function sessionOf(opened: Rig, name: string, fields: ConnectedFields = {}): Promise<Session> {
  const connection = await opened.connected(name, fields)
  const { accessToken, userUri, organizationUri, role } = connection
  if (accessToken === null || userUri === null || organizationUri === null || role === null) throw new Error('not connected')
  const api = await opened.deps.calendly({ get: async () => accessToken, renew: async () => null })
  const grantedScopes = connection.scopes.length === 0 ? null : connection.scopes
  return { account: name, userUri, organizationUri, role, grantedScopes, api, connection }
}

function run(opened: Rig, session: Session, request: Partial<AuditRequest> = {}): Promise<AuditReport> {
  return audit({ store: session.connection === null ? null : opened.store, progress: SILENT }, session, { ...REQUEST, ...request })
}

/** Requests since the last call by path, with how often. */
function requestsByPath(opened: Rig): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const request of opened.requests()) counts[request] = (counts[request] ?? 0) + 1
  return counts
}

describe('audit()', () => {
  test('audit() of 5,000 subscriptions and 2,000 members asks for exactly ceil(n/100) pages of each list, by GET alone', async () => {
    const opened = await open({
      switches: { rate_limit_paid: 100_000 },
      seed: {
        users: [{ email: 'owner@example.com', role: 'owner' }, { count: 1_999 }],
        subscriptions: [
          { count: 4_901, callback_url: 'https://h{n}.example.com/hook', created_step_ms: 1_000 },
          { count: 99, callback_url: 'https://u{n}.example.com/hook', scope: 'user', created_step_ms: 1_000 },
        ],
      },
    })
    const session = await sessionOf(opened, 'acme', { scope: 'default' })
    opened.requests()
    const { result } = await run(opened, session)
    expect(requestsByPath(opened)).toEqual({
      'GET /webhook_subscriptions': 50 + 1,
      'GET /organization_memberships': 20,
      'GET /groups': 1,
    })
    expect(result.summary).toEqual({
      total: 5_000,
      active: 5_000,
      disabled: 0,
      retrying: 0,
      managed: 0,
      foreign: 5_000,
      duplicates: 0,
      distinctUrls: 5_000,
    })
    expect(result.findings).toEqual([])
  })

  test('audit() of an owner sees organization, own user scope and every group', async () => {
    const opened = await open({
      seed: {
        groups: [{ name: 'sales' }, { name: 'support' }],
        subscriptions: [
          { callback_url: 'https://o.example.com/' },
          { callback_url: 'https://u.example.com/', scope: 'user' },
          { callback_url: 'https://g.example.com/', scope: 'group', group: 'sales' },
          { callback_url: 'https://g.example.com/', scope: 'group', group: 'support' },
        ],
      },
    })
    const { result, rows } = await run(opened, await sessionOf(opened, 'acme', { scope: 'default' }))
    expect(rows.map(({ scope }) => scope)).toEqual(['organization', 'user', 'group', 'group'])
    expect(result.scopes).toEqual([
      { scope: 'organization', leftOut: null },
      { scope: 'user', leftOut: null },
      { scope: 'group', leftOut: null },
    ])
  })

  test('audit() without groups:read leaves groups out without asking, and says so', async () => {
    const opened = await open({ seed: { groups: [{ name: 'sales' }] } })
    const session = await sessionOf(opened, 'acme', { scope: 'users:read organizations:read webhooks:read' })
    opened.requests()
    const { result } = await run(opened, session)
    expect(result.scopes[2]).toEqual({ scope: 'group', leftOut: 'oauth_scope' })
    expect(requestsByPath(opened)).toEqual({ 'GET /webhook_subscriptions': 2, 'GET /organization_memberships': 1 })
  })

  test('audit() goes on where Calendly refuses to list groups', async () => {
    const faults = [{ method: 'GET', path: '/groups', action: 'status', status: 403, body: { title: 'Permission Denied', message: 'No' } }]
    const opened = await open({ faults })
    const { result } = await run(opened, await sessionOf(opened, 'acme', { scope: 'default' }))
    expect(result.scopes[2]).toEqual({ scope: 'group', leftOut: 'refused' })
  })

  test('audit() of a member looks at the own user scope and names what it left out', async () => {
    const opened = await open({
      seed: {
        users: [
          { email: 'owner@example.com', role: 'owner' },
          { email: 'member@example.com', role: 'user' },
        ],
        subscriptions: [
          { callback_url: 'https://o.example.com/' },
          { callback_url: 'https://u.example.com/', scope: 'user', user: 'member@example.com' },
        ],
      },
    })
    const session = await sessionOf(opened, 'member', { user: 'member@example.com', role: 'user', scope: 'default' })
    opened.requests()
    const { result, rows } = await run(opened, session)
    expect(requestsByPath(opened)).toEqual({ 'GET /webhook_subscriptions': 1 })
    expect(rows.map(({ callbackUrl }) => callbackUrl)).toEqual(['https://u.example.com/'])
    expect(result.scopes.map(({ leftOut }) => leftOut)).toEqual(['role', null, 'role'])
    expect(result.notJudged).toEqual([
      { code: 'CREATOR_GONE', why: 'members_not_listed' },
      { code: 'UNKNOWN_HOST', why: 'no_allow_host' },
    ])
  })

  test('audit() does without the members where it may not list them, unless --fail-on names what needs them', async () => {
    const opened = await open()
    const session = await sessionOf(opened, 'acme', { scope: 'users:read webhooks:read' })
    const { result } = await run(opened, session)
    expect(result.notJudged.map(({ code }) => code)).toContain('CREATOR_GONE')
    await expect(run(opened, session, { failOn: ['CREATOR_GONE'] })).rejects.toMatchObject({ code: 'CALENDLY_INSUFFICIENT_SCOPE' })
  })

  test('audit() fails, and never reports a part, when a subscription list cannot be read', async () => {
    const faults = [{ method: 'GET', path: '/webhook_subscriptions', action: 'status', status: 500, times: 100 }]
    const opened = await open({ faults })
    const session = await sessionOf(opened, 'acme', { scope: 'default' })
    await expect(run(opened, session)).rejects.toMatchObject({ exit: 'unreachable' })
  })
})

describe('audit snapshots', () => {
  test('audit() leaves its count in the store, and a trend of earlier counts survives deletions', async () => {
    const nowMs = Date.now()
    const opened = await open({
      seed: {
        subscriptions: [
          {
            count: 9,
            callback_url: 'https://h{n}.example.com/',
            created_at: new Date(nowMs - 3 * DAY_MS).toISOString(),
            created_step_ms: 0,
          },
        ],
      },
    })
    const session = await sessionOf(opened, 'acme', { scope: 'default' })
    await opened.store.auditSnapshots.add(session, { atMs: nowMs - 2 * DAY_MS, total: 12, active: 12 })
    const before = await run(opened, session)
    expect(before.result.history.map(({ total }) => total)).toEqual([9, 12, 12, 9])
    for (const { uri } of before.rows.slice(1)) opened.emulator.control.state.removeSubscription(uri)
    const after = await run(opened, session)
    expect(after.result.history.map(({ created, total }) => [created, total])).toEqual([
      [1, 1],
      [0, 12],
      [0, 12],
      [0, 1],
    ])
    expect((await opened.store.auditSnapshots.list(session)).map(({ total }) => total)).toEqual([12, 1])
  })

  test('audit() of CALENDLY_TOKEN leaves nothing', async () => {
    const opened = await open()
    const session = { ...(await sessionOf(opened, 'acme', { scope: 'default' })), connection: null }
    const { result } = await run(opened, session)
    expect(result.notJudged.map(({ code }) => code)).toEqual(['KEY_UNKNOWN', 'CONTESTED', 'UNKNOWN_HOST', 'DRIFT', 'MISSING'])
    expect(await opened.store.auditSnapshots.list(session)).toEqual([])
  })

  test('AuditSnapshots keeps one count a day for each caller, oldest first', async () => {
    const { store } = await open()
    const owner = { userUri: 'https://api.calendly.com/users/U', organizationUri: 'https://api.calendly.com/organizations/O' }
    const day = Date.UTC(2026, 0, 2)
    await store.auditSnapshots.add(owner, { atMs: day, total: 5, active: 4 })
    await store.auditSnapshots.add(owner, { atMs: day + 3_600_000, total: 7, active: 7 })
    await store.auditSnapshots.add(owner, { atMs: day - 86_400_000, total: 1, active: 1 })
    await store.auditSnapshots.add({ ...owner, userUri: 'https://api.calendly.com/users/V' }, { atMs: day, total: 99, active: 99 })
    const kept = await store.auditSnapshots.list(owner)
    expect(kept).toEqual([
      { atMs: day - 86_400_000, total: 1, active: 1 },
      { atMs: day + 3_600_000, total: 7, active: 7 },
    ])
    expect(history([], kept).map(({ total }) => total)).toEqual([1, 0])
  })
})
