// A day at work, as somebody sees it on a terminal of 80 columns and 24 lines: two organizations, five accounts, a URL that moved, a tunnel that was
// forgotten, an admin who is none any more, a receiver that is dead. Every command but the first of each trouble is taken from the screen.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commandsIn, type HintedHome, hintedHome, wordsOf } from '../../support/hinted.ts'
import { hasTerminal, onTerminal } from '../../support/terminal.ts'

const TRANSCRIPT = fileURLToPath(new URL('../../../coverage/a-day.txt', import.meta.url))
const SIZE = { columns: 80, rows: 24 }
const OPS = 'https://ops.acme.example/calendly'
const OLD = 'https://globex.example/hook'
const SALES = 'https://sales.globex.example/hook'
const TUNNEL = 'https://2f1c-84-112-33-7.ngrok-free.app/calendly'

const SEED = {
  organizations: [{ name: 'Acme' }, { name: 'Globex' }],
  users: [
    { email: 'kim@acme.example', name: 'Kim', role: 'owner', organization: 'Acme' },
    { email: 'robin@acme.example', name: 'Robin', role: 'admin', organization: 'Acme' },
    { email: 'dev@acme.example', name: 'Dev', role: 'user', organization: 'Acme' },
    { email: 'gale@globex.example', name: 'Gale', role: 'owner', organization: 'Globex' },
    { email: 'sam@globex.example', name: 'Sam', role: 'admin', organization: 'Globex' },
  ],
}

class Person {
  readonly home: HintedHome
  screen = ''
  ended: number | null = null
  readonly #said: string[] = []

  constructor(home: HintedHome) {
    this.home = home
  }

  /** Types a command, and answers what is asked. The screen when it has ended. */
  async runs(
    command: string,
    answers: readonly (readonly [RegExp, string])[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const terminal = onTerminal(this.home, wordsOf(command), { ...this.home.oauth, CALRECONNECT_PAGER: 'cat', ...env }, SIZE)
    for (const [question, answer] of answers) {
      await terminal.until(question)
      terminal.type(answer)
    }
    const stuck = setTimeout(() => terminal.close(), 300_000)
    const { code, screen } = await terminal.done
    clearTimeout(stuck)
    this.screen = screen
    this.ended = code
    this.#said.push(`$ calreconnect ${command}\n${screen}\n[exit ${code}]\n`)
    return screen
  }

  /** A command that the screen names. */
  reads(beginning: string): string {
    const found = commandsIn(this.screen).find((command) => command.startsWith(beginning))
    if (found === undefined) throw new Error(`The screen names no ${beginning}:\n${this.screen}`)
    return found
  }

  /** As `reads`, on a screen from before. */
  readsIn(screen: string, beginning: string): string {
    this.screen = screen
    return this.reads(beginning)
  }

  /** Of the findings on the screen, each once. */
  codes(): readonly string[] {
    return [...new Set([...this.screen.matchAll(/^(?:error|warning) +([A-Z_]+) /gm)].map(([, code = '']) => code))]
  }

  transcript(): string {
    return this.#said.join('\n')
  }
}

describe.skipIf(!hasTerminal())('a day', () => {
  test('a day of five accounts in two organizations is got through with the commands that are on the screen', async () => {
    const home = await hintedHome({ seed: SEED, switches: { rate_limit_paid: 100_000 } })
    const person = new Person(home)
    const { control } = home.emulator
    const at = (url: string) => control.subscriptions().filter(({ callbackUrl }) => callbackUrl === url)
    const yes: readonly (readonly [RegExp, string])[] = [[/\(y\/N\)/, 'y\r']]
    try {
      // The evening before: everybody connects, each in a browser of their own.
      for (const [name, mail, url, ...more] of [
        ['acme', 'kim@acme.example', 'https://hooks.acme.example/calendly'],
        ['acme-ops', 'robin@acme.example', OPS],
        ['acme-dev', 'dev@acme.example', TUNNEL, '--scope user --allow-ephemeral-host'],
        ['globex', 'gale@globex.example', OLD],
        ['globex-sales', 'sam@globex.example', SALES],
      ] as const) {
        await person.runs(['connect', name, '--callback-url', url, ...more].join(' '), [], { AS: mail })
        expect(person.ended).toBe(0)
      }
      control.setRole('robin@acme.example', 'user')
      control.setSubscription(String(at(SALES)[0]?.uri), { retryStartedAt: new Date(Date.now() - 5 * 3_600_000).toISOString() })

      // The morning: what is wrong?
      await person.runs('webhooks audit --all')
      expect([person.ended, person.codes()]).toEqual([3, ['CREATOR_GONE', 'EPHEMERAL_HOST', 'RETRYING']])
      const morning = person.screen

      // Robin is an admin no more.
      await person.runs(person.reads('reconnect acme-ops'))
      expect(person.ended).toBe(5)
      const removal = person.reads('--account acme webhooks delete')
      await person.runs(person.reads('reconnect acme-ops --scope user'))
      expect(person.ended).toBe(0)
      await person.runs(removal, yes)
      expect([person.ended, at(OPS), at(`${OPS}?calreconnect=1`).length]).toEqual([0, [], 1])

      // The tunnel of an evening.
      await person.runs(person.readsIn(morning, '--account acme-dev webhooks list'))
      expect(person.screen).toMatch(/^1 subscription: 1 active/m)
      await person.runs('reconnect acme-dev --callback-url https://dev.acme.example/calendly')
      expect([person.ended, at(TUNNEL)]).toEqual([0, []])

      // A receiver that is dead: it is asked what it answers.
      await person.runs(person.readsIn(morning, '--account globex webhooks get'))
      await person.runs(person.reads('webhooks test'), yes)
      expect([person.ended, person.screen]).toEqual([6, expect.stringContaining('sales.globex.example')])

      // Globex moves its hook, and moves it back.
      await person.runs(`reconnect globex --callback-url ${OLD}-new`)
      expect([person.ended, at(OLD)]).toEqual([0, []])
      await person.runs(person.reads('reconnect globex'))
      expect([person.ended, at(OLD).length, at(`${OLD}-new`)]).toEqual([0, 1, []])

      // In the evening only the receiver is left, which is for others to mend.
      await person.runs('webhooks audit --all')
      expect([person.ended, person.codes()]).toEqual([0, ['RETRYING']])
      await person.runs('accounts list')
      expect(person.screen.split('\n').filter((line) => line.length > SIZE.columns)).toEqual([])
    } finally {
      mkdirSync(dirname(TRANSCRIPT), { recursive: true })
      writeFileSync(TRANSCRIPT, person.transcript())
      await home.close()
    }
  })
})
