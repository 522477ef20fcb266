// The edge: argv, environment and streams in, exit code out. The only place that sets process.exitCode.

import { VERSION } from './cli/version.ts'

const INTERRUPTED = 130
const BUG = 1
/** They end this process as they end any other, unless a command passes them on to the program that it runs. */
const TAKEN_TOO: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGQUIT']

export async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  // The commonest question of install scripts is answered without loading anything.
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${VERSION}\n`)
    return
  }
  process.on('uncaughtException', reportCrash)
  const { runProgram } = await import('./cli/run.ts')
  const interruption = new AbortController()
  let taker: ((signal: NodeJS.Signals) => void) | null = null
  const interrupt = (signal: NodeJS.Signals): void => {
    if (taker !== null) {
      taker(signal)
      return
    }
    // The second time, whatever is being waited for is given up.
    if (interruption.signal.aborted) process.exit(INTERRUPTED)
    interruption.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // A reader that has enough (`| head`) is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  process.exitCode = await runProgram({
    argv,
    program: process.argv[1] ?? '',
    node: process.execPath,
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    platform: process.platform,
    signal: interruption.signal,
    takeSignals(listener) {
      taker = listener
      for (const name of TAKEN_TOO) process.on(name, interrupt)
      return () => {
        for (const name of TAKEN_TOO) process.off(name, interrupt)
        taker = null
      }
    },
    // Opening standard input costs milliseconds, and few commands read it.
    get stdin() {
      return process.stdin
    },
  })
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
}

/** What nobody caught, a promise's rejection included, is a bug as any other is, and ends the process: its state is unknown. */
function reportCrash(thrown: unknown): void {
  const { stdout, stderr, env } = process
  const atWorst = (): number => {
    stderr.write(`Error: ${thrown instanceof Error ? thrown.message : String(thrown)}\nHint: Install calreconnect again\n`)
    return BUG
  }
  void import('./cli/run.ts')
    .then(({ reportFailure }) => reportFailure({ argv: process.argv.slice(2), env, stdout, stderr }, thrown, ''))
    .catch(atWorst)
    .then((code) => process.exit(code))
}
