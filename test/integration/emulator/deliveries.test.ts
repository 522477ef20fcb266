import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { startRawServer } from '../../support/http-server.ts'
import { deliveryProblems } from '../../support/wire-schema.ts'
import { ask } from '../../support/wire-client.ts'

interface Received {
  readonly headers: Record<string, unknown>
  readonly body: string
}

let emulator: Emulator
let receiver: Server
let url: string
let status: number
let received: Received[]

beforeEach(async () => {
  received = []
  status = 200
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(status, { location: 'http://localhost:1/' }).end()
    })
  })
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
  emulator = await startEmulator()
})
afterEach(async () => {
  await emulator.close()
  receiver.closeAllConnections()
  receiver.close()
})

const HOUR_MS = 3_600_000
const seeded = () => emulator.control.subscriptions()[0]
const signs = (key: string, { headers, body }: Received) => {
  const [, t = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['calendly-webhook-signature'])) ?? []
  return v1 === createHmac('sha256', key).update(`${t}.${body}`).digest('hex')
}

describe('bookMeeting', () => {
  test('posts compact JSON, signed with the key of the subscription, with the recorded headers', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url, signing_key: 'my-key' }] })
    const { deliveries } = await emulator.control.bookMeeting({ inviteeName: 'Zoë', inviteeEmail: 'zoe@example.com' })
    const [first] = received
    expect(first?.headers).toMatchObject({
      'user-agent': 'Calendly',
      'content-type': 'application/json',
      accept: '*/*',
      'accept-encoding': 'gzip',
      'content-length': String(Buffer.byteLength(first?.body ?? '')),
      'x-datadog-sampling-priority': '1',
    })
    const body = JSON.parse(first?.body ?? '')
    expect(first?.body).toBe(JSON.stringify(body))
    expect(deliveryProblems(body)).toEqual([])
    expect(Object.keys(body)).toEqual(['created_at', 'created_by', 'event', 'payload'])
    expect(body.created_at).toMatch(/\.000000Z$/)
    expect(Object.keys(body.payload)).toEqual(Object.keys(body.payload).sort())
    expect([body.event, body.payload.name, body.payload.scheduled_event.status]).toEqual(['invitee.created', 'Zoë', 'active'])
    expect(first === undefined ? false : signs('my-key', first)).toBe(true)
    expect(deliveries.map((delivery) => delivery.state)).toEqual(['delivered'])
  })

  test('signs with the app key when there is no other, or when the switch says so, and not at all for a bare token', async () => {
    const { appSigningKey } = emulator.info
    emulator.control.add({
      subscriptions: [{ callback_url: url }, { callback_url: url, signing_key: 'k' }, { callback_url: url, client_id: null }],
    })
    await emulator.control.bookMeeting()
    expect(received.map((one) => signs(appSigningKey, one)).filter(Boolean)).toHaveLength(1)
    expect(received.filter((one) => one.headers['calendly-webhook-signature'] === undefined)).toHaveLength(1)
    emulator.control.setSwitches({ app_key_wins: true })
    received = []
    await emulator.control.bookMeeting()
    expect(received.map((one) => signs(appSigningKey, one)).filter(Boolean)).toHaveLength(2)
  })

  test('tells active subscriptions of the event, the host and the host\u2019s groups only', async () => {
    emulator.control.add({
      users: [{ email: 'other@example.com' }],
      groups: [{ name: 'A', members: ['owner@example.com'] }, { name: 'B' }],
    })
    const row = (n: number, more: object) => ({ callback_url: `${url}/${n}`, ...more })
    emulator.control.add({
      subscriptions: [
        row(1, {}),
        row(2, { state: 'disabled' }),
        row(3, { events: ['invitee.canceled'] }),
        row(4, { scope: 'user', user: 'owner@example.com' }),
        row(5, { scope: 'user', user: 'other@example.com' }),
        row(6, { scope: 'group', group: 'A' }),
        row(7, { scope: 'group', group: 'B' }),
      ],
    })
    const { deliveries } = await emulator.control.bookMeeting({ host: 'owner@example.com' })
    expect(deliveries.map((delivery) => delivery.callbackUrl.at(-1))).toEqual(['1', '4', '6'])
    emulator.control.removeMember('owner@example.com')
    const after = await emulator.control.bookMeeting({ host: 'owner@example.com' })
    expect(after.deliveries.map((delivery) => delivery.callbackUrl.at(-1))).toEqual(['1', '6'])
  })

  test('deletes the subscription at once when the receiver answers 410, and goes on with the others', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url, count: 2 }] })
    status = 410
    const { deliveries } = await emulator.control.bookMeeting()
    expect([deliveries.map((delivery) => delivery.state), emulator.control.subscriptions()]).toEqual([['gone', 'gone'], []])
    await emulator.control.advanceTime(48 * HOUR_MS)
    expect(received).toHaveLength(2)
  })

  test('records a delivery to a host that is not loopback without sending it', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: 'https://example.com/hook', signing_key: 'k' }] })
    const { deliveries } = await emulator.control.bookMeeting()
    expect(deliveries).toMatchObject([
      { state: 'recorded', attempts: [{ status: null, error: 'not sent: the switch deliveries is loopback' }] },
    ])
    expect(deliveries[0]?.attempts[0]?.headers['calendly-webhook-signature']).toMatch(/^t=\d+,v1=/)
    expect(seeded()?.retryStartedAt).toBe(null)
  })
})

