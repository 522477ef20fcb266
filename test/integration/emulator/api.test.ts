import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { ask, type WireAnswer } from '../../support/wire-client.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  await emulator.close()
})

const api = (method: string, path: string, json?: unknown, token = emulator.info.personalAccessToken): Promise<WireAnswer> =>
  ask(emulator, method, path, { token, ...(json === undefined ? {} : { json }) })
const pathOf = (uri: string) => new URL(uri).pathname
const listPath = (change: Record<string, string | undefined> = {}) => {
  const query = new URLSearchParams()
  const all = { organization: emulator.info.organizationUri, scope: 'organization', ...change }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) query.set(name, value)
  return `/webhook_subscriptions?${query.toString()}`
}
const wanted = (change: object = {}) => ({
  url: 'https://example.com/hook',
  events: ['invitee.created'],
  organization: emulator.info.organizationUri,
  scope: 'organization',
  signing_key: 'k',
  ...change,
})
const tokenOf = (scope: string, user?: string) =>
  emulator.control.issueTokens({ clientId: emulator.info.clientId, scope, ...(user === undefined ? {} : { user }) }).accessToken
const memberToken = (role: 'admin' | 'user', email = 'member@example.com') => {
  emulator.control.add({ users: [{ email, role }] })
  return tokenOf('default', email)
}
const uriOf = (email: string) => [...emulator.control.state.users.values()].find((user) => user.email === email)?.uri ?? ''

const UNAUTHENTICATED = { title: 'Unauthenticated', message: 'The access token is invalid' }
const NOT_FOUND = { title: 'Resource Not Found', message: 'The server could not find the requested resource.' }
const INVALID = { title: 'Invalid Argument', message: 'The supplied parameters are invalid.' }
const denied = (message: string) => ({ title: 'Permission Denied', message })
const lacking = (...required_scopes: string[]) => ({
  title: 'Insufficient scope',
  message: "This operation requires the scopes listed in the 'required_scopes' array.",
  required_scopes,
})

