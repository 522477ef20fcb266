import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { readPlanFile, writePlanFile } from '../../../src/adapters/config-file/plan-file.ts'
import type { PlanFile } from '../../../src/core/plan/saved-plan.ts'
import { createStep, deleteStep, keepStep, planOf, replaceStep } from '../../../src/core/plan/steps.ts'
import { newTokens, openTestStore } from '../../support/store.ts'
import { aSpec, aSubscription, aUserSubscription, MADE_AT, PLAN_HEAD } from '../../support/builders.ts'

const folder = mkdtempSync(join(tmpdir(), 'calreconnect-plan-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const before = [
  aSubscription('A'),
  aUserSubscription('B', { state: 'disabled', retryStartedAt: '2026-11-20T00:00:00.000000Z' }),
  aSubscription('C'),
]
const [kept, doomed, replaced] = before
if (kept === undefined || doomed === undefined || replaced === undefined) throw new Error('three are needed')
const PLAN_FILE: PlanFile = {
  version: 1,
  madeAt: MADE_AT,
  plans: [
    {
      plan: planOf(PLAN_HEAD, [
        keepStep(kept, 'desired'),
        deleteStep(doomed, 'superseded'),
        replaceStep(replaced, aSpec({ events: ['contact.created'] }), 'events_differ'),
        createStep(aSpec(), 'missing'),
      ]),
      before,
    },
  ],
}

test('writePlanFile writes what readPlanFile reads back, letter by letter, and leaves no draft', async () => {
  const file = join(folder, 'whole.plan')
  await writePlanFile(file, PLAN_FILE)
  expect(await readPlanFile(file)).toMatchObject(PLAN_FILE)
  expect(readdirSync(folder).filter((name) => name.startsWith('whole.plan'))).toEqual(['whole.plan'])
})

test('writePlanFile replaces another plan', async () => {
  const file = join(folder, 'again.plan')
  await writePlanFile(file, PLAN_FILE)
  await writePlanFile(file, { ...PLAN_FILE, plans: [] })
  expect(await readPlanFile(file)).toMatchObject({ ...PLAN_FILE, plans: [] })
})

test('writePlanFile does not overwrite a file that is no plan', async () => {
  const file = join(folder, 'precious.yaml')
  writeFileSync(file, 'version: 1\n')
  await expect(writePlanFile(file, PLAN_FILE)).rejects.toMatchObject({
    code: 'USAGE',
    message: `${file} exists and is not a plan, so it is not overwritten`,
  })
  expect(readFileSync(file, 'utf8')).toBe('version: 1\n')
})

test('writePlanFile names a folder that is not there', async () => {
  const file = join(folder, 'nowhere', 'x.plan')
  await expect(writePlanFile(file, PLAN_FILE)).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: `Cannot write ${file}: there is no such folder`,
  })
})

test.each([
  ['YAML', 'version: 1\naccounts: {}\n'],
  ['other JSON', '{"version":1}'],
  ['a later version', JSON.stringify({ kind: 'calreconnect plan', version: 2, made_at: MADE_AT, plans: [] })],
  [
    'an unknown action',
    JSON.stringify({
      kind: 'calreconnect plan',
      version: 1,
      made_at: MADE_AT,
      plans: [{ plan: { steps: [{ action: 'drop' }] }, before: [] }],
    }),
  ],
])('readPlanFile refuses %s', async (name, text) => {
  const file = join(folder, `${name}.plan`)
  writeFileSync(file, text)
  await expect(readPlanFile(file)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(/ is not a plan/),
    hint: expect.stringContaining('webhooks plan --out'),
  })
})

/** Every value of a document, as a function that changes it. */
function alterations(value: unknown, path: string): { path: string; alter: (root: unknown) => unknown }[] {
  if (Array.isArray(value) && value.length > 0) {
    const [first] = value.map((item, at) =>
      alterations(item, `${path}[${at}]`).map(({ path: inner, alter }) => ({
        path: inner,
        alter: (root: unknown) => (Array.isArray(root) ? root.with(at, alter(root[at])) : root),
      })),
    )
    const others = value.slice(1).flatMap((item, before) =>
      alterations(item, `${path}[${before + 1}]`).map(({ path: inner, alter }) => ({
        path: inner,
        alter: (root: unknown) => (Array.isArray(root) ? root.with(before + 1, alter(root[before + 1])) : root),
      })),
    )
    return [...(first ?? []), ...others, { path: `${path} shortened`, alter: (root) => (Array.isArray(root) ? root.slice(1) : root) }]
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      alterations(item, `${path}.${key}`).map(({ path: inner, alter }) => ({
        path: inner,
        alter: (root: unknown) => (typeof root === 'object' && root !== null ? { ...root, [key]: alter(Reflect.get(root, key)) } : root),
      })),
    )
  }
  return [{ path, alter: (old) => (typeof old === 'boolean' ? !old : typeof old === 'string' ? `${old}x` : 'x') }]
}

test('a plan file of which any one value was changed is no plan, or its seal is broken', async () => {
  const file = join(folder, 'sealed.plan')
  const store = await openTestStore()
  await store.connections.connect('a', newTokens())
  await writePlanFile(file, PLAN_FILE, (text) => store.seals.make(text))
  const read = await readPlanFile(file)
  expect(await store.seals.check(read.text, read.seal)).toBe('intact')
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const all = alterations(document, '')
  const survivors: string[] = []
  for (const { path, alter } of all) {
    writeFileSync(file, JSON.stringify(alter(document)))
    const changed = await readPlanFile(file).catch(() => null)
    if (changed !== null && (await store.seals.check(changed.text, changed.seal)) === 'intact') survivors.push(path)
  }
  await store.close()
  expect(survivors).toEqual([])
  expect(all.length).toBeGreaterThan(60)
})
