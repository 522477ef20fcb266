// The README's transcript is what the program says: each of its commands is run on a terminal, and what is on the screen is compared. Ids, times and
// the emulator's address differ from run to run; nothing else may.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HintedHome, hintedHome, wordsOf } from '../../support/hinted.ts'
import { hasTerminal, onTerminal } from '../../support/terminal.ts'

const README = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8')
const [, TRANSCRIPT = ''] = /```console\n([\s\S]*?)```/.exec(README) ?? []
const SIZE = { columns: 120, rows: 40 }
const SEED = {
  organizations: [{ name: 'Acme' }],
  users: [{ email: 'robin@acme.example', role: 'owner' }],
  subscriptions: [
    { callback_url: 'https://app.acme.example/calendly', state: 'disabled' },
    { callback_url: 'https://hooks.partner.example/acme' },
    { callback_url: 'https://7f3a.ngrok-free.app/hook' },
  ],
}

/** Each command with what follows it. */
const told = TRANSCRIPT.split(/^\$ calreconnect /m)
  .slice(1)
  .map((part): readonly [command: string, said: string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end), part.slice(end + 1).trim()]
  })

function comparable(text: string): string {
  return (
    text
      // Asked where the browser takes its time.
      .replaceAll(/^\? If this page cannot be reached.*$/gm, '')
      .replaceAll(/http\S+\/oauth\/authorize\?\S+/g, 'AUTHORIZE')
      .replaceAll(/[\da-f]{8}-[\da-f-]{27}|[\da-f]{8}-…|\b[\da-f]{8}\b/g, 'ID')
      .replaceAll(/\b(?:\d+ (?:minutes?|hours?|days?) ago|just now) */g, 'AGO ')
      .replaceAll(/\d+ ms/g, 'MS')
  )
}

let home: HintedHome
beforeAll(async () => {
  home = await hintedHome({ seed: SEED })
})
afterAll(() => home.close())

describe.skipIf(!hasTerminal())('the transcript of the README', () => {
  test('the transcript of the README has commands, with what they say', () => {
    expect(told.map(([command]) => wordsOf(command)[0])).toEqual([
      'connect',
      'webhooks',
      'reconnect',
      'reconnect',
      'webhooks',
      'disconnect',
    ])
  })

  test.each(told)('calreconnect %s', async (command, said) => {
    const { code, screen } = await onTerminal(home, wordsOf(command), home.oauth, SIZE).done
    expect([code, comparable(screen)]).toEqual([0, comparable(said)])
  })
})
