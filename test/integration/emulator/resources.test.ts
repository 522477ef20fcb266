// Everything that the emulator has beside webhooks: scheduled events, event types, availability, routing forms, invitations and so
// on, each answer held against the transcription of Calendly's OpenAPI.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EVENT_RULES } from '../../../src/emulator/events.ts'
import { ROUTES } from '../../../src/emulator/router.ts'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { answerProblems, OPERATIONS, payloadProblems } from '../../support/openapi-check.ts'

/** Its clock stands still, so that no test depends on the day it runs on. */
const A_TUESDAY_MS = Date.UTC(2026, 10, 24, 8)

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator({
    realNowMs: () => A_TUESDAY_MS,
    seed: {
      organizations: [{ name: 'Acme', plan: 'enterprise' }, { name: 'Other' }],
      users: [
        { email: 'owner@example.com', role: 'owner', timezone: 'UTC' },
        { email: 'member@example.com', role: 'user' },
        { email: 'stranger@example.com', organization: 'Other', role: 'owner' },
      ],
      groups: [{ name: 'Sales', members: ['owner@example.com', 'member@example.com'] }],
      event_types: [{ id: 'INTRO', name: 'Intro', duration: 15, owner: 'member@example.com' }],
      meetings: [
        { count: 3, invitee_email: 'guest{n}@example.com' },
        { host: 'member@example.com', event_type: 'INTRO', canceled: true },
      ],
      invitations: [{ email: 'new@example.com' }],
      subscriptions: [
        { callback_url: 'https://example.com/hook', events: ['invitee.canceled', 'invitee_no_show.created', 'invitee_no_show.deleted'] },
      ],
    },
  })
})
afterEach(async () => {
  await emulator.close()
})

interface Answer {
  readonly status: number
  readonly body: any // eslint-disable-line typescript/no-explicit-any -- judged by the schema; tests look inside
}

