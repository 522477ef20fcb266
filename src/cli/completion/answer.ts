// `calreconnect __complete INDEX WORDS…`: what the shells' scripts ask. Prints `value<TAB>what it is`, a line each, and `:files` where files
// are wanted. Never fails, asks nobody, makes nothing.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import type { Host } from '../output/streams.ts'
import { buildProgram } from '../program.ts'
import { type CommandShape, complete } from './candidates.ts'
import { valuesFrom } from './values.ts'

const CANDIDATES_MAX = 1_000

export async function answerCompletion(host: Host): Promise<void> {
  const [, index = '0', ...rest] = host.argv
  const at = Number(index)
  // Some shells drop an empty last word.
  const words = [...rest.slice(0, at), rest[at] ?? '']
  const { candidates, files } = await completion(host, words)
  const lines = candidates.slice(0, CANDIDATES_MAX).map(({ value, about }) => (about === '' ? value : `${value}\t${about}`))
  if (files) lines.push(':files')
  // A value with a line break or another control character would be typed for the person.
  for (const line of lines) if (!/[^\P{Control}\t]/u.test(line)) host.stdout.write(`${line}\n`)
}

async function completion(host: Host, words: readonly string[]) {
  const known = words.slice(0, -1)
  const program = await buildProgram({ ...host, argv: known.filter((word) => !HELP.has(word)) }, () => NO_CONTEXT).catch(() => null)
  // A command that is not there has nothing to complete.
  if (program === null) return { candidates: [], files: false }
  const root = shapeOf(program)
  const topics = async () => (await import('../help/topics.ts')).TOPIC_NAMES
  const values = valuesFrom(async () => (await import('../world/stored-names.ts')).storedNames(host, dbOf(known)), {
    topics: await topics(),
    commands: root.commands.map(({ name, about }) => ({ value: name, about })),
  })
  return complete(root, words, values)
}

const HELP: ReadonlySet<string> = new Set(['--help', '-h'])

/** Declaring a command uses nothing of it. */
const NO_CONTEXT = Object.freeze({}) as Context

function dbOf(words: readonly string[]): string | null {
  const at = words.lastIndexOf('--db')
  if (at !== -1) return words[at + 1] ?? null
  return words.findLast((word) => word.startsWith('--db='))?.slice('--db='.length) ?? null
}

function shapeOf(command: Command): CommandShape {
  return {
    name: command.name(),
    aliases: command.aliases(),
    about: command.summary() || firstSentence(command.description()),
    options: [
      ...command.options.map((option) => ({
        names: [option.long, option.short].filter((name): name is string => typeof name === 'string'),
        about: firstSentence(option.description),
        value: option.required || option.optional ? (/[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? 'value') : null,
        choices: option.argChoices ?? [],
        hidden: option.hidden,
      })),
      { names: ['--help', '-h'], about: 'help with examples', value: null, choices: [], hidden: false },
    ],
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      variadic: argument.variadic,
      choices: argument.argChoices ?? [],
    })),
    commands: command.commands.filter((below) => !('_hidden' in below && below._hidden === true)).map(shapeOf),
  }
}

/** Shells show a line beside each candidate. */
function firstSentence(text: string): string {
  const [first = ''] = text.split(/(?<=\.)\s|\n/)
  return first.replace(/\.$/, '').slice(0, 80)
}
