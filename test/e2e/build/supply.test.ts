// Where the code that is shipped comes from: licence texts of all that is bundled, and actions that are pinned to what was looked at.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cliHome } from '../../support/cli.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8')

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>
}

test('the package holds the licence text of every package whose code it holds, and of no other', () => {
  const { outputs } = JSON.parse(read('dist/meta.json')) as Metafile
  const folders = new Set<string>()
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, inside] = path.split('node_modules/')
      if (inside === undefined || bytesInOutput === 0) continue
      folders.add(inside.split('/', inside.startsWith('@') ? 2 : 1).join('/'))
    }
  const wanted = [...folders].map((name) => `${name} ${JSON.parse(read(`node_modules/${name}/package.json`)).version}`)
  const sections = read('dist/LICENSES.txt')
    .split(`\n${'-'.repeat(80)}\n\n`)
    .slice(1)
  expect(sections.map((section) => section.slice(0, section.indexOf(' ('))).toSorted()).toEqual(wanted.toSorted())
  expect(wanted).toEqual(expect.arrayContaining([expect.stringMatching(/^undici /), expect.stringMatching(/^commander /)]))
  // Each with its terms, not only its name.
  expect(sections.filter((section) => !/copyright|permission/i.test(section) || section.length < 300)).toEqual([])
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }))
  expect(packed.files.map(({ path }: { path: string }) => path)).toEqual(expect.arrayContaining(['LICENSE', 'dist/LICENSES.txt']))
})

test('every action that README and help name is pinned to a commit', async () => {
  const home = cliHome()
  const { stdout } = await home.run(['help', 'ci'])
  const all = await home.run(['help', '--all'])
  home.remove()
  const uses = `${read('README.md')}\n${stdout}\n${all.stdout}`.match(/uses:.*/g) ?? []
  expect(uses.length).toBeGreaterThan(1)
  expect(uses.filter((line) => !/^uses: [\w.-]+\/[\w.-]+@[\da-f]{40} # v\d/.test(line))).toEqual([])
})
