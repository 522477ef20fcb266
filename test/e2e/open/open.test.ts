// `open`: which page, and in which browser.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliHome, cliHome } from '../../support/cli.ts'
import { schemaProblems } from '../../support/data-schema.ts'

let home: CliHome
beforeAll(() => {
  home = cliHome()
})
afterAll(() => home.remove())

test('open prints the page of each name on calendly.com, and opens none with --no-browser', async () => {
  const found = []
  for (const page of [[], ['account'], ['webhook'], ['app']]) {
    const { code, envelope } = await home.json(['open', ...page, '--no-browser'])
    expect(await schemaProblems('open', envelope.data)).toEqual([])
    found.push([code, envelope.data.page, new URL(envelope.data.url).host, envelope.data.opened])
  }
  expect(found).toEqual([
    [0, 'account', 'calendly.com', false],
    [0, 'account', 'calendly.com', false],
    [0, 'webhook', 'calendly.com', false],
    [0, 'app', 'developer.calendly.com', false],
  ])
})

test('open runs BROWSER with the address as its only argument', async () => {
  const [program, told] = [join(home.folder, 'browser'), join(home.folder, 'told')]
  writeFileSync(program, `#!/bin/sh\necho "$# $1" > '${told}'\n`, { mode: 0o755 })
  const { code, stdout } = await home.run(['open', 'app'], { env: { BROWSER: program } })
  expect({ code, stdout, told: readFileSync(told, 'utf8') }).toEqual({ code: 0, stdout, told: `1 ${stdout}` })
})

test('open ends with 2 for a page that there is not', async () => {
  expect((await home.run(['open', 'billing'])).code).toBe(2)
})