describe('every answer', () => {
  test('carries the headers that were recorded', async () => {
    emulator.control.seed({ organizations: [{ stage: 'free' }] })
    const grant = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    const { headers } = await api('GET', '/users/me', undefined, grant.accessToken)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '49',
      'x-ratelimit-reset': '60',
      'x-ratelimit-tier': 'free',
      'x-ratelimit-key': `oauth:${emulator.info.clientId}:${emulator.info.userUri.split('/').at(-1)}`,
      'cache-control': 'max-age=0, private, must-revalidate',
      server: 'cloudflare',
      'cf-cache-status': 'DYNAMIC',
      vary: 'Accept-Encoding',
    })
    expect(headers['etag']).toMatch(/^W\/"[0-9a-f]{32}"$/)
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['x-runtime']).toMatch(/^\d+\.\d{6}$/)
    expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-PDX$/)
  })

  test('has the date of the emulator clock', async () => {
    await emulator.control.advanceTime(86_400_000 * 365)
    const { headers } = await api('GET', '/users/me')
    expect(Math.abs(Date.parse(headers['date'] ?? '') - emulator.control.clock.nowMs())).toBeLessThan(5000)
  })

  test('is 401 with the same bytes for no token, a bogus one and a revoked one', async () => {
    const answers = [await ask(emulator, 'GET', '/users/me'), await api('GET', '/users/me', undefined, 'bogus')]
    emulator.control.revokeTokens()
    answers.push(await api('GET', '/users/me'))
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual([1, 2, 3].map(() => ({ status: 401, body: UNAUTHENTICATED })))
  })

  test.each([
    ['GET', '/contacts'],
    ['GET', '/meeting_recaps/AAAAAAAAAAAAAAAA/transcript'],
    ['POST', '/scheduling_links'],
    ['DELETE', '/organization_memberships/AAAAAAAAAAAAAAAA'],
    ['PUT', '/users/me'],
    ['PATCH', '/webhook_subscriptions/x'],
    ['GET', '/webhook_subscriptions/x/y'],
    ['GET', '/users/../x%00'],
  ])('is 401 and then 501, never 404, for what the emulator does not have: %s %s', async (method, path) => {
    expect(await ask(emulator, method, path)).toMatchObject({ status: 401, body: UNAUTHENTICATED })
    const { status, body } = await api(method, path)
    expect([status, body.title, body.message]).toEqual([501, 'Not Emulated', expect.stringContaining(`The emulator has no ${method} /`)])
  })

  test('is 404 for an id that is none, whatever it is made of', async () => {
    for (const path of ['/webhook_subscriptions/x_y', '/users/%00', '/organizations/..%2F', '/groups/%F0%9F%A4%96'])
      expect(await api('GET', path)).toMatchObject({ status: 404, body: NOT_FOUND })
  })

  test('has no body for HEAD', async () => {
    const { status, text, headers } = await api('HEAD', '/users/me')
    expect([status, text, Number(headers['content-length']) > 100]).toEqual([200, '', true])
  })

  test('is 429 above the limit of 500 per app and user, and fine again a minute later', async () => {
    emulator.control.setSwitches({ rate_limit_paid: 2 })
    const token = tokenOf('default')
    await api('GET', '/users/me', undefined, token)
    await api('GET', '/users/me', undefined, token)
    const third = await api('GET', '/users/me', undefined, token)
    expect([
      third.status,
      third.headers['x-ratelimit-limit'],
      third.headers['x-ratelimit-remaining'],
      third.headers['retry-after'],
    ]).toEqual([429, '2', '0', undefined])
    expect((await api('GET', '/users/me')).status).toBe(200)
    await emulator.control.advanceTime(60_000)
    expect((await api('GET', '/users/me', undefined, token)).headers['x-ratelimit-remaining']).toBe('1')
  })

  test('survives garbage: a huge body, broken JSON, a target that is no path', async () => {
    expect((await api('POST', '/webhook_subscriptions', { url: 'x'.repeat(1_100_000) })).status).toBe(413)
    const headers = { 'content-type': 'application/json' }
    const broken = await ask(emulator, 'POST', '/webhook_subscriptions', {
      token: emulator.info.personalAccessToken,
      headers,
      body: '{"url":',
    })
    expect(broken).toMatchObject({ status: 400, body: INVALID })
    expect((await api('GET', '/users/me?%E0%A4%A')).status).toBe(400)
    expect((await api('GET', '/users/me')).status).toBe(200)
  })
})

