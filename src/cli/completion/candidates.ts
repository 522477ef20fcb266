// What may stand at a place of a command line. Pure: the commands and what the store knows come in.

export interface Candidate {
  readonly value: string
  readonly about: string
}

/** `files`: the shell knows better. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  readonly files: boolean
}

export interface OptionShape {
  readonly names: readonly string[]
  readonly about: string
  /** What the value is called: `file`, `scope` …; null: it takes none. */
  readonly value: string | null
  readonly choices: readonly string[]
  readonly hidden: boolean
}

export interface CommandShape {
  readonly name: string
  readonly aliases: readonly string[]
  readonly about: string
  readonly options: readonly OptionShape[]
  readonly arguments: readonly { readonly name: string; readonly variadic: boolean; readonly choices: readonly string[] }[]
  readonly commands: readonly CommandShape[]
}

/** Values by what an option's value or an argument is called; null: this is no kind of value that is known. */
export type ValuesOf = (name: string) => Promise<readonly Candidate[] | null>

const FILES: ReadonlySet<string> = new Set(['file', 'plan', 'path', 'declaration'])
const NOTHING: Completion = { candidates: [], files: false }

/** @param words behind the program's name; the last is the one to complete, and may be empty */
export async function complete(root: CommandShape, words: readonly string[], valuesOf: ValuesOf): Promise<Completion> {
  const before = words.slice(0, -1)
  const word = words.at(-1) ?? ''
  const { command, given, waiting, isPassed } = walk(root, before)
  if (isPassed) return { candidates: [], files: true }
  if (waiting !== null) return values(waiting.value ?? '', waiting.choices, word, valuesOf)
  const assigned = /^(--[^=]+)=(.*)$/s.exec(word)
  if (assigned !== null) {
    const [, name = '', part = ''] = assigned
    const option = find(command, root, name)
    if (option === null || option.value === null) return NOTHING
    const found = await values(option.value, option.choices, part, valuesOf)
    return { ...found, candidates: found.candidates.map((one) => ({ ...one, value: `${name}=${one.value}` })) }
  }
  if (word.startsWith('-')) return { candidates: flags(command, root, before, word), files: false }
  if (command.commands.length > 0) {
    const below = command.commands.map(({ name, about }) => ({ value: name, about }))
    return { candidates: beginning(below, word), files: false }
  }
  const argument = command.arguments[given] ?? command.arguments.findLast(({ variadic }) => variadic)
  return argument === undefined ? NOTHING : values(argument.name, argument.choices, word, valuesOf)
}

interface Place {
  readonly command: CommandShape
  /** Arguments before this one. */
  readonly given: number
  /** An option that wants its value. */
  readonly waiting: OptionShape | null
  /** Behind `--`: another program's words. */
  readonly isPassed: boolean
}

function walk(root: CommandShape, words: readonly string[]): Place {
  let command = root
  let given = 0
  let waiting: OptionShape | null = null
  for (const word of words) {
    if (waiting !== null) waiting = null
    else if (word === '--') return { command, given, waiting: null, isPassed: true }
    else if (word.startsWith('-')) waiting = word.includes('=') ? null : takesValue(find(command, root, word))
    else {
      const below: CommandShape | undefined = command.commands.find(({ name, aliases }) => name === word || aliases.includes(word))
      if (below === undefined) given += 1
      else command = below
    }
  }
  return { command, given, waiting, isPassed: false }
}

function takesValue(option: OptionShape | null): OptionShape | null {
  return option === null || option.value === null ? null : option
}

function find(command: CommandShape, root: CommandShape, name: string): OptionShape | null {
  return [...command.options, ...root.options].find(({ names }) => names.includes(name)) ?? null
}

function flags(command: CommandShape, root: CommandShape, given: readonly string[], word: string): readonly Candidate[] {
  const all = [...command.options, ...(command === root ? [] : root.options)].filter((option) => !option.hidden)
  const unused = all.filter(({ names }) => !names.some((name) => given.includes(name)))
  return beginning(
    unused.map(({ names, about }) => ({ value: names.find((name) => name.startsWith('--')) ?? names[0] ?? '', about })),
    word,
  )
}

async function values(name: string, choices: readonly string[], word: string, valuesOf: ValuesOf): Promise<Completion> {
  const kind = name.toLowerCase()
  if (choices.length > 0) return { candidates: beginning(choices.map(plain), word), files: false }
  const known = await valuesOf(kind)
  if (known !== null) return { candidates: listed(known, word), files: false }
  return { candidates: [], files: FILES.has(kind) }
}

/** What stands before the last comma is chosen already. */
function listed(known: readonly Candidate[], word: string): readonly Candidate[] {
  const at = word.lastIndexOf(',') + 1
  const [done, part] = [word.slice(0, at), word.slice(at)]
  const chosen = new Set(done.split(','))
  const open = beginning(known, part).filter(({ value }) => !chosen.has(value))
  return open.map(({ value, about }) => ({ value: `${done}${value}`, about }))
}

export function plain(value: string): Candidate {
  return { value, about: '' }
}

function beginning(all: readonly Candidate[], word: string): readonly Candidate[] {
  const folded = word.toLowerCase()
  const seen = new Set<string>()
  return all.filter(({ value }) => {
    if (!value.toLowerCase().startsWith(folded) || seen.has(value)) return false
    seen.add(value)
    return true
  })
}
