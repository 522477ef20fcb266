// The proofs are programs: what they import must load where there is no test runner.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const PROOFS = Object.values<string>(scripts).flatMap((script) => /^node test\/proofs\/run\.js (\S+)$/.exec(script)?.[1] ?? [])

test('the proofs of package.json are found', () => {
  expect(PROOFS).toEqual(expect.arrayContaining(['race', 'crash-matrix', '../planted/planted']))
})

test.each(PROOFS)('%s loads by itself', async (name) => {
  const hooks = pathToFileURL(`${root}/test/proofs/typescript-hooks.js`).href
  const program = pathToFileURL(`${root}/test/proofs/${name}.ts`).href
  const loading = `require('node:module').register('${hooks}'); import('${program}').then(({ main }) => console.log(typeof main))`
  const env = { ...process.env, VITEST: undefined }
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', loading], { cwd: root, env })
  expect(stdout).toBe('function\n')
})