describe('identity', () => {
  test('GET /users/me and /users/{id} return the same thirteen fields', async () => {
    const me = await api('GET', '/users/me')
    expect(await api('GET', pathOf(emulator.info.userUri))).toMatchObject({ status: 200, body: me.body })
    expect(Object.keys(me.body.resource)).toEqual(Object.keys(me.body.resource).sort())
    expect(me.body.resource.current_organization).toBe(emulator.info.organizationUri)
  })

  test('GET /users/{id} is 404 for nobody and 403 for a stranger', async () => {
    emulator.control.add({ organizations: [{ name: 'Other' }], users: [{ email: 'stranger@example.com', organization: 'Other' }] })
    expect(await api('GET', '/users/00000000-0000-0000-0000-000000000000')).toMatchObject({ status: 404, body: NOT_FOUND })
    expect(await api('GET', pathOf(uriOf('stranger@example.com')))).toMatchObject({
      status: 403,
      body: denied('You do not have permission'),
    })
  })

  test('GET /organizations/{id} shows a free account as basic and free', async () => {
    emulator.control.seed({ organizations: [{ stage: 'free', name: 'Small' }] })
    const { body } = await api('GET', pathOf(emulator.info.organizationUri))
    expect(body.resource).toMatchObject({ plan: 'basic', stage: 'free', kind: 'single', name: 'Small', id: 12345678 })
  })

  test('each route names the scope that the token lacks', async () => {
    const token = tokenOf('shares:write')
    const required = async (method: string, path: string, json?: unknown) => (await api(method, path, json, token)).body
    expect(await required('GET', '/users/me')).toEqual(lacking('users:read'))
    expect(await required('GET', '/organizations/x')).toEqual(lacking('organizations:read'))
    expect(await required('GET', '/organization_memberships')).toEqual(lacking('organizations:read'))
    expect(await required('GET', '/groups')).toEqual(lacking('groups:read'))
    expect(await required('GET', '/webhook_subscriptions')).toEqual(lacking('webhooks:read'))
    expect(await required('GET', '/sample_webhook_data')).toEqual(lacking('webhooks:read'))
    expect(await required('POST', '/webhook_subscriptions', {})).toEqual(lacking('webhooks:write'))
    expect(await required('DELETE', '/webhook_subscriptions/x')).toEqual(lacking('webhooks:write'))
  })

  test('a write scope implies its read scope, and an empty scope allows nothing', async () => {
    expect(
      (await api('GET', '/organization_memberships?user=' + emulator.info.userUri, undefined, tokenOf('organizations:write'))).status,
    ).toBe(200)
    expect((await api('GET', '/users/me', undefined, tokenOf(''))).status).toBe(403)
  })

  test('GET /organization_memberships filters by user, role and e-mail, and needs an admin for everybody', async () => {
    const token = memberToken('user')
    const all = `/organization_memberships?organization=${emulator.info.organizationUri}`
    const roles = async (path: string) => (await api('GET', path)).body.collection.map((row: { role: string }) => row.role)
    expect(await roles(all)).toEqual(['owner', 'user'])
    expect(await roles(`${all}&role=user`)).toEqual(['user'])
    expect(await roles(`${all}&email=owner@example.com`)).toEqual(['owner'])
    expect(await api('GET', all, undefined, token)).toMatchObject({
      status: 403,
      body: denied('You do not have permission to access this resource.'),
    })
    const own = await api('GET', `/organization_memberships?user=${uriOf('member@example.com')}`, undefined, token)
    expect(own.body.collection.map((row: { role: string }) => row.role)).toEqual(['user'])
    expect((await api('GET', pathOf(own.body.collection[0].uri), undefined, token)).body).toEqual({ resource: own.body.collection[0] })
    expect((await api('GET', `/organization_memberships?user=${emulator.info.userUri}`, undefined, token)).status).toBe(403)
  })

  test('GET /organization_memberships refuses bare UUIDs, unknown roles and parameters, and no filter', async () => {
    for (const query of [
      '',
      `user=${emulator.info.userUri.split('/').at(-1)}`,
      `user=${emulator.info.userUri}&role=boss`,
      `user=${emulator.info.userUri}&x=1`,
    ])
      expect(await api('GET', `/organization_memberships?${query}`)).toMatchObject({ status: 400, body: INVALID })
  })

  test('GET /groups lists an organization with member counts to admins', async () => {
    emulator.control.add({ groups: [{ name: 'Sales', members: ['owner@example.com'] }] })
    const { body } = await api('GET', `/groups?organization=${emulator.info.organizationUri}`)
    expect(body.collection).toMatchObject([{ name: 'Sales', member_count: 1 }])
    expect((await api('GET', pathOf(body.collection[0].uri))).body.resource).toEqual(body.collection[0])
    expect((await api('GET', '/groups')).body.details).toEqual([{ parameter: 'organization', message: 'is missing' }])
    expect((await api('GET', `/groups?organization=${emulator.info.organizationUri}`, undefined, memberToken('user'))).status).toBe(403)
  })
})

