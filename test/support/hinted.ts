// Somebody who reads what the program says, and types the command that it names, as a shell takes it.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EmulatorOptions } from '../../src/emulator/server.ts'
import type { CliResult } from './cli.ts'
import { type EmulatedCli, emulatedCli } from './connected.ts'
import { freePort } from './http-server.ts'
import { type Shell, shellOf } from './shell.ts'

/** Words of ours that follow a command in a sentence. */
const AFTER_IT = String.raw`(?:shows|says|continues|makes|keeps|does|then|replaces|names|lists|tells|finds|brings|takes|and|or|if|with|for)\b`
const COMMAND = new RegExp(String.raw`calreconnect((?: (?!${AFTER_IT})(?:[\w@%+=:,./~-]*[\w@%+=:/~-]|'(?:[^']|'\\'')*')+)+)`, 'g')

/** The commands that a text names, without the program's name. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(COMMAND)].map(([, words = '']) => words.trim().replace(/[:,.]$/, ''))
}

/** All that was said. */
export function said({ stdout, stderr }: CliResult): string {
  return `${stdout}\n${stderr}`
}

/** As a shell parts them. */
export function wordsOf(command: string): string[] {
  const QUOTE = '\u0000'
  return [...command.matchAll(/(?:[\w@%+=:,./~-]+|'(?:[^']|'\\'')*')+/g)].map(([word]) =>
    word
      .replaceAll(String.raw`'\''`, QUOTE)
      .replaceAll("'", '')
      .replaceAll(QUOTE, "'"),
  )
}

export interface HintedHome extends EmulatedCli {
  readonly shell: Shell
  /** With it the program knows its OAuth app, and a browser in which AS (an e-mail) consents. */
  readonly oauth: Readonly<Record<string, string>>
}

export async function hintedHome(options: Omit<EmulatorOptions, 'redirectUris'> = {}): Promise<HintedHome> {
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const cli = await emulatedCli({ ...options, redirectUris: [redirectUri] })
  const { clientId, clientSecret } = cli.emulator.info
  const browser = join(cli.folder, 'browser.mjs')
  writeFileSync(browser, BROWSER)
  chmodSync(browser, 0o755)
  return {
    ...cli,
    shell: shellOf(cli),
    oauth: {
      CALENDLY_CLIENT_ID: clientId,
      CALENDLY_CLIENT_SECRET: clientSecret,
      CALRECONNECT_REDIRECT_URI: redirectUri,
      BROWSER: browser,
    },
  }
}

/** Fills in the consent form of its only argument, and follows the redirect. */
const BROWSER = String.raw`#!${process.execPath}
const page = process.argv[2]
const form = await fetch(page, { redirect: 'manual' })
let location = form.headers.get('location')
if (location === null) {
  const html = await form.text()
  const unescape = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
  const attribute = (tag, name) => unescape(new RegExp(' ' + name + '="([^"]*)"').exec(tag)?.[1] ?? '')
  const fields = new URLSearchParams()
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) fields.append(attribute(tag, 'name'), attribute(tag, 'value'))
  const people = [...html.matchAll(/<option value="([^"]*)">([^<]*)<\/option>/g)]
  const chosen = people.find(([, , label]) => process.env.AS === undefined || label.includes(process.env.AS))
  if (chosen !== undefined) fields.set('user', unescape(chosen[1]))
  fields.set('decision', 'allow')
  const answer = await fetch(new URL('/oauth/authorize', page), { method: 'POST', body: fields, redirect: 'manual' })
  location = answer.headers.get('location')
}
await fetch(location)
`
