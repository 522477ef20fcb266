// The layers and wings of src/README.md, as the linter holds them: each planted import against their order is refused.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const OXLINT = join(ROOT, 'node_modules/oxlint/bin/oxlint')
/** In the order of src/README.md: each may import those before it, and itself. */
const CORE = ['errors', 'secrets', 'calendly', 'signature', 'connection', 'plan', 'audit', 'doctor', 'ports']
const OPERATIONS = [
  'journal',
  'tokens',
  'observe',
  'accounts',
  'execute',
  'audit',
  'verify',
  'doctor',
  'webhooks',
  'connect',
  'declarative',
  'disconnect',
  'deliveries',
  'fleet',
]

const place = mkdtempSync(join(tmpdir(), 'calreconnect-layers-'))
cpSync(join(ROOT, '.oxlintrc.json'), join(place, '.oxlintrc.json'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** Which of the planted files the linter refuses for what they import. */
function refused(planted: Readonly<Record<string, string>>): string[] {
  const src = join(place, 'src')
  rmSync(src, { recursive: true, force: true })
  for (const [file, text] of Object.entries(planted)) {
    mkdirSync(dirname(join(src, file)), { recursive: true })
    writeFileSync(join(src, file), text)
  }
  const { stdout } = spawnSync(process.execPath, [OXLINT, '--format', 'json', 'src'], { cwd: place, encoding: 'utf8' })
  const report = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  const rules = /no-restricted-(imports|globals|properties)/
  return [
    ...new Set(report.diagnostics.filter(({ code }) => rules.test(code)).map(({ filename }) => filename.replace(/^src\//, ''))),
  ].sort()
}

/** `a` imports `b`, for every pair of wings in a folder. */
function pairs(floor: string, wings: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    wings.flatMap((a) => wings.map((b) => [`${floor}/${a}/planted-${b}.ts`, `import type { X } from '../${b}/x.ts'\nexport type Y = X\n`])),
  )
}

describe.each([
  ['core', CORE],
  ['operations', OPERATIONS],
])('the wings of %s', (floor, wings) => {
  it('are imported in one direction only', () => {
    const against = wings.flatMap((a, above) => wings.slice(above + 1).map((b) => `${floor}/${a}/planted-${b}.ts`))
    expect(refused(pairs(floor, wings))).toEqual(against.sort())
  })

  it('are all in the order', () => {
    const folders = readdirSync(join(ROOT, 'src', floor), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).filter((name) => !wings.includes(name))).toEqual([])
  })
})

describe('the layers', () => {
  const imports = (from: string): string => `import { x } from '${from}'\nexport const y = x\n`
  it.each([
    ['core/plan/a.ts', imports('../../operations/x.ts')],
    ['core/plan/b.ts', imports('undici')],
    ['core/plan/c.ts', imports('node:fs')],
    ['operations/connect/a.ts', imports('../../adapters/clock.ts')],
    ['operations/connect/b.ts', imports('node:crypto')],
    ['adapters/http/a.ts', imports('../../operations/x.ts')],
    ['adapters/http/b.ts', imports('../../cli/exit.ts')],
    ['cli/commands/a.ts', imports('../../adapters/clock.ts')],
    ['emulator/a.ts', imports('../core/plan/model.ts')],
    ['emulator/b.ts', imports('../operations/x.ts')],
    ['core/plan/d.ts', 'export const now = (): number => Date.now()\n'],
    ['core/plan/e.ts', 'export const chance = (): number => Math.random()\n'],
    ['operations/connect/c.ts', 'export const now = (): number => performance.now()\n'],
    ['operations/connect/d.ts', "export const home = (): unknown => process.env['HOME']\n"],
  ])('refuse %s', (file, text) => {
    expect(refused({ [file]: text })).toEqual([file])
  })

  it.each([
    ['core/audit/a.ts', imports('../plan/model.ts')],
    ['core/signature/a.ts', imports('node:crypto')],
    ['operations/connect/a.ts', imports('../../core/plan/model.ts')],
    ['adapters/http/a.ts', imports('../../core/ports/calendly.ts')],
    ['emulator/a.ts', imports('../core/calendly/model.ts')],
  ])('accept %s', (file, text) => {
    expect(refused({ [file]: text })).toEqual([])
  })
})

describe('the source', () => {
  it('has no import in a circle and none against the order', () => {
    expect(() => execFileSync(process.execPath, [OXLINT, 'src', '--deny-warnings'], { cwd: ROOT, stdio: 'pipe' })).not.toThrow()
  })
})
