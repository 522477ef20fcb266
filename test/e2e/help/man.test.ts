// The manual page of the package: every command of the program, in roff that is clean.

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { cliHome } from '../../support/cli.ts'

const PAGE = fileURLToPath(new URL('../../../dist/calreconnect.1', import.meta.url))
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const [hasMandoc, hasMan] = [has('mandoc'), has('man')]
if (!hasMandoc || !hasMan) console.warn('man.test.ts: mandoc or man is missing, so what needs them is left out')

test.runIf(hasMandoc)('the manual page is clean for mandoc', () => {
  const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wstyle', PAGE], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, ''])
})

test.runIf(hasMan)('man shows all that help --all says', async () => {
  const home = cliHome()
  const { stdout } = await home.run(['help', '--all'])
  home.remove()
  // No width breaks what is shown as it is; a locale with all letters keeps them.
  const shown = execFileSync('man', ['-l', PAGE], {
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '1000', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' },
  })
  const words = (text: string): string => text.replaceAll(/-{80}/g, '').replaceAll(/\s+/g, ' ')
  const page = words(shown)
  const missing = stdout.split('\n').filter((line) => !/^-{80}$/.test(line) && !page.includes(words(line).trim()))
  expect(missing).toEqual([])
  expect(stdout.split('\n').length).toBeGreaterThan(1_000)
})

test('the package brings the manual page, with a heading for every command', async () => {
  const { man, files } = JSON.parse(readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8'))
  expect([man, files]).toEqual(['dist/calreconnect.1', expect.arrayContaining(['dist/calreconnect.1'])])
  const page = readFileSync(PAGE, 'utf8')
  const headings = page.split('\n').flatMap((line) => (line.startsWith('.SH ') ? [line.slice('.SH '.length)] : []))
  expect(headings).toEqual(
    expect.arrayContaining(['CALRECONNECT WEBHOOKS PRUNE', 'CALRECONNECT STORE KEY ROTATE', 'CALRECONNECT HELP CI', 'CALRECONNECT MCP']),
  )
  expect(headings.length).toBeGreaterThan(60)
})
