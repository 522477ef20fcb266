// Random stories of commands, faults, crashes and other people's deeds. 25 seeds here; CALRECONNECT_MODEL_SEEDS=500 for the proof,
// CALRECONNECT_MODEL_SEED=n to replay one.

import { expect, test } from 'vitest'
import { tellStory } from './story.ts'

const SEEDS = Number(process.env['CALRECONNECT_MODEL_SEEDS'] ?? 25)
const ONLY = process.env['CALRECONNECT_MODEL_SEED']
const BATCHES = 4

const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(ONLY)]

test.concurrent.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
  'webhook commands keep their promises whatever happens (seeds %i mod 4)',
  async (batch) => {
    const failures: string[] = []
    const counts = new Map<string, number>()
    for (const seed of seeds.filter((one) => one % BATCHES === batch)) {
      try {
        for (const [what, times] of (await tellStory(seed)).counts) counts.set(what, (counts.get(what) ?? 0) + times)
      } catch (error) {
        failures.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    if (process.env['CALRECONNECT_MODEL_SEEDS'] !== undefined) console.log(Object.fromEntries(counts))
    expect(failures.slice(0, 2)).toEqual([])
  },
  SEEDS * 60_000,
)
