// The command tree. A command's file is loaded only when that command is meant; the others are known by name.

import { Command } from 'commander'
import { ENTRIES as TABLE, type Entry, LOOKING } from './command-table.ts'
import type { Context } from './context.ts'
import { addGlobals, VALUE_OPTIONS } from './input/globals.ts'
import type { Host } from './output/streams.ts'
import { VERSION } from './version.ts'

const ENTRIES: readonly Entry[] = [
  ...TABLE,
  {
    name: 'help',
    group: LOOKING,
    summary: 'help for a command or topic: security, ci, exit-codes …',
    load: async () => {
      const { addHelp } = await import('./commands/help.ts')
      return (parent, context) =>
        addHelp(parent, context, {
          names: COMMANDS,
          declare: (name) => declareCommand(parent, context, name),
          meant: async (words) => meantByWords(words),
        })
    },
  },
]

const COMMANDS: readonly string[] = ENTRIES.map(({ name }) => name)

const DESCRIPTION = `Keeps Calendly OAuth connections and webhook subscriptions correct.

Connect an account once; every later run makes the same true again: a working token, exactly one webhook subscription, a known signing key.`

const EPILOGUE = `
Examples:
  $ calreconnect connect --callback-url https://example.com/webhooks/calendly
  $ calreconnect reconnect --all
  $ calreconnect webhooks list
  $ calreconnect webhooks prune --dry-run
  $ calreconnect verify delivery.json --signature "$HEADER"

Help topics: calreconnect help exit-codes, environment, security, ci, redirect-uris, sharing, emulator`

/** The program with the one command that `argv` means, and the names of the others. */
export async function buildProgram(host: Host, openContext: (program: Command) => Context): Promise<Command> {
  const program = new Command('calreconnect')
  program.description(DESCRIPTION).version(VERSION, '--version').helpOption('-h, --help').helpCommand(false)
  program.exitOverride().showSuggestionAfterError(true)
  // Errors are printed by exit.ts, as text or as JSON. Help is a result, also when it is shown for want of a subcommand.
  const write = (text: string): void => host.stdout.write(text)
  program.configureOutput({ outputError: () => {}, writeOut: write, writeErr: host.argv.includes('--json') ? () => {} : write })
  program.configureHelp({ showGlobalOptions: true, sortOptions: false })
  program.addHelpText('after', EPILOGUE)
  addGlobals(program)
  const context = openContext(program)
  const words = wordsOf(host.argv)
  const meant = words[0] ?? null
  if (meant !== null && !COMMANDS.includes(meant)) throw await unknown(meant)
  for (const entry of ENTRIES) {
    if (entry.name === meant) (await entry.load())(program, context)
    else program.command(entry.name)
    program.commands.at(-1)?.summary(entry.summary).helpGroup(entry.group)
  }
  if (host.argv.some((word) => word === '--help' || word === '-h')) await checkWords(program, words)
  return program
}

/** Help of a command that is not there would be somebody else's help. @throws USAGE */
async function checkWords(program: Command, words: readonly string[]): Promise<void> {
  let at: Command = program
  for (const word of words) {
    if (at.commands.length === 0) return
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word))
    if (next === undefined) throw await unknown(word, commandPath(at))
    at = next
  }
}

/** The error for a command that is not there, with what may have been meant. */
export async function unknown(word: string, noun = ''): Promise<Error> {
  return (await import('./meant-command.ts')).unknownCommand(word, noun, COMMANDS)
}

async function meantByWords(words: readonly string[]): Promise<readonly string[]> {
  return (await import('./meant-command.ts')).meantByWords(words, COMMANDS)
}

/** Declares `name` too: `help webhooks prune` needs what it describes. */
export async function declareCommand(program: Command, context: Context, name: string): Promise<Command | null> {
  const entry = ENTRIES.find((candidate) => candidate.name === name)
  if (entry === undefined) return null
  const root = new Command(program.name())
  root.exitOverride().configureHelp({ showGlobalOptions: true, sortOptions: false })
  addGlobals(root)
  const add = await entry.load()
  add(root, context)
  return root.commands.find((candidate) => candidate.name() === name) ?? null
}

/** The words of `argv` that are neither options nor values of global options. A command's own options may have values among them. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (word === '--') return [...words, ...argv.slice(at + 1)]
    if (VALUE_OPTIONS.includes(word)) at += 1
    else if (!word.startsWith('-')) words.push(word)
  }
  return words
}

/** `webhooks list`: the command's words without the program's name. */
export function commandPath(command: Command): string {
  const words: string[] = []
  for (let at: Command | null = command; at !== null && at.parent !== null; at = at.parent) words.unshift(at.name())
  return words.join(' ')
}
