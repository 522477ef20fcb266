import { expect, test } from 'vitest'
import { EVENTS } from '../../../src/core/calendly/events.ts'
import { sampleDelivery } from '../../../src/core/calendly/sample-deliveries.ts'
import { sortedKeys } from '../../support/deliveries.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12, 10, 7, 89)

test.each(EVENTS)('sampleDelivery of %s is what Calendly sends: envelope, whole seconds, keys in its order', (event) => {
  const sample = sampleDelivery(event, NOW_MS)
  expect([Object.keys(sample ?? {}), sample?.['event'], sample?.['created_at']]).toEqual([
    ['created_at', 'created_by', 'event', 'payload'],
    event,
    '2026-11-22T12:10:07.000000Z',
  ])
  const payload = sample?.['payload']
  expect(Object.keys(Object(payload))).toEqual(Object.keys(Object(sortedKeys(payload))))
})

test('sampleDelivery of every event is as it was read and found right', async () => {
  const all = EVENTS.map((event) => sampleDelivery(event, NOW_MS))
  await expect(`${JSON.stringify(all, null, 2)}\n`).toMatchFileSnapshot('sample-deliveries.txt')
})

test('sampleDelivery begins a meeting a day from now, at a full or half hour, and knows no other events', () => {
  const startOf = (nowMs: number): unknown => {
    const delivery = JSON.parse(JSON.stringify(sampleDelivery('invitee.created', nowMs)))
    return delivery.payload.scheduled_event.start_time
  }
  expect([startOf(Date.UTC(2026, 0, 1, 9, 0)), startOf(Date.UTC(2026, 0, 1, 9, 29)), startOf(Date.UTC(2026, 0, 1, 9, 31))]).toEqual([
    '2026-01-02T09:00:00.000000Z',
    '2026-01-02T09:00:00.000000Z',
    '2026-01-02T09:30:00.000000Z',
  ])
  expect(sampleDelivery('invitee.merged', 0)).toBeNull()
})
