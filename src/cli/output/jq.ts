// `--jq EXPR`: what --json would print goes through jq instead, line by line as it is written. Knows no command and no data.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { type Form, Screen } from './screen.ts'
import type { Host } from './streams.ts'

export interface Filtered {
  /** The same, with --json, and a stdout that filters. */
  readonly host: Host
  /** What jq could not make of a document; null: nothing. */
  readonly problem: () => CalreconnectError | null
}

/** jq's own exit code for an expression that is none. */
const NO_EXPRESSION = 3

/**
 * Strings come without quotes, anything else as compact JSON: as `gh --jq` and `jq -rc` have it.
 * @throws USAGE for an expression that is none, before anything is done
 */
export async function filtered(host: Host, expression: string): Promise<Filtered> {
  if (expression.trim() === '') throw new CalreconnectError('USAGE', '--jq is empty', { hint: HINT })
  const jq = await load()
  // Nothing goes in, so nothing is evaluated: only whether it can be read is asked.
  const tried = jq.raw('null', `empty | (\n${expression}\n)`, ['-c'])
  if (tried.exitCode === NO_EXPRESSION)
    throw new CalreconnectError('USAGE', `--jq is no jq expression: ${reason(tried.stderr)}`, { hint: HINT })
  const stdout = new FilteringScreen(host, (line) => host.unheard(() => jq.raw(line, expression, ['-r', '-c'])))
  const end = host.argv.indexOf('--')
  const own = end === -1 ? host.argv : host.argv.slice(0, end)
  const argv = own.includes('--json') ? host.argv : ['--json', ...host.argv]
  // Not spread: standard input is opened when it is asked for.
  const changed = Object.create(host, { argv: { value: argv }, stdout: { value: stdout } }) as Host
  return { host: changed, problem: () => stdout.problem }
}

type Filter = (line: string) => { readonly stdout: string; readonly stderr: string; readonly exitCode: number }

class FilteringScreen extends Screen {
  problem: CalreconnectError | null = null
  readonly #errors: Host['stderr']
  readonly #filter: Filter

  constructor({ stdout, stderr }: Host, filter: Filter) {
    super(stdout.terminal)
    this.#errors = stderr
    this.#filter = filter
  }

  override write(text: string, form?: Form): void {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const document = envelopeOf(line)
      if (document === null) super.write(`${line}\n`, form)
      else this.#show(line, document)
    }
  }

  #show(line: string, document: Envelope): void {
    tell(this.#errors, document)
    const { stdout, stderr, exitCode } = this.#filter(line)
    if (stdout !== '') super.write(ended(stdout))
    if (exitCode !== 0) this.problem = new CalreconnectError('USAGE', `--jq could not be applied: ${reason(stderr)}`, { hint: HINT })
  }
}

const HINT = 'It is applied to the whole document: .data has the result, .error what went wrong'

async function load() {
  try {
    return await (await import('jq-wasm')).loadJq()
  } catch (cause) {
    throw new CalreconnectError('USAGE', '--jq needs the package jq-wasm, which this installation lacks', {
      hint: 'Install calreconnect again, or pipe --json into jq',
      cause,
    })
  }
}

interface Envelope {
  readonly ok: boolean
  readonly error: { readonly message: string; readonly hint: string | null } | null
}

/** Help and the like are no documents. */
function envelopeOf(line: string): Envelope | null {
  if (!line.startsWith('{"schema_version"')) return null
  return JSON.parse(line) as Envelope
}

/** A filter for what went well shows nothing of what did not: that goes where errors go. */
function tell(stderr: Screen, { error }: Envelope): void {
  if (error === null) return
  stderr.write(`Error: ${error.message}\n${error.hint === null ? '' : `Hint: ${error.hint}\n`}`)
}

function reason(stderr: string): string {
  const [first = ''] = stderr.split('\n')
  return first.replace(/^jq: error(?: \([^)]*\))?: /, '').replace(/ at <top-level>.*$/, '')
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
