// The linter's own rule for patterns: what would be slow is refused, wherever in src/ it is.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const CONFIG = join(ROOT, '.ci/linear-patterns.json')
const place = mkdtempSync(join(tmpdir(), 'calreconnect-linear-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

function refusedIn(path: string): number {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '-c', CONFIG, '--format', 'json', path], {
    encoding: 'utf8',
  })
  return (JSON.parse(stdout) as { diagnostics: readonly unknown[] }).diagnostics.length
}

test.each([
  [String.raw`/[\w.+-]+@[\w-]+/g`, 1],
  [String.raw`/^\s*(.*?)\s*$/s`, 1],
  [String.raw`/^(a+)+$/`, 1],
  [String.raw`/(?<![\w.+-])[\w.+-]+@/g`, 0],
  [String.raw`/^\S+$/`, 0],
  [String.raw`/bearer [\w.]{6,}/`, 1],
  [String.raw`/bearer [\w.]{6}[\w.]*/`, 0],
])('the linter, given the pattern %s, refuses %i', (pattern, refused) => {
  const file = join(place, 'planted.ts')
  writeFileSync(file, `export const PLANTED = ${pattern}\n`)
  expect(Math.min(1, refusedIn(file))).toBe(refused)
})

test('the linter finds no pattern in src that is slow', () => {
  expect(refusedIn(join(ROOT, 'src'))).toBe(0)
})