describe('cancelMeeting', () => {
  test('puts the cancellation at both places', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url }] })
    const { meeting } = await emulator.control.bookMeeting()
    await emulator.control.cancelMeeting(meeting.uri, { reason: 'Ill', by: 'host' })
    const { event, payload } = JSON.parse(received[1]?.body ?? '')
    const cancellation = { canceled_by: 'Ada Owner', canceler_type: 'host', created_at: payload.updated_at, reason: 'Ill' }
    expect([event, payload.status, payload.cancellation, payload.scheduled_event.cancellation]).toEqual([
      'invitee.canceled',
      'canceled',
      cancellation,
      cancellation,
    ])
  })

  test('tells a reschedule as a cancel and a create that name each other', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url }] })
    const { meeting } = await emulator.control.bookMeeting()
    const { meeting: anew } = await emulator.control.cancelMeeting(meeting.uri, { reschedule: true })
    const told = received.slice(1).map(({ body }) => JSON.parse(body))
    const canceled = told.find(({ event }) => event === 'invitee.canceled').payload
    const created = told.find(({ event }) => event === 'invitee.created').payload
    expect([canceled.rescheduled, canceled.new_invitee, created.old_invitee]).toEqual([true, anew.inviteeUri, meeting.inviteeUri])
  })
})

describe('a failing delivery', () => {
  test.each([[302], [404], [500]])('is tried again with growing pauses after a %i, freshly signed', async (code) => {
    emulator.control.add({ subscriptions: [{ callback_url: url, signing_key: 'k' }] })
    status = code
    const { deliveries } = await emulator.control.bookMeeting()
    expect(seeded()?.retryStartedAt).toMatch(/Z$/)
    await emulator.control.advanceTime(15 * 60_000 + 10_000)
    const times = deliveries[0]?.attempts.map((attempt) => Date.parse(attempt.at)) ?? []
    expect(times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 60_000))).toEqual([1, 2, 4, 8])
    expect(new Set(received.map((one) => one.headers['calendly-webhook-signature'])).size).toBe(5)
    expect(received.every((one) => signs('k', one))).toBe(true)
    status = 200
    await emulator.control.advanceTime(HOUR_MS)
    expect([deliveries[0]?.state, seeded()?.retryStartedAt]).toEqual(['delivered', null])
  })

  test('disables the subscription after 24 hours, and nothing is told after that', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url }] })
    status = 500
    await emulator.control.bookMeeting()
    await emulator.control.advanceTime(23 * HOUR_MS)
    expect(seeded()?.state).toBe('active')
    await emulator.control.advanceTime(HOUR_MS + 5_000)
    expect(seeded()?.state).toBe('disabled')
    expect((await emulator.control.bookMeeting()).deliveries).toEqual([])
  })

  test('does not disable when another message went out meanwhile', async () => {
    emulator.control.add({ subscriptions: [{ callback_url: url }] })
    status = 500
    await emulator.control.bookMeeting()
    status = 200
    // The second message goes out before the first is due again.
    const second = await emulator.control.bookMeeting()
    expect(second.deliveries[0]?.state).toBe('delivered')
    status = 500
    await emulator.control.advanceTime(25 * HOUR_MS)
    expect([seeded()?.state, seeded()?.retryStartedAt]).toEqual(['active', null])
  })

  test('counts a refused connection and a read timeout as failures', async () => {
    emulator.control.setSwitches({ delivery_timeout_ms: 50 })
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    emulator.control.add({ subscriptions: [{ callback_url: `http://127.0.0.1:${port}/` }, { callback_url: 'http://127.0.0.1:1/' }] })
    const { deliveries } = await emulator.control.bookMeeting()
    silent.closeAllConnections()
    silent.close()
    expect(deliveries.map(({ state, attempts }) => [state, attempts[0]?.error])).toEqual([
      ['pending', 'no answer within 50 ms'],
      ['pending', 'connect ECONNREFUSED 127.0.0.1:1'],
    ])
  })

  test('is retried by itself on an accelerated clock', async () => {
    const fast = await startEmulator({ accelerate: 60_000, seed: { subscriptions: [{ callback_url: url }] } })
    status = 500
    const { deliveries } = await fast.control.bookMeeting()
    status = 200
    while (deliveries[0]?.state === 'pending') await new Promise((resolve) => void setTimeout(resolve, 5))
    await fast.close()
    expect(deliveries[0]?.state).toBe('delivered')
  })
})