async function api(method: string, target: string, options: { json?: unknown; token?: string } = {}): Promise<Answer> {
  const { json, token = emulator.info.personalAccessToken } = options
  const headers = { authorization: `Bearer ${token}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
  const init = json === undefined ? { method, headers } : { method, headers, body: JSON.stringify(json) }
  const response = await fetch(emulator.url + target, init)
  const text = await response.text()
  const body: unknown = text === '' ? null : JSON.parse(text)
  expect(answerProblems(method, new URL(target, emulator.url).pathname, response.status, body)).toEqual([])
  return { status: response.status, body }
}
const get = (path: string, query: Record<string, string> = {}, token?: string) =>
  api('GET', `${path}?${new URLSearchParams(query).toString()}`, token === undefined ? {} : { token })
const pathOf = (uri: string) => new URL(uri).pathname
const uriOf = (email: string) => [...emulator.control.state.users.values()].find((user) => user.email === email)?.uri ?? ''
const tokenOf = (email: string, scope = 'default') =>
  emulator.control.issueTokens({ clientId: emulator.info.clientId, user: email, scope }).accessToken
const organization = () => emulator.info.organizationUri
const list = async (path: string, query: Record<string, string>) => (await get(path, query)).body.collection
const soon = (days: number) => new Date(emulator.control.clock.nowMs() + days * 86_400_000).toISOString()

/** The query that each list cannot do without, and what stands for `{id}`. */
async function examples(): Promise<Readonly<Record<string, string>>> {
  const { state } = emulator.control
  const user = encodeURIComponent(uriOf('owner@example.com'))
  const inOrganization = `organization=${encodeURIComponent(organization())}`
  const first = <T extends { uri: string }>(rows: ReadonlyMap<string, T>) => pathOf([...rows.values()][0]?.uri ?? '')
  const meeting = [...state.meetings.values()][0]

  const noShow = await api('POST', '/invitee_no_shows', { json: { invitee: meeting?.inviteeUri } })
  const submission = await fetch(`${emulator.url}/_emulator/routing_forms/submit`, { method: 'POST', body: '{}' })
  const submitted: { row: { uri: string } } = JSON.parse(await submission.text())
  const organizationPath = pathOf(organization())
  const relationship = (await list('/group_relationships', { organization: organization() }))[0].uri
  const schedule = (await list('/user_availability_schedules', { user: uriOf('owner@example.com') }))[0].uri
  const range = `start_time=${soon(1)}&end_time=${soon(7)}`
  return {
    'GET /users/{id}': '/users/me',
    'GET /organizations/{id}': organizationPath,
    'GET /organization_memberships': `/organization_memberships?${inOrganization}`,
    'GET /organization_memberships/{id}': first(state.memberships),
    'GET /organizations/{id}/invitations': `${organizationPath}/invitations`,
    'POST /organizations/{id}/invitations': `${organizationPath}/invitations {"email":"x@example.com"}`,
    'GET /organizations/{id}/invitations/{id}': first(state.invitations),
    'DELETE /organizations/{id}/invitations/{id}': first(state.invitations),
    'GET /groups': `/groups?${inOrganization}`,
    'GET /groups/{id}': first(state.groups),
    'GET /group_relationships': `/group_relationships?${inOrganization}`,
    'GET /group_relationships/{id}': pathOf(relationship),
    'GET /activity_log_entries': `/activity_log_entries?${inOrganization}`,
    'GET /event_types': `/event_types?${inOrganization}`,
    'GET /event_types/{id}': '/event_types/INTRO',
    'GET /event_type_available_times': `/event_type_available_times?event_type=https://api.calendly.com/event_types/INTRO&${range}`,
    'GET /scheduled_events': `/scheduled_events?${inOrganization}`,
    'GET /scheduled_events/{id}': first(state.meetings),
    'GET /scheduled_events/{id}/invitees': `${first(state.meetings)}/invitees`,
    'GET /scheduled_events/{id}/invitees/{id}': pathOf(meeting?.inviteeUri ?? ''),
    'POST /scheduled_events/{id}/cancellation': `${first(state.meetings)}/cancellation {"reason":"Ill"}`,
    'POST /invitee_no_shows': `/invitee_no_shows {"invitee":"${[...state.meetings.values()][1]?.inviteeUri ?? ''}"}`,
    'GET /invitee_no_shows/{id}': pathOf(noShow.body.resource.uri),
    'DELETE /invitee_no_shows/{id}': pathOf(noShow.body.resource.uri),
    'GET /user_availability_schedules': `/user_availability_schedules?user=${user}`,
    'GET /user_availability_schedules/{id}': pathOf(schedule),
    'GET /user_busy_times': `/user_busy_times?user=${user}&${range}`,
    'GET /routing_forms': `/routing_forms?${inOrganization}`,
    'GET /routing_forms/{id}': first(state.routingForms),
    'GET /routing_form_submissions': `/routing_form_submissions?form=${[...state.routingForms.keys()][0] ?? ''}`,
    'GET /routing_form_submissions/{id}': pathOf(submitted.row.uri),
    'GET /webhook_subscriptions': `/webhook_subscriptions?scope=organization&${inOrganization}`,
    'POST /webhook_subscriptions': `/webhook_subscriptions {"url":"https://example.com/new","events":["invitee.created"],"scope":"organization","organization":"${organization()}"}`,
    'GET /webhook_subscriptions/{id}': pathOf(emulator.control.subscriptions()[0]?.uri ?? ''),
    'DELETE /webhook_subscriptions/{id}': pathOf(emulator.control.subscriptions()[0]?.uri ?? ''),
    'GET /sample_webhook_data': `/sample_webhook_data?event=invitee.created&scope=organization&${inOrganization}`,
  }
}

