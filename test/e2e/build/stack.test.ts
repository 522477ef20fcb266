// What a bug leaves on the screen: files and lines of src/, from a build that holds neither. The faults are planted from outside.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliHome, cliHome, type CliResult } from '../../support/cli.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

let home: CliHome
beforeEach(() => {
  home = cliHome()
})
afterEach(() => home.remove())

/** Runs with `script` before the program: a fault of Node, as far as the program can tell. */
function planted(script: string, args: readonly string[]): Promise<CliResult> {
  const file = join(home.folder, 'planted.cjs')
  writeFileSync(file, script)
  return home.run(args, { env: { NODE_OPTIONS: `--require=${file}` } })
}

const BROKEN_MKDIR = "require('node:fs').mkdirSync = () => { throw new TypeError('planted') }"

/** No line that only a minifier writes, and no place in a built file. */
function isReadable({ stderr }: CliResult): boolean {
  const lines = stderr.split('\n')
  return lines.every((line) => line.length < 300) && !lines.some((line) => /dist[\\/]|chunk-|-[A-Z\d]{8}\.js/.test(line))
}

test.each([[[]], [['--debug']], [['--json']]])('a bug is told in names and lines of src/ (%s)', async (flags) => {
  const result = await planted(BROKEN_MKDIR, ['store', 'init', ...flags])
  expect([result.code, isReadable(result)]).toEqual([1, true])
  const [, name, file = '', line] = /at (\w+) \((src\/\S+\.ts):(\d+)\)/.exec(result.stderr) ?? []
  expect([name, file]).toEqual(['makeOne', 'src/adapters/store/permissions.ts'])
  expect(readFileSync(join(ROOT, file), 'utf8').split('\n')[Number(line) - 1]).toContain('mkdirSync(')
  if (flags[0] === '--json') expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'BUG', message: 'planted' })
})

test('a bug that nobody caught is told as any other, and ends the program', async () => {
  const result = await planted("setTimeout(() => { throw new RangeError('planted') }, 300)", ['emulator', '--port', '0'])
  expect([result.code, isReadable(result)]).toEqual([1, true])
  expect(result.stderr).toMatch(/^Error: planted\nHint: Run calreconnect emulator --port 0 --debug/m)
})

test('an error that is no bug reads no lines, and shows no stack', async () => {
  const script = `
    const fs = require('node:fs'), read = fs.readFileSync
    fs.readFileSync = (path, ...rest) => { if (String(path).endsWith('lines.json')) process.stderr.write('LINES READ'); return read(path, ...rest) }`
  const result = await planted(script, ['accounts', 'use', 'nobody'])
  expect([result.code, /LINES READ|\bat \w+/.test(result.stderr)]).toEqual([4, false])
  expect((await planted(script + BROKEN_MKDIR, ['store', 'init'])).stderr).toContain('LINES READ')
})
