import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The pure tests alone, without those that read the source as text: in a mutated copy it is another text. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/unit/**/*.test.ts'],
    exclude: ['test/unit/planted/**', 'test/unit/errors/commands-in-source.test.ts'],
    pool: 'threads',
    isolate: false,
    // Counting what each mutant meets takes its time.
    testTimeout: 300_000,
  },
})