describe('every path', () => {
  test('is in the OpenAPI transcription, and the other way round', () => {
    const ours = ROUTES.map(({ method, path }) => `${method} ${path}`)
    expect(OPERATIONS.map((one) => one.replaceAll(/\{[a-z_]+\}/g, '{id}')).sort()).toEqual(ours.sort())
  })

  test('answers validly, is 401 without a token, and 403 naming its scope without that', async () => {
    const all = await examples()
    const bare = emulator.control.issueTokens({ clientId: emulator.info.clientId, scope: 'locations:read' }).accessToken
    // What deletes comes last.
    const routes = ROUTES.toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'))
    for (const { method, path, oauthScope } of routes) {
      const [target = '', body] = (all[`${method} ${path}`] ?? 'missing').split(' ', 2)
      const json = body === undefined ? {} : { json: JSON.parse(body) }
      expect([method, path, (await api(method, target, { ...json, token: 'none' })).status]).toEqual([method, path, 401])
      const refused = await api(method, target, { ...json, token: bare })
      expect([method, path, refused.body.required_scopes]).toEqual([method, path, [oauthScope === '' ? 'webhooks:write' : oauthScope]])
      const { status } = await api(method, target, json)
      expect([method, path, status]).toEqual([method, path, { GET: 200, POST: 201, DELETE: 204 }[method]])
    }
  })

  test('refuses strangers', async () => {
    const all = await examples()
    const token = tokenOf('stranger@example.com')
    for (const { method, path } of ROUTES.filter((one) => one.path !== '/users/{id}' && one.path !== '/group_relationships/{id}')) {
      const [target = '', body] = (all[`${method} ${path}`] ?? 'missing').split(' ', 2)
      const { status } = await api(method, target, { token, ...(body === undefined ? {} : { json: JSON.parse(body) }) })
      expect([method, path, status]).toEqual([method, path, 403])
    }
  })
})

describe('GET /scheduled_events', () => {
  test('filters by status, time, invitee, user and group, sorts both ways, and pages', async () => {
    const all = { organization: organization() }
    const starts = (rows: { start_time: string }[]) => rows.map((row) => row.start_time)
    const ascending = starts(await list('/scheduled_events', all))
    expect(ascending).toEqual(ascending.toSorted())
    expect(starts(await list('/scheduled_events', { ...all, sort: 'start_time:desc' }))).toEqual(ascending.toReversed())
    expect(await list('/scheduled_events', { ...all, status: 'canceled' })).toHaveLength(1)
    expect(await list('/scheduled_events', { ...all, invitee_email: 'guest2@example.com' })).toHaveLength(1)
    expect(await list('/scheduled_events', { ...all, min_start_time: soon(1.03) })).toHaveLength(2)
    expect(await list('/scheduled_events', { ...all, max_start_time: soon(0.5) })).toHaveLength(0)
    expect(await list('/scheduled_events', { user: emulator.info.userUri })).toHaveLength(3)
    const group = [...emulator.control.state.groups.keys()][0] ?? ''
    expect(await list('/scheduled_events', { group })).toHaveLength(4)
    const first = await get('/scheduled_events', { ...all, count: '3' })
    const second = await get('/scheduled_events', { ...all, count: '3', page_token: first.body.pagination.next_page_token })
    expect(starts([...first.body.collection, ...second.body.collection])).toEqual(ascending)
  })

  test('shows members their own only, and asks for a user, an organization or a group', async () => {
    const token = tokenOf('member@example.com')
    const status = async (query: Record<string, string>) => (await get('/scheduled_events', query, token)).status
    expect(await status({ user: uriOf('member@example.com') })).toBe(200)
    expect(await status({ organization: organization() })).toBe(403)
    expect(await status({ user: emulator.info.userUri })).toBe(403)
    expect((await get('/scheduled_events')).body.details).toEqual([{ parameter: 'organization', message: 'is missing' }])
    expect((await get('/scheduled_events', { user: 'x', sort: 'name:up', status: 'gone', min_start_time: 'soon' })).body.details).toEqual([
      { parameter: 'user', message: 'is in invalid format' },
      { parameter: 'status', message: 'must be one of: active, canceled' },
      { parameter: 'min_start_time', message: 'is in invalid format' },
      { parameter: 'sort', message: 'is invalid' },
    ])
  })
})

test('a cancellation over the API is delivered, and refused the second time and for what is past', async () => {
  const meeting = [...emulator.control.state.meetings.values()][0]
  const path = pathOf(meeting?.uri ?? '')
  const { status, body } = await api('POST', `${path}/cancellation`, { json: { reason: 'Ill' } })
  expect([status, body.resource.canceled_by, body.resource.canceler_type, body.resource.reason]).toEqual([201, 'User 1', 'host', 'Ill'])
  const [told] = emulator.control.deliveries()
  expect([told?.event, payloadProblems(JSON.parse(told?.body ?? '{}'))]).toEqual(['invitee.canceled', []])
  expect((await api('POST', `${path}/cancellation`)).body.message).toBe('Event is already canceled')
  const other = pathOf([...emulator.control.state.meetings.keys()][1] ?? '')
  await emulator.control.advanceTime(3 * 86_400_000)
  expect((await api('POST', `${other}/cancellation`)).body.message).toBe('Event in the past')
})

