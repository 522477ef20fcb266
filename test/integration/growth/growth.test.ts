import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

import { GROWTH_SUBJECTS } from '../../support/growth-subjects.ts'

const PROOFS = fileURLToPath(new URL('../../proofs/run.js', import.meta.url))
/** A quadratic pattern takes hours for this much; a linear one milliseconds. */
const CHARACTERS = 256 * 1024
const GIVEN_UP_MS = 110_000

describe('growth', () => {
  it('growth of the time that hostile text takes is such that a quarter of a megabyte of each shape is done with', async () => {
    const run = promisify(execFile)(process.execPath, [PROOFS, 'growth', '--once', '--max', String(CHARACTERS)], { timeout: GIVEN_UP_MS })
    expect((await run).stdout).toBe(`${GROWTH_SUBJECTS.length} ended\n`)
  })
})
