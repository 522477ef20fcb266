// Every next command that is printed is run as it is printed, by a shell: the situation is made, the command is run, and the situation is
// gone, or the command shows what a person must decide about. A hint in the source that no case here prints fails this file.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { HOOK } from '../../support/connected.ts'
import { commandsIn, hintedHome, said, wordsOf } from '../../support/hinted.ts'
import { type HintInCode, hintsInCode, isFrom } from '../../support/hints-in-code.ts'
import { hasTerminal, onTerminal } from '../../support/terminal.ts'
import { type Case, CASES } from './cases.ts'

const executed: { readonly command: readonly string[]; readonly ran: readonly string[] }[] = []

describe.concurrent('a next command', () => {
  for (const [kind, cases] of Object.entries(CASES)) {
    test.each(cases.map((one) => [`${kind.toLowerCase()}: ${one.what}: ${one.hint}`, one] as const))('%s', async (_name, one) =>
      follow(one),
    )
  }
})

async function follow(one: Case): Promise<void> {
  const home = await hintedHome({ seed: one.seed ?? {}, switches: { rate_limit_paid: 100_000, ...one.switches } })
  try {
    if (one.unconnected !== true) await home.connect('--name', 'acme', '--callback-url', HOOK)
    const env = { ...(one.oauth === true ? home.oauth : {}), ...(await one.prepare?.(home)) }
    const args = typeof one.run === 'string' ? one.run : one.run(home)
    const first = () => home.shell(`printf %s ${home.emulator.info.personalAccessToken} | calreconnect ${args}`, env)
    const told = await first()
    const wanted = new RegExp(
      `^${one.hint
        .split(' * ')
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
        .join(' .*')}(?: |$)`,
    )
    const [command] = commandsIn(said(told)).filter((printed) => wanted.test(printed))
    expect(command, `${args} printed no ${one.hint}:\n${said(told)}`).toBeTypeOf('string')
    executed.push({ command: wordsOf(command ?? ''), ran: wordsOf(args) })
    const typed = Object.entries(one.fill ?? {}).reduce((text, [word, value]) => text.replace(word, value), command ?? '')
    const line = `${one.runsOn === true ? 'timeout 3 ' : ''}calreconnect ${typed}${one.agree === undefined ? '' : ` ${one.agree}`}`
    const followed = await home.shell(line, env)
    const end = one.runsOn === true ? 124 : (one.ends ?? 0)
    expect([line, followed.code, followed.code === end ? '' : said(followed)]).toEqual([line, end, ''])
    if (one.afterwards !== undefined) {
      const again = await first()
      expect([args, again.code, again.code === one.afterwards ? '' : said(again)]).toEqual([args, one.afterwards, ''])
    }
    await one.check?.(home, followed)
  } finally {
    await home.close()
  }
}

/** Printed where nothing else can happen, and run in other tests. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  // Ctrl-C while a temporary webhook is removed: the next listen removes it.
  'webhooks listen': 'test/e2e/deliveries/listen-crash.test.ts',
  // Where no app is known, whoever asks for one.
  'connect --token-stdin': 'test/unit/connection/app.test.ts',
}

describe.skipIf(!hasTerminal())('on a terminal', () => {
  test('doctor tells how completion is installed', async () => {
    const home = await hintedHome()
    const env = { SHELL: '/bin/bash', XDG_DATA_HOME: home.folder }
    try {
      const { shown } = await onTerminal(home, ['doctor'], env).done
      const hint = commandsIn(shown).find((command) => command.startsWith('completion')) ?? ''
      executed.push({ command: wordsOf(hint), ran: ['doctor'] })
      expect(await home.shell(`calreconnect ${hint}`, env)).toMatchObject({ code: 0 })
      expect(commandsIn((await onTerminal(home, ['doctor'], env).done).shown)).not.toContain(hint)
    } finally {
      await home.close()
    }
  })

  test.each(['sign', 'verify'])('%s without a file tells where its help is', async (command) => {
    const home = await hintedHome()
    try {
      const { shown } = await onTerminal(home, [command]).done
      const [hint] = commandsIn(shown)
      expect(hint).toBe(`${command} --help`)
      executed.push({ command: wordsOf(hint ?? ''), ran: [command] })
      expect(await home.shell(`calreconnect ${hint}`)).toMatchObject({ code: 0 })
    } finally {
      await home.close()
    }
  })
})

test.skipIf(!hasTerminal())('every next command in the source was printed and run', () => {
  const ran = (hint: HintInCode): boolean => executed.some((one) => isFrom(hint, one.command, one.ran))
  expect(hintsInCode().filter((hint) => !(hint.words in ELSEWHERE) && !ran(hint))).toEqual([])
  const lost = Object.values(ELSEWHERE).filter((path) => !existsSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url))))
  expect(lost).toEqual([])
})