test('a no-show is marked once, shown with the invitee, taken back, and both are delivered', async () => {
  const meeting = [...emulator.control.state.meetings.values()][0]
  const mark = () => api('POST', '/invitee_no_shows', { json: { invitee: meeting?.inviteeUri } })
  const { uri } = (await mark()).body.resource
  expect((await mark()).status).toBe(400)
  expect((await get(pathOf(meeting?.inviteeUri ?? ''))).body.resource.no_show.uri).toBe(uri)
  expect((await api('DELETE', pathOf(uri))).status).toBe(204)
  expect((await get(pathOf(uri))).status).toBe(404)
  const told = emulator.control.deliveries()
  expect(told.map(({ event, body }) => [event, payloadProblems(JSON.parse(body))])).toEqual([
    ['invitee_no_show.created', []],
    ['invitee_no_show.deleted', []],
  ])
})

test('available times are the owner’s office hours less what is booked, within 31 days of the future', async () => {
  const own = (await list('/event_types', { user: emulator.info.userUri }))[0]
  const starts = async () =>
    (await list('/event_type_available_times', { event_type: own.uri, start_time: soon(0.001), end_time: soon(7) })).map(
      (row: { start_time: string }) => row.start_time,
    )
  const before: string[] = await starts()
  // Five days of sixteen half hours, less two that the seed has booked.
  expect(before).toHaveLength(78)
  expect(before.every((time) => /T(09|1[0-6]):[03]0:00\.000000Z$/.test(time) && ![0, 6].includes(new Date(time).getUTCDay()))).toBe(true)
  const taken = before[10] ?? ''
  await emulator.control.bookMeeting({ startsInMs: Date.parse(taken) - emulator.control.clock.nowMs() })
  expect(before.filter((time) => time !== taken)).toEqual(await starts())
  const status = async (start_time: string, end_time: string) =>
    (await get('/event_type_available_times', { event_type: own.uri, start_time, end_time })).status
  expect([await status(soon(-1), soon(1)), await status(soon(1), soon(33)), await status(soon(2), soon(1))]).toEqual([400, 400, 400])
  const busy = await list('/user_busy_times', { user: emulator.info.userUri, start_time: soon(0), end_time: soon(7) })
  expect(busy.map((row: { start_time: string }) => row.start_time)).toContain(taken)
})

test('event types are filtered and sorted, and a deleted one is gone', async () => {
  const names = async (query: Record<string, string>) =>
    (await list('/event_types', { organization: organization(), ...query })).map((row: { name: string }) => row.name)
  expect(await names({ sort: 'name:desc' })).toEqual(['Intro', '30 Minute Meeting', '30 Minute Meeting'])
  expect(await names({ user: uriOf('member@example.com'), sort: 'name:asc' })).toEqual(['30 Minute Meeting', 'Intro'])
  expect([await names({ active: 'false' }), await names({ admin_managed: 'true' })]).toEqual([[], []])
  await fetch(`${emulator.url}/_emulator/event_types`, {
    method: 'DELETE',
    body: JSON.stringify({ uri: 'https://api.calendly.com/event_types/INTRO' }),
  })
  expect((await get('/event_types/INTRO')).status).toBe(404)
})

test('invitations are made once, filtered, and revoked', async () => {
  const path = `${pathOf(organization())}/invitations`
  const invite = async (email: unknown) => (await api('POST', path, { json: { email } })).status
  expect([
    await invite('a@example.com'),
    await invite('a@example.com'),
    await invite('owner@example.com'),
    await invite('x'),
    await invite(null),
  ]).toEqual([201, 400, 400, 400, 400])
  expect(await list(path, { email: 'a@example.com', status: 'pending' })).toHaveLength(1)
  expect(await list(path, { status: 'accepted' })).toHaveLength(0)
})

