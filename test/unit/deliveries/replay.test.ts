// The pace of a replay, by a clock that stands still until somebody sleeps.

import { expect, test } from 'vitest'
import type { PostRequest } from '../../../src/core/ports/deliveries.ts'
import type { RecordedDelivery } from '../../../src/core/ports/files.ts'
import { type Pace, replay } from '../../../src/operations/deliveries/replay.ts'

async function* recorded(...receivedAtMs: readonly (number | null)[]): AsyncGenerator<RecordedDelivery, void> {
  for (const [index, at] of receivedAtMs.entries()) {
    yield { line: index + 1, recorded: { headers: [], rawBody: Buffer.from(`{"n":${index}}`), receivedAtMs: at } }
  }
}

/** When each was sent, in milliseconds from the beginning. @param answerMs how long the receiver takes */
async function sentAt(pace: Pace, times: readonly (number | null)[], answerMs = 0): Promise<number[]> {
  let nowMs = 1_000_000
  const sent: number[] = []
  const clock = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
    },
  }
  const deliveries = {
    post: async (_request: PostRequest) => {
      sent.push(nowMs - 1_000_000)
      nowMs += answerMs
      return { status: 200, durationMs: answerMs }
    },
  }
  const usual = { to: new URL('http://localhost/'), from: 0, resign: null, stopOnFailure: false, signal: new AbortController().signal }
  await replay({ deliveries, clock }, { ...usual, pace, recorded: recorded(...times), onUnreadable: () => {}, onReplayed: () => {} })
  return sent
}

test.each<[string, Pace, readonly (number | null)[], number, readonly number[]]>([
  ['without a pace sends one after the other', { kind: 'unpaced' }, [0, 60_000, 120_000], 20, [0, 20, 40]],
  ['with a rate spreads them evenly', { kind: 'rate', perSecond: 4 }, [0, 0, 0, 0], 20, [0, 250, 500, 750]],
  ['with a rate that the receiver cannot keep waits for its answers', { kind: 'rate', perSecond: 4 }, [0, 0, 0], 400, [0, 400, 800]],
  ['with a speed keeps their rhythm', { kind: 'speed', factor: 10 }, [5_000, 6_000, 9_000], 20, [0, 100, 400]],
  [
    'with a speed sends what has no time, or an earlier one, at once',
    { kind: 'speed', factor: 1 },
    [5_000, null, 4_000, 7_000],
    0,
    [0, 0, 0, 2_000],
  ],
])('replay() %s', async (_what, pace, times, answerMs, expected) => {
  expect(await sentAt(pace, times, answerMs)).toEqual(expected)
})