test('GET /_emulator/deliveries is asked for an event, a state, a subscription or a callback URL', async () => {
  emulator.control.add({ subscriptions: [{ callback_url: `${url}/{n}`, count: 2 }, { callback_url: 'https://example.com' }] })
  const { meeting } = await emulator.control.bookMeeting()
  status = 500
  await emulator.control.cancelMeeting(meeting.uri)
  const asked = async (query: string) => {
    const { body } = await ask(emulator, 'GET', `/_emulator/deliveries${query}`)
    return body.map((row: { event: string; state: string }) => `${row.event} ${row.state}`)
  }
  expect(await asked('')).toHaveLength(6)
  expect(await asked('?state=pending')).toEqual(['invitee.canceled pending', 'invitee.canceled pending'])
  expect(await asked('?event=invitee.created&state=delivered')).toHaveLength(2)
  expect(await asked(`?callback_url=${encodeURIComponent('https://example.com')}`)).toEqual([
    'invitee.created recorded',
    'invitee.canceled recorded',
  ])
  expect(await asked(`?subscription=${encodeURIComponent(seeded()?.uri ?? '')}`)).toHaveLength(2)
  expect((await ask(emulator, 'GET', '/_emulator/deliveries?status=pending')).status).toBe(400)
})

test('a receiver that never finishes the TLS handshake counts as not connected', async () => {
  const mute = await startRawServer(() => undefined)
  emulator.control.setSwitches({ delivery_connect_timeout_ms: 50, delivery_timeout_ms: 60_000 })
  emulator.control.add({ subscriptions: [{ callback_url: mute.url.href.replace('http:', 'https:') }] })
  const { deliveries } = await emulator.control.bookMeeting()
  await mute.close()
  expect(deliveries.map(({ state, attempts }) => [state, attempts[0]?.error])).toEqual([['pending', 'no connection within 50 ms']])
})

test('POST /_emulator/events lets any event happen', async () => {
  emulator.control.add({ subscriptions: [{ callback_url: url, events: ['routing_form_submission.created'] }] })
  const { body } = await ask(emulator, 'POST', '/_emulator/events', { json: { event: 'routing_form_submission.created' } })
  expect(body).toMatchObject([{ event: 'routing_form_submission.created', state: 'delivered', callback_url: url }])
  expect(deliveryProblems(JSON.parse(received[0]?.body ?? ''))).toEqual([])
})

test('a callback URL that cannot be posted to fails like any other, and the emulator lives on', async () => {
  emulator.control.setSwitches({ deliveries: 'anywhere' })
  emulator.control.add({ subscriptions: [{ callback_url: 'mailto:someone@example.com' }] })
  const { deliveries } = await emulator.control.bookMeeting()
  expect(deliveries[0]?.attempts[0]?.error).toBe('cannot post to mailto:')
  expect((await ask(emulator, 'GET', '/_emulator/time')).status).toBe(200)
})
