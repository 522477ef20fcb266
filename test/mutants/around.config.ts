import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/**
 * Tests of operations and adapters within this process: those that mutants.js names for the folder that is changed. Left out: what is run by
 * seeds, clients of others or processes of other users, which would be run for every change.
 */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: process.env['CALRECONNECT_MUTANTS_TESTS']?.split(';') ?? [],
    exclude: ['test/integration/store/{full-disk,power-loss,privileges,sqlite-module}.test.ts'],
    pool: 'threads',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
