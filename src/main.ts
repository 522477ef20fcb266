// The edge: argv, environment and streams in, exit code out. The only place that sets process.exitCode.

import { runProgram } from './cli/run.ts'

const HARD_EXIT = 130

export async function main(): Promise<void> {
  const interruption = new AbortController()
  const interrupt = (): void => {
    // The second time, whatever is being waited for is given up.
    if (interruption.signal.aborted) process.exit(HARD_EXIT)
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
    argv: process.argv.slice(2),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    platform: process.platform,
    signal: interruption.signal,
  })
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
}
