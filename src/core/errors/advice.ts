// The one place that builds a next command. It is kept as words until it is shown: only there is it known how this run was
// invoked (its store, its account, its flags) and for which shell the words must be quoted.

/** How a command was invoked, as far as a next command must repeat it. */
export interface Invocation {
  /** Arguments after the program's name, as they were given. */
  readonly argv: readonly string[]
  /** --db as a flag: another run without it would look into another store. */
  readonly db: string | null
  /** --account as a flag; one from the environment is there the next time too. */
  readonly account: string | null
  /** --cacert as a flag: another run without it would not trust whom this one trusts. */
  readonly cacert: string | null
  readonly shell: Shell
}

export type Shell = 'posix' | 'powershell'

/** What is shown where no invocation is known: in the journal, in tests. */
export const NO_INVOCATION: Invocation = { argv: [], db: null, account: null, cacert: null, shell: 'posix' }

/** Commands that act for one account, and mean the only one, or the one in use, when none is named. */
const FOR_AN_ACCOUNT: ReadonlySet<string> = new Set([
  'connect',
  'reconnect',
  'status',
  'disconnect',
  'webhooks',
  'token',
  'exec',
  'api',
  'open',
  'doctor',
  'send',
])
/** Those of them whose first argument may be the account's name. */
const NAMES_FIRST: ReadonlySet<string> = new Set(['connect', 'reconnect', 'status', 'disconnect'])
/** Options that name one. */
const NAMING: ReadonlySet<string> = new Set(['-a', '--account', '--name', '--all'])

/** A command of this program, as words after its name. */
export class NextCommand {
  readonly words: readonly string[]

  constructor(words: readonly string[]) {
    this.words = words
  }

  /** As it can be typed into the shell that this run came from. */
  render({ db, account, cacert, shell }: Invocation): string {
    const store = db === null || this.words.includes('--db') ? [] : ['--db', db]
    const whose = account === null || !needsAccount(this.words) ? [] : ['--account', account]
    const trust = cacert === null || this.words.includes('--cacert') ? [] : ['--cacert', cacert]
    const end = this.words.indexOf('--')
    const [own, passed] = end === -1 ? [this.words, []] : [this.words.slice(0, end), this.words.slice(end)]
    return commandLine([...own, ...whose, ...store, ...trust, ...passed], shell)
  }

  toString(): string {
    return this.render(NO_INVOCATION)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** The very command that was run, with options added or taken away. */
export class ThisCommand {
  readonly add: readonly string[]
  readonly without: readonly string[]

  constructor(add: readonly string[], without: readonly string[]) {
    this.add = add
    this.without = without
  }

  render({ argv, shell }: Invocation): string {
    // Nobody said which: in a journal, say.
    if (argv.length === 0) return ['the same command', ...(this.add.length === 0 ? [] : ['with', ...this.add])].join(' ')
    const end = argv.indexOf('--')
    const [own, passed] = end === -1 ? [argv, []] : [argv.slice(0, end), argv.slice(end)]
    const kept = withoutOptions(own, this.add).filter((word) => !this.without.includes(word))
    return commandLine([...kept, ...this.add, ...passed], shell)
  }

  toString(): string {
    return this.render(NO_INVOCATION)
  }

  toJSON(): string {
    return this.toString()
  }
}

type Part = string | NextCommand | ThisCommand | Advice

/** Text with commands in it. */
export class Advice {
  readonly parts: readonly Part[]

  constructor(parts: readonly Part[]) {
    this.parts = parts
  }

  render(invocation: Invocation): string {
    return this.parts.map((part) => (typeof part === 'string' ? part : part.render(invocation))).join('')
  }

  toString(): string {
    return this.render(NO_INVOCATION)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** What to do next: a setting or a deed in words, a command, or both. */
export type Hint = Part

/** `calreconnect WORDS…`. A word in capitals (URL, FILE) stands for something that a person must choose. */
export function next(...words: readonly string[]): NextCommand {
  return new NextCommand(words)
}

/** The same command once more. */
export function again(change: { readonly add?: readonly string[]; readonly without?: readonly string[] } = {}): ThisCommand {
  return new ThisCommand(change.add ?? [], change.without ?? [])
}

/** A sentence around commands: advise`Wait a minute, then ${again()}`. */
export function advise(texts: TemplateStringsArray, ...values: readonly (Part | number)[]): Advice {
  const parts = texts.flatMap((text, index): Part[] => {
    const value = values[index]
    return value === undefined ? [text] : [text, typeof value === 'number' ? String(value) : value]
  })
  return new Advice(parts.filter((part) => part !== ''))
}

/** What is written only where it is shown. */
export function isCommand(value: unknown): value is NextCommand | ThisCommand | Advice {
  return value instanceof NextCommand || value instanceof ThisCommand || value instanceof Advice
}

/** A hint as text for whoever reads it here. */
export function hintText(hint: Hint, invocation: Invocation): string {
  return typeof hint === 'string' ? hint : hint.render(invocation)
}

/** One word as a shell takes it verbatim. */
export function shellWord(word: string, shell: Shell = 'posix'): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return shell === 'posix' ? `'${word.replaceAll("'", String.raw`'\''`)}'` : `'${word.replaceAll("'", "''")}'`
}

/** Without what `added` says anew: `--db OLD` and `--db=OLD` where `--db NEW` is added. A word that only looks like a value of theirs stays. */
function withoutOptions(words: readonly string[], added: readonly string[]): readonly string[] {
  const takesValue = new Map(
    added.flatMap((word, index): [string, boolean][] =>
      word.startsWith('-') ? [[word, added[index + 1]?.startsWith('-') === false]] : [],
    ),
  )
  return words.filter((word, index) => {
    const [name = word] = word.split('=', 1)
    if (takesValue.has(word) || takesValue.get(name) === true) return false
    return takesValue.get(words[index - 1] ?? '') !== true
  })
}

function needsAccount(words: readonly string[]): boolean {
  const [verb = '', first = '-'] = words
  if (!FOR_AN_ACCOUNT.has(verb) || words.some((word) => NAMING.has(word))) return false
  return !(NAMES_FIRST.has(verb) && !first.startsWith('-'))
}

function commandLine(words: readonly string[], shell: Shell): string {
  return ['calreconnect', ...words.map((word) => shellWord(word, shell))].join(' ')
}
