import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const inCi = process.env['CI'] === 'true'

/** One project per kind of test; README.md beside this file says which test belongs where. */
export default defineConfig({
  test: {
    root,
    // Most tests wait for processes of their own; one core kept free for them, as is usual, leaves half of a small machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: inCi ? ['default', ['json', { outputFile: 'coverage/results.json' }]] : ['default'],
    // The bounds are for what hangs: a test that is slow beside others, on a slow machine, is none that fails.
    projects: [
      { root, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], pool: 'threads', isolate: false } },
      {
        root,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      { root, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 300_000 } },
    ],
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
