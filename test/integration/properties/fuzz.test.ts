// A sample of `npm run fuzz`.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededChance } from '../../support/chance.ts'
import { FUZZ_SUBJECTS, fuzzSubject } from '../../support/fuzz-subjects.ts'

const OF_TEN_MILLION = 60_000

/** What a library tells the process passes by the output's door. */
const warnings: string[] = []
const note = (warning: Error): void => void warnings.push(warning.message)
beforeAll(() => void process.on('warning', note))
afterAll(async () => {
  await new Promise(setImmediate)
  process.off('warning', note)
  expect(warnings).toEqual([])
})

test.each(FUZZ_SUBJECTS)('$name: whatever is damaged, nothing crashes and nothing gets through', (subject) => {
  const rounds = Math.ceil((subject.share * OF_TEN_MILLION) / 10_000_000)
  const { counts, failures } = fuzzSubject(subject, rounds, seededChance(20_261_126))
  expect(failures).toEqual([])
  expect(subject.reaches.filter((word) => (counts[word] ?? 0) === 0)).toEqual([])
})