describe('GET /webhook_subscriptions', () => {
  test.each([
    ['organization', { organization: undefined }, 'is missing'],
    ['scope', { scope: undefined }, 'is missing'],
    ['user', { scope: 'user' }, 'is missing'],
    ['group', { scope: 'group' }, 'is missing'],
    ['scope', { scope: 'team' }, 'must be one of: organization, user, group'],
    ['organization', { organization: '4bc072d1-1dbe-4c06-af2e-ad9a99e021ca' }, 'is in invalid format'],
    ['user', { scope: 'user', user: '4bc072d1-1dbe-4c06-af2e-ad9a99e021ca' }, 'is in invalid format'],
    ['count', { count: '0' }, 'must be greater than or equal to 1'],
    ['count', { count: '101' }, 'must be less than or equal to 100'],
    ['count', { count: 'ten' }, 'must be an integer'],
    ['sort', { sort: 'name:asc' }, 'is invalid'],
    ['page_token', { page_token: 'x'.repeat(32) }, 'is invalid'],
    ['pagination_token', { pagination_token: 'x' }, 'is not allowed'],
  ])('refuses a bad %s in %j', async (parameter, change, message) => {
    expect(await api('GET', listPath(change))).toMatchObject({ status: 400, body: { ...INVALID, details: [{ parameter, message }] } })
  })

  test('refuses strangers, plain members and other users with the documented texts', async () => {
    emulator.control.add({ organizations: [{ name: 'Other' }], users: [{ email: 'stranger@example.com', organization: 'Other' }] })
    const member = memberToken('user')
    const message = async (path: string, token: string) => (await api('GET', path, undefined, token)).body
    expect(await message(listPath(), tokenOf('default', 'stranger@example.com'))).toEqual(denied('You do not have permission'))
    expect(await message(listPath(), member)).toEqual(denied('You do not have permission to access this resource.'))
    expect(await message(listPath({ scope: 'user', user: emulator.info.userUri }), member)).toEqual(denied('Unauthorized'))
    expect((await api('GET', listPath({ scope: 'user', user: uriOf('member@example.com') }), undefined, member)).status).toBe(200)
  })

  test.each([
    [0, 100, [0]],
    [1, 100, [1]],
    [99, 100, [99]],
    [100, 100, [100]],
    [101, 100, [100, 1]],
    [250, 100, [100, 100, 50]],
    [41, undefined, [20, 20, 1]],
  ])('pages %i rows by %s into %j, each once, and back again', async (total, count, sizes) => {
    if (total > 0) emulator.control.add({ subscriptions: [{ count: total, callback_url: 'https://example.com/{n}' }] })
    const change = count === undefined ? {} : { count: String(count) }
    const pages: any[] = [] // eslint-disable-line typescript/no-explicit-any -- held against the wire schema by `api`
    for (let path: string | null = listPath(change); path !== null;) {
      const { body } = await api('GET', path)
      pages.push(body)
      const next: string | null = body.pagination.next_page
      path = next === null ? null : next.replace('https://api.calendly.com', '')
    }
    expect(pages.map((page) => page.pagination.count)).toEqual(sizes)
    const urls = pages.flatMap((page) => page.collection.map((row: { callback_url: string }) => row.callback_url))
    expect(urls).toEqual(Array.from({ length: total }, (_, index) => `https://example.com/${index + 1}`))
    const previous = pages.at(-1).pagination.previous_page
    if (sizes.length > 1)
      expect((await api('GET', previous.replace('https://api.calendly.com', ''))).body.collection).toEqual(pages.at(-2).collection)
    else expect(previous).toBe(null)
  })

  test('writes next_page with every parameter in alphabetical order, and binds the token to the query', async () => {
    emulator.control.add({ subscriptions: [{ count: 3, callback_url: 'https://example.com/{n}' }] })
    const { pagination } = (await api('GET', listPath({ count: '1', sort: 'created_at:desc' }))).body
    expect(pagination.next_page).toBe(
      `https://api.calendly.com/webhook_subscriptions?count=1&organization=${encodeURIComponent(emulator.info.organizationUri)}` +
        `&page_token=${pagination.next_page_token}&scope=organization&sort=created_at%3Adesc`,
    )
    expect((await api('GET', listPath({ page_token: pagination.next_page_token }))).status).toBe(400)
  })

  test('sorts newest first on request', async () => {
    emulator.control.add({ subscriptions: [{ count: 3, callback_url: 'https://example.com/{n}' }] })
    const urls = async (sort: string) =>
      (await api('GET', listPath({ sort }))).body.collection.map((row: { callback_url: string }) => row.callback_url.at(-1))
    expect([await urls('created_at:asc'), await urls('created_at:desc')]).toEqual([
      ['1', '2', '3'],
      ['3', '2', '1'],
    ])
  })

  test('neither repeats nor skips a row when the list changes between two pages', async () => {
    emulator.control.add({ subscriptions: [{ count: 5, callback_url: 'https://example.com/{n}' }] })
    const first = (await api('GET', listPath({ count: '2' }))).body
    await api('DELETE', pathOf(first.collection[0].uri))
    const { collection } = (await api('GET', listPath({ count: '2', page_token: first.pagination.next_page_token }))).body
    expect(collection.map((row: { callback_url: string }) => row.callback_url.at(-1))).toEqual(['3', '4'])
  })

  test('leaves out rows that are hidden for some lists or some time', async () => {
    emulator.control.add({
      subscriptions: [
        { callback_url: 'https://example.com/a', hidden_lists: 1 },
        { callback_url: 'https://example.com/b', hidden_ms: 60_000 },
      ],
    })
    const count = async () => (await api('GET', listPath())).body.pagination.count
    expect([await count(), await count()]).toEqual([0, 1])
    await emulator.control.advanceTime(60_000)
    expect(await count()).toBe(2)
  })

  test('shows other apps rows to an admin, unless apps are isolated', async () => {
    await api('POST', '/webhook_subscriptions', wanted())
    const token = tokenOf('default')
    expect((await api('GET', listPath(), undefined, token)).body.pagination.count).toBe(1)
    emulator.control.setSwitches({ isolate_by_app: true })
    expect((await api('GET', listPath(), undefined, token)).body.pagination.count).toBe(0)
  })
})

