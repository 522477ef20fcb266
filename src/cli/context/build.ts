// Builds the one Context. What it opens is in world/.

import { hintText, type Hint, type Invocation } from '../../core/errors/advice.ts'
import type { Clock, Random } from '../../core/ports/desk.ts'
import type { Context } from '../context.ts'
import { envelope, errorText, exitCodeOf } from '../exit.ts'
import type { Globals } from '../input/globals.ts'
import { invocationOf } from '../output/invocation.ts'
import { paintOf } from '../output/paint.ts'
import { openLines } from '../output/lines.ts'
import type { Form } from '../output/screen.ts'
import { type Paint, PLAIN, type View } from '../render/view.ts'
import { keepsModes, makesStore } from './makes-store.ts'
import { openSession } from './session.ts'
import { environmentToken } from '../input/settings.ts'
import { openWorld } from '../world/world.ts'
import type { Host } from '../output/streams.ts'

export interface BuiltContext extends Context {
  readonly exitCode: number
  /** Before a command's action: its name for the envelope, whether it keeps something, and colours if there will be any. */
  begin(command: string, flags: Readonly<Record<string, unknown>>): Promise<void>
  /** Before anything is written past this context: takes away the line that moves. */
  clear(): void
}

/** Where a terminal does not tell its width. */
const TERMINAL_COLUMNS = 80

interface Parts {
  readonly host: Host
  readonly clock: Clock
  readonly random: Random
  /** Read when first asked for: the options are parsed after the commands are declared. */
  readonly globals: () => Globals
  readonly noColor: () => boolean
}

export function buildContext(parts: Parts): BuiltContext {
  const { host, clock, random, globals } = parts
  let command = ''
  let dryRun = false
  let fix = false
  let paint: Paint = PLAIN
  let errorPaint: Paint = PLAIN
  let exitCode = 0
  let paged: (text: string) => boolean = () => false
  const invocation = invocationOf(host)
  const lines = openLines({ host, clock, globals, paint: () => errorPaint })
  const byToken = (): boolean => globals().account === null && environmentToken(host.env) !== null
  const world = openWorld({
    ...parts,
    progress: lines.progress,
    say: lines.line,
    makesStore: () => makesStore(command, { byToken: byToken(), dryRun }),
    keepsModes: () => keepsModes(command, fix),
    hint: (text) => context.hint(text),
  })
  const context: BuiltContext = {
    ...world.openers,
    host,
    env: host.env,
    invocation,
    get globals() {
      return globals()
    },
    clock,
    random,
    interruption: host.interruption,
    get canPrompt() {
      return globals().input && !globals().json && host.stdin.isTTY && host.stderr.isTTY
    },
    progress: lines.progress,
    session: (options) => openSession(context, options ?? {}),
    usesEnvironmentToken: byToken,
    async begin(name, flags) {
      command = name
      dryRun = flags['dryRun'] === true
      fix = flags['fix'] === true
      paint = await paintOf(host, host.stdout, parts.noColor())
      errorPaint = await paintOf(host, host.stderr, parts.noColor())
      paged = await pagedBy(host, globals())
    },
    show(data, render, problem = null, form = 'text') {
      lines.clear()
      if (globals().json) host.stdout.write(envelope(command, data, problem, invocation))
      else {
        print(host, paged, render(data, viewFor(globals(), { columns: columnsOf(host), nowMs: clock.nowMs(), paint, invocation })), form)
        if (problem !== null) lines.line(errorText(problem, { paint: errorPaint, debug: globals().debug, invocation }).trimEnd())
      }
      if (problem !== null) exitCode = exitCodeOf(problem)
    },
    ...remarks({ line: lines.line, invocation, paint: () => errorPaint, isQuiet: () => globals().quiet }),
    setExit(code) {
      exitCode = code
    },
    get exitCode() {
      return exitCode
    },
    clear: () => lines.clear(),
    async close() {
      lines.clear()
      await world.close()
    },
  }
  return context
}

function columnsOf({ stdout }: Host): number {
  return stdout.isTTY ? stdout.columns || TERMINAL_COLUMNS : Number.POSITIVE_INFINITY
}

/** With a newline at its end; nothing for nothing. */
function print(host: Host, paged: (text: string) => boolean, text: string, form: Form): void {
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  if (whole !== '' && !paged(host.stdout.shown(whole, form))) host.stdout.write(whole, form)
}

/** Shows long text in a pager, where one is wanted and there is a terminal. */
async function pagedBy(host: Host, { pager, json, input }: Globals): Promise<(text: string) => boolean> {
  if (!host.stdout.isTTY || json) return () => false
  const { page, pagerOf } = await import('../output/pager.ts')
  const program = pagerOf(host, pager && input)
  return program === null ? () => false : (text) => page(host, program, text)
}

/** What is said on stderr beside the result. */
function remarks(to: {
  readonly line: (text: string) => void
  readonly invocation: Invocation
  readonly paint: () => Paint
  readonly isQuiet: () => boolean
}): Pick<Context, 'hint' | 'warn' | 'say'> {
  const text = (hint: Hint): string => hintText(hint, to.invocation)
  return {
    hint(hint) {
      if (!to.isQuiet()) to.line(to.paint().dim(text(hint)))
    },
    // What others say in it does not begin a line of its own.
    warn: (hint) => to.line(`${to.paint().yellow('Warning:')} ${text(hint).replaceAll('\n', '\n  ')}`),
    say: (hint) => to.line(text(hint)),
  }
}

function viewFor({ columns: only, showSecrets: secrets }: Globals, place: View): View {
  return { ...place, only, secrets }
}
