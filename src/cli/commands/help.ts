// `help`: for a command, or one of the topics that are too long for a command's own help.

import { next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { TOPIC_NAMES, topic } from '../help/topics.ts'

interface Lookup {
  /** A command of the program, with its subcommands, by name. */
  declare(name: string): Promise<Command | null>
  readonly names: readonly string[]
  /** Commands that may have been meant by words that are none. */
  meant(words: readonly string[]): Promise<readonly string[]>
}

export function addHelp(parent: Command, context: Context, lookup: Lookup): void {
  parent
    .command('help [words...]')
    .description(`Help for a command, or for a topic: ${TOPIC_NAMES.join(', ')}.`)
    .option('--all', 'every command, with its options and examples, and every topic: one page')
    .addHelpText(
      'after',
      '\nExamples:\n  $ calreconnect help webhooks prune\n  $ calreconnect help exit-codes\n  $ calreconnect help --all | less',
    )
    .action(async (words: string[], flags: { readonly all?: boolean }) => {
      if (flags.all === true && words.length > 0)
        throw new CalreconnectError('USAGE', '--all is everything: no command or topic can be named beside it')
      const text = flags.all === true ? await allHelp(parent, lookup) : await helpFor(parent, lookup, words)
      context.show({ text }, (data) => data.text)
    })
}

/** @throws USAGE for a word that is neither a command nor a topic */
async function helpFor(parent: Command, lookup: Lookup, words: readonly string[]): Promise<string> {
  const [first, ...rest] = words
  if (first === undefined) return wholeHelp(parent)
  const text = rest.length === 0 ? await topic(first) : null
  if (text !== null) return text
  let command = await lookup.declare(first)
  for (const word of rest)
    command = command?.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word)) ?? null
  if (command === null) throw await unknownTopic(lookup, words)
  return wholeHelp(command)
}

/** Each command below its own line, in the order in which the program has them. */
async function allHelp(parent: Command, lookup: Lookup): Promise<string> {
  const parts = [wholeHelp(parent)]
  const add = (command: Command): void => {
    parts.push(wholeHelp(command))
    for (const below of command.commands) add(below)
  }
  for (const name of lookup.names) {
    const command = await lookup.declare(name)
    if (command !== null) add(command)
  }
  for (const name of TOPIC_NAMES) parts.push(`${String(next('help', name))}\n\n${(await topic(name)) ?? ''}\n`)
  return parts.map((part) => part.trimEnd()).join(`\n\n${RULE}\n\n`)
}

const RULE = '-'.repeat(80)

async function unknownTopic(lookup: Lookup, words: readonly string[]): Promise<CalreconnectError> {
  const { nearest } = await import('../../core/connection/near-names.ts')
  const near = words.length === 1 ? nearest(words[0] ?? '', TOPIC_NAMES) : null
  const [meant = near ?? undefined] = await lookup.meant(words)
  return new CalreconnectError('USAGE', `There is no command or help topic “${words.join(' ')}”`, {
    hint: meant === undefined ? next('--help') : next('help', ...meant.split(' ')),
  })
}

/** With its examples, which `helpInformation` leaves out. */
function wholeHelp(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}