describe('POST /webhook_subscriptions', () => {
  test('creates with twelve fields, without the key, and lists it', async () => {
    const { status, body } = await api('POST', '/webhook_subscriptions', wanted())
    expect([status, Object.keys(body.resource).length, body.resource.state, body.resource.creator]).toEqual([
      201,
      12,
      'active',
      emulator.info.userUri,
    ])
    expect((await api('GET', listPath())).body.collection).toEqual([body.resource])
    expect((await api('GET', pathOf(body.resource.uri))).body.resource).toEqual(body.resource)
  })

  test.each([
    ['url', { url: undefined }, 'is missing'],
    ['url', { url: 'nonsense' }, 'is in invalid format'],
    ['url', { url: 'ftp://example.com' }, 'is in invalid format'],
    ['events', { events: undefined }, 'is missing'],
    ['events', { events: [] }, 'must be filled'],
    ['events', { events: 'invitee.created' }, 'must be an array'],
    ['events', { events: ['invitee.created', 'invitee.created'] }, 'must be unique'],
    ['events', { events: ['routing_form_submission.created'], scope: 'user' }, 'is not supported for user scope'],
    ['events', { events: ['meeting_recap.created'] }, 'is not supported for organization scope'],
    ['organization', { organization: undefined }, 'is missing'],
    ['scope', { scope: 'all' }, 'must be one of: organization, user, group'],
    ['user', { scope: 'user', user: undefined }, 'is missing'],
    ['signing_key', { signing_key: 7 }, 'must be a string'],
    ['callback_url', { callback_url: 'https://example.com' }, 'is not allowed'],
  ])('refuses a bad %s in %j', async (parameter, change, message) => {
    const user = 'scope' in change && change.scope === 'user' ? { user: emulator.info.userUri } : {}
    const { status, body } = await api('POST', '/webhook_subscriptions', wanted({ ...user, ...change }))
    expect([status, body]).toEqual([400, { ...INVALID, details: [{ parameter, message }] }])
  })

  test('refuses an unknown event, naming the known ones', async () => {
    const { body } = await api('POST', '/webhook_subscriptions', wanted({ events: ['invitee.moved'] }))
    expect(body.details[0].message).toMatch(/^must be one of: invitee\.created, .*contact\.deleted/)
  })

  test('refuses the same URL by the same creator whatever the scope, but not another spelling or another creator', async () => {
    const create = (change: object, token?: string) => api('POST', '/webhook_subscriptions', wanted(change), token)
    const admin = memberToken('admin')
    expect((await create({})).status).toBe(201)
    expect(await create({})).toMatchObject({
      status: 409,
      body: { title: 'Already Exists', message: 'Hook with this url already exists' },
    })
    expect((await create({ scope: 'user', user: emulator.info.userUri })).status).toBe(409)
    expect((await create({ url: 'https://example.com/hook/' })).status).toBe(201)
    expect((await create({}, admin)).status).toBe(201)
  })

  test.each([
    // The same again; by the same creator at user scope; by another admin through another app; by the same through another app; in another organization.
    ['creator', [409, 409, 201, 409, 201]],
    ['owner', [409, 201, 409, 409, 201]],
    ['app', [409, 201, 201, 201, 201]],
    ['organization', [409, 409, 409, 409, 201]],
    ['global', [409, 409, 409, 409, 409]],
  ] as const)('refuses a URL that is taken within the span %s', async (conflict_span, expected) => {
    const create = async (change: object, token?: string) => (await api('POST', '/webhook_subscriptions', wanted(change), token)).status
    emulator.control.add({
      organizations: [{ name: 'Other' }],
      memberships: [{ user: 'owner@example.com', organization: 'Other', role: 'owner' }],
      switches: { conflict_span },
    })
    const other = [...emulator.control.state.organizations.keys()].at(-1)
    const tries: readonly (readonly [object, string?])[] = [
      [{}],
      [{ scope: 'user', user: emulator.info.userUri }],
      [{}, memberToken('admin')],
      [{}, tokenOf('default')],
      [{ organization: other }],
    ]
    const statuses: number[] = []
    for (const [change, token] of tries) {
      for (const { uri } of emulator.control.subscriptions()) emulator.control.removeSubscription(uri)
      expect(await create({})).toBe(201)
      statuses.push(await create(change, token))
    }
    expect(statuses).toEqual(expected)
  })

  test('refuses a URL that the list does not show yet', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: 'https://example.com/hook', hidden_lists: 1 }] })
    expect((await api('GET', listPath())).body.collection).toEqual([])
    expect((await api('POST', '/webhook_subscriptions', wanted())).status).toBe(409)
  })

  test('refuses plain members at organization scope, and anybody for another user', async () => {
    const token = memberToken('user')
    const body = async (change: object) => (await api('POST', '/webhook_subscriptions', wanted(change), token)).body
    expect(await body({})).toEqual(denied('You do not have permission to access this resource.'))
    expect(await body({ scope: 'user', user: emulator.info.userUri })).toEqual(denied('Unauthorized'))
    expect((await body({ scope: 'user', user: uriOf('member@example.com') })).resource.scope).toBe('user')
  })

  test('refuses for the plan with the text of the switch: webhooks as a whole, or a gated event', async () => {
    emulator.control.seed({ organizations: [{ stage: 'free' }] })
    const gated = wanted({ events: ['routing_form_submission.created'] })
    expect(await api('POST', '/webhook_subscriptions', gated)).toMatchObject({
      status: 403,
      body: denied('Please upgrade to a paid Calendly account.'),
    })
    expect((await api('POST', '/webhook_subscriptions', wanted())).status).toBe(201)
    emulator.control.seed({
      organizations: [{ features: { webhooks: false } }],
      switches: { plan_message: 'Please upgrade your Calendly account to Standard' },
    })
    expect((await api('POST', '/webhook_subscriptions', wanted())).body).toEqual(denied('Please upgrade your Calendly account to Standard'))
  })

  test('answers a missing family scope with 400 without details, or 403 by the switch', async () => {
    const token = tokenOf('webhooks:write')
    expect((await api('POST', '/webhook_subscriptions', wanted(), token)).body).toEqual(INVALID)
    emulator.control.setSwitches({ missing_family_scope: '403' })
    expect((await api('POST', '/webhook_subscriptions', wanted(), token)).body).toEqual(lacking('scheduled_events:read'))
  })

  test('checks in the order of the switch', async () => {
    await api('POST', '/webhook_subscriptions', wanted())
    const token = memberToken('user')
    expect((await api('POST', '/webhook_subscriptions', wanted(), token)).status).toBe(403)
    emulator.control.setSwitches({
      conflict_span: 'owner',
      create_check_order: ['conflict', 'shape', 'role', 'plan', 'family_scope', 'oauth_scope'],
    })
    expect((await api('POST', '/webhook_subscriptions', wanted(), token)).status).toBe(409)
  })

  test('makes and lists group scope for admins, for groups of that organization only', async () => {
    emulator.control.add({ groups: [{ name: 'Sales' }], organizations: [{ name: 'Other' }] })
    emulator.control.add({ groups: [{ name: 'Theirs', organization: 'Other' }] })
    const [sales = '', theirs = ''] = [...emulator.control.state.groups.keys()]
    expect((await api('POST', '/webhook_subscriptions', wanted({ scope: 'group', group: sales }))).body.resource.group).toBe(sales)
    expect((await api('GET', listPath({ scope: 'group', group: sales }))).body.pagination.count).toBe(1)
    expect((await api('POST', '/webhook_subscriptions', wanted({ scope: 'group', group: theirs }))).status).toBe(403)
  })
})

