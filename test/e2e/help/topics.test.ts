// Help topics and the one page: every command that they show is one of the program's, with flags that it has.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { TOPIC_NAMES } from '../../../src/cli/help/topics.ts'
import { type CliHome, cliHome } from '../../support/cli.ts'
import { declaredCommands } from '../../support/command-tree.ts'

const commands = await declaredCommands()
let home: CliHome
beforeAll(() => {
  home = cliHome()
})
afterAll(() => home.remove())

/** Commands with their words as they stand in a text, up to what is no word of a command. */
function shownIn(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/calreconnect ((?:--?[a-z][\w-]*|[a-z][\w-]*)(?: (?:--?[a-z][\w-]*|[a-z][\w-]*))*)/g)].map(([, words = '']) =>
    words.split(' '),
  )
}

test('every help topic prints text, and every command in it exists with the flags that are shown', async () => {
  const bad: unknown[] = []
  for (const name of TOPIC_NAMES) {
    const { code, stdout, stderr } = await home.run(['help', name])
    if (code !== 0 || stderr !== '' || stdout.length < 200) bad.push([name, code, stderr])
    for (const words of shownIn(stdout)) {
      const path = commands
        .filter((one) => `${words.join(' ')} `.startsWith(`${one.path} `))
        .toSorted((a, b) => b.path.length - a.path.length)[0]
      const flags = words.filter((word) => word.startsWith('--'))
      const own = path?.command.options.map(({ long }) => long) ?? []
      const globals = ['--account', '--json', '--db', '--quiet', '--help', '--debug', '--har']
      if (path === undefined || flags.some((flag) => !own.includes(flag) && !globals.includes(flag))) bad.push([name, words])
    }
  }
  expect(bad).toEqual([])
})

test('help --all is every command and every topic on one page', async () => {
  const { code, stdout } = await home.run(['help', '--all'])
  const missing = commands.filter(({ path }) => !stdout.includes(`Usage: calreconnect ${path}`)).map(({ path }) => path)
  expect({ code, missing, topics: TOPIC_NAMES.filter((name) => !stdout.includes(`calreconnect help ${name}`)) }).toEqual({
    code: 0,
    missing: [],
    topics: [],
  })
  expect((await home.run(['help', '--all', 'webhooks'])).code).toBe(2)
})
