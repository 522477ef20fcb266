// What is written to stderr beside the result: lines that stay, and the one that moves while work goes on.

import type { Clock, Progress } from '../../core/ports/desk.ts'
import { once } from '../context/once.ts'
import type { Globals } from '../input/globals.ts'
import type { Paint } from '../render/view.ts'
import { plainProgress, terminalProgress } from './progress.ts'
import type { Spinner } from './spinner.ts'
import type { Host } from './streams.ts'

interface Lines {
  readonly progress: () => Promise<Progress>
  /** A line of its own, whatever is on the terminal's last one. */
  readonly line: (text: string) => void
  /** Takes away the line that moves: something else is about to be written. */
  clear(): void
}

export function openLines(parts: {
  readonly host: Pick<Host, 'stderr' | 'env' | 'interruption'>
  readonly clock: Clock
  readonly globals: () => Pick<Globals, 'quiet' | 'debug'>
  readonly paint: () => Paint
}): Lines {
  const { stderr, env, interruption } = parts.host
  let spinner: Spinner | null = null
  const progress = once(async () => {
    const { quiet, debug } = parts.globals()
    if (!stderr.isTTY || quiet || debug || env['TERM'] === 'dumb') return plainProgress(stderr, quiet)
    const { Spinner } = await import('./spinner.ts')
    spinner = new Spinner(stderr, parts.paint())
    return terminalProgress(stderr, spinner, parts.clock)
  })
  const line = (text: string): void => {
    const write = (): unknown => stderr.write(`${text}\n`)
    if (spinner === null) write()
    else spinner.aside(write)
  }
  // On a terminal `^C` stands where the cursor was; a line that moves is written over it.
  interruption.tellTo((text) => line(spinner === null && stderr.isTTY ? `\n${text}` : text))
  return { progress: progress.get, line, clear: () => spinner?.stop() }
}