describe('DELETE /webhook_subscriptions/{id}', () => {
  test('is 204 and empty, then 404', async () => {
    const { uri } = (await api('POST', '/webhook_subscriptions', wanted())).body.resource
    const first = await api('DELETE', pathOf(uri))
    expect([first.status, first.text, first.headers['content-type']]).toEqual([204, '', undefined])
    expect(await api('DELETE', pathOf(uri))).toMatchObject({ status: 404, body: NOT_FOUND })
    expect(await api('GET', pathOf(uri))).toMatchObject({ status: 404, body: NOT_FOUND })
  })

  test('lets an admin delete another admin\u2019s organization one, and nobody another user\u2019s', async () => {
    const admin = memberToken('admin')
    const organization = (await api('POST', '/webhook_subscriptions', wanted())).body.resource
    const mine = wanted({ scope: 'user', user: emulator.info.userUri, url: 'https://example.com/mine' })
    const user = (await api('POST', '/webhook_subscriptions', mine)).body.resource
    expect((await api('DELETE', pathOf(user.uri), undefined, admin)).body).toEqual(
      denied('You do not have permission to access this resource.'),
    )
    emulator.control.setRole('member@example.com', 'user')
    expect((await api('DELETE', pathOf(organization.uri), undefined, admin)).status).toBe(403)
    emulator.control.setRole('member@example.com', 'admin')
    expect((await api('DELETE', pathOf(organization.uri), undefined, admin)).status).toBe(204)
  })
})

describe('GET /sample_webhook_data', () => {
  test('returns a bare payload for every event in a scope that it has', async () => {
    for (const [event, scope] of [
      ['invitee.canceled', 'organization'],
      ['routing_form_submission.created', 'organization'],
      ['meeting_recap.deleted', 'user'],
      ['contact.created', 'user'],
      ['event_type.updated', 'user'],
      ['invitee_no_show.created', 'user'],
    ]) {
      const owner = scope === 'user' ? `&user=${emulator.info.userUri}` : ''
      const { status, body } = await api(
        'GET',
        `/sample_webhook_data?event=${event}&scope=${scope}&organization=${emulator.info.organizationUri}${owner}`,
      )
      expect([status, body.event, body.created_by]).toEqual([200, event, emulator.info.userUri])
    }
  })

  test('refuses an unknown event, a wrong scope for it and a missing one', async () => {
    const common = `scope=organization&organization=${emulator.info.organizationUri}`
    for (const query of [common, `${common}&event=x`, `${common}&event=meeting_recap.created`])
      expect((await api('GET', `/sample_webhook_data?${query}`)).body.details[0].parameter).toBe('event')
  })
})