test('the activity log is for enterprises, and filtered by actor, action, term and time', async () => {
  const entries = (query: Record<string, string> = {}) => list('/activity_log_entries', { organization: organization(), ...query })
  expect(await entries()).toHaveLength(2)
  expect(await entries({ actor: uriOf('member@example.com'), action: 'Add' })).toHaveLength(1)
  expect([(await entries({ search_term: 'MEMBER@' })).length, (await entries({ min_occurred_at: soon(1) })).length]).toEqual([1, 0])
  await fetch(`${emulator.url}/_emulator/organizations`, { method: 'PATCH', body: JSON.stringify({ organization: 'Acme', plan: 'teams' }) })
  expect((await get('/activity_log_entries', { organization: organization() })).status).toBe(403)
})

test('group relationships are one for each member, filtered by owner and group', async () => {
  const rows = await list('/group_relationships', { organization: organization() })
  expect(rows.map((row: { owner: { user: { email: string } } }) => row.owner.user.email).sort()).toEqual([
    'member@example.com',
    'owner@example.com',
  ])
  expect(await list('/group_relationships', { owner: rows[0].owner.uri })).toEqual([rows[0]])
  expect(await list('/group_relationships', { group: rows[0].group })).toEqual(rows)
})

describe('a payload', () => {
  const events = [...EVENT_RULES.keys()]

  test.each(events)('of %s is valid, made up', async (event) => {
    emulator.control.seed({
      subscriptions: [
        { callback_url: 'https://example.com/o', events: [event] },
        { callback_url: 'https://example.com/u', events: [event], scope: 'user' },
      ],
    })
    const told = await emulator.control.emit(event)
    expect(told.map(({ body }) => payloadProblems(JSON.parse(body)))).toEqual([[], []])
    expect(told.every(({ body }) => body === JSON.stringify(JSON.parse(body)))).toBe(true)
  })

  test('of everything that happens through the control API is valid', async () => {
    emulator.control.seed({ subscriptions: [{ callback_url: 'https://example.com/o', events }] })
    const control = async (method: string, path: string, json: unknown) => {
      const response = await fetch(`${emulator.url}/_emulator${path}`, { method, body: JSON.stringify(json) })
      const body = JSON.parse(await response.text())
      expect([path, response.status, body]).toEqual([path, 200, expect.anything()])
      return body
    }
    const { meeting } = await control('POST', '/meetings', { invitee_name: 'Zoë' })
    const { meeting: anew } = await control('POST', '/meetings/cancel', { uri: meeting.uri, reschedule: true })
    await control('POST', '/no_shows', { invitee: anew.invitee_uri })
    await control('DELETE', '/no_shows', { invitee: anew.invitee_uri })
    await control('POST', '/meetings/cancel', { uri: anew.uri, by: 'host' })
    await control('POST', '/routing_forms/submit', { answers: { 'Your e-mail': 'zoe@example.com' } })
    const { row } = await control('POST', '/event_types', { name: 'Quick chat', duration: 10 })
    await control('PATCH', '/event_types', { uri: row.uri, name: 'Chat' })
    await control('DELETE', '/event_types', { uri: row.uri })
    const told = emulator.control.deliveries()
    expect(told.map(({ event }) => event)).toEqual([
      'invitee.created',
      'invitee.canceled',
      'invitee.created',
      'invitee_no_show.created',
      'invitee_no_show.deleted',
      'invitee.canceled',
      'routing_form_submission.created',
      'event_type.created',
      'event_type.updated',
      'event_type.deleted',
    ])
    expect(told.flatMap(({ body }) => payloadProblems(JSON.parse(body)))).toEqual([])
  })

  test('that lacks or bends anything is found: the check can fail', async () => {
    const [told] = await (emulator.control.seed({ subscriptions: [{ callback_url: 'https://example.com/o' }] }),
    emulator.control.emit('invitee.created'))
    const body = JSON.parse(told?.body ?? '')
    body.payload.scheduled_event.meeting_notes_html = null
    expect(payloadProblems(body)).not.toEqual([])
  })
})
