// The edge: argv, environment and streams in, exit code out. The only place that sets process.exitCode, hears signals and may end the
// process. The terminal's mode is its own and the prompts': it is put back whatever happens.

import { VERSION } from './cli/version.ts'

const BUG = 1
/** As FILE_UNWRITABLE. */
const UNWRITTEN = 2
/** The first asks the work to end, a later one gives it up. */
const ASKING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** Ends this process as it ends any other, once the terminal is as it was. */
const AT_ONCE = 'SIGQUIT'
/** One key press may arrive twice: from the terminal, and from npm or npx, which pass on what they get. */
const SAME_PRESS_MS = 100
/** What still runs after an interrupted command is left behind. */
const LEFT_BEHIND_MS = 1_000
const SHOW_CURSOR = '\u001B[?25h'

type Listener = (signal: NodeJS.Signals) => void

export async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  const result = quietStreams()
  // The commonest question of install scripts is answered without loading anything.
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${VERSION}\n`)
    result.over()
    return
  }
  const terminal = watchedTerminal()
  process.on('uncaughtException', (thrown) => {
    terminal.restore()
    reportCrash(thrown)
  })
  const [{ runProgram }, { Interruptions }, { Screen }, { takeEnvironment }] = await Promise.all([
    import('./cli/run.ts'),
    import('./cli/interruption.ts'),
    import('./cli/output/screen.ts'),
    import('./cli/input/own-environment.ts'),
  ])
  const interruption = new Interruptions()
  const signals = hearSignals(terminal, {
    asked: () => interruption.asked,
    ask: () => interruption.ask(),
    giveUp: () => interruption.giveUp(),
  })
  const { exitCode, givenUp } = await runProgram({
    argv,
    program: process.argv[1] ?? '',
    node: process.execPath,
    env: takeEnvironment(process.env),
    stdout: new Screen(process.stdout),
    stderr: new Screen(process.stderr),
    platform: process.platform,
    interruption,
    takeSignals: signals.handOver,
    unheard: signals.unheard,
    get stdin() {
      return terminal.stdin
    },
  })
  process.exitCode = exitCode
  result.over()
  // Whatever is still running has no more to say: a signal now ends it with the code that is known.
  signals.over()
  if (givenUp) terminal.restore()
  if (interruption.asked) setTimeout(() => process.exit(), givenUp ? 0 : LEFT_BEHIND_MS).unref()
}

interface Terminal {
  readonly stdin: NodeJS.ReadStream
  restore(): void
}

/** Opening standard input costs milliseconds, and few commands read it. */
function watchedTerminal(): Terminal {
  let opened = false
  return {
    get stdin() {
      opened = true
      return process.stdin
    },
    restore() {
      if (!opened || !process.stdin.isTTY || !process.stdin.isRaw) return
      process.stdin.setRawMode(false)
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR)
    },
  }
}

function hearSignals(
  terminal: Terminal,
  work: { readonly asked: () => boolean; ask(): void; giveUp(): void },
): { readonly handOver: (listener: Listener) => () => void; readonly unheard: <T>(work: () => T) => T; over(): void } {
  let taker: Listener | null = null
  let heardAtMs = Number.NEGATIVE_INFINITY
  const hear: Listener = (signal) => {
    if (taker !== null) return taker(signal)
    const isSamePress = performance.now() - heardAtMs < SAME_PRESS_MS
    heardAtMs = performance.now()
    if (!work.asked()) return work.ask()
    // A terminal that goes away says so several times, and nobody is there to insist.
    if (!isSamePress && signal !== 'SIGHUP') work.giveUp()
  }
  const quit: Listener = (signal) => {
    if (taker !== null) return taker(signal)
    terminal.restore()
    process.off(AT_ONCE, quit)
    process.kill(process.pid, signal)
  }
  const listen = (): void => {
    for (const name of ASKING) process.on(name, hear)
    process.on(AT_ONCE, quit)
  }
  listen()
  return {
    handOver(listener) {
      taker = listener
      return () => {
        taker = null
      }
    },
    unheard(work) {
      for (const name of ASKING) process.off(name, hear)
      process.off(AT_ONCE, quit)
      terminal.restore()
      try {
        return work()
      } finally {
        listen()
      }
    },
    over() {
      taker = () => process.exit()
    },
  }
}

/**
 * Writing never ends the work: between an answer that cannot be had again and the disk there may be a line for people. A reader that has
 * enough (`| head`) and a terminal that went away are no error. A result that could not be written is one, once the work is done.
 */
function quietStreams(): { over(): void } {
  let unwritten: Error | null = null
  let isOver = false
  const tell = (): void => {
    if (!isOver || unwritten === null) return
    process.exitCode ||= UNWRITTEN
    process.stderr.write(`Error: The result could not be written to standard output: ${unwritten.message}\n`)
    unwritten = null
  }
  neverThrowing(process.stderr, () => {})
  neverThrowing(process.stdout, (error) => {
    const code = 'code' in error ? error.code : null
    if (code === 'EPIPE' || code === 'EIO') return
    unwritten ??= error
    tell()
  })
  return {
    over() {
      isOver = true
      tell()
    },
  }
}

/** A file on a full disk throws from `write` itself, a pipe tells by an event. */
function neverThrowing(stream: NodeJS.WriteStream, onError: (error: Error) => void): void {
  const write = stream.write.bind(stream)
  const quiet = (...args: unknown[]): boolean => {
    try {
      return Boolean(Reflect.apply(write, undefined, args))
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }
  Object.defineProperty(stream, 'write', { value: quiet, writable: true, configurable: true })
  stream.on('error', onError)
}

/** What nobody caught, a promise's rejection included, is a bug as any other is, and ends the process: its state is unknown. */
function reportCrash(thrown: unknown): void {
  const { stdout, stderr, env, platform } = process
  const atWorst = (): number => {
    const said = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\p{C}/gu, ' ')
    stderr.write(`Error: ${said}\nHint: Install calreconnect again\n`)
    return BUG
  }
  void Promise.all([import('./cli/run.ts'), import('./cli/output/screen.ts')])
    .then(([{ reportFailure }, { Screen }]) =>
      reportFailure({ argv: process.argv.slice(2), env, stdout: new Screen(stdout), stderr: new Screen(stderr), platform }, thrown, ''),
    )
    .catch(atWorst)
    .then((code) => process.exit(code))
}
