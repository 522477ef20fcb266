// The process as the command line sees it: given in, so that a test can be one.

import type { Interruptions } from '../interruption.ts'
import type { Screen } from './screen.ts'

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Everything that `main` is given by its process. */
export interface Host {
  /** Arguments after the program's name. */
  readonly argv: readonly string[]
  /** The program itself, as a path that node can run. */
  readonly program: string
  /** The node that runs it. */
  readonly node: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadStream
  readonly stdout: Screen
  readonly stderr: Screen
  readonly platform: NodeJS.Platform
  /** What SIGINT, SIGTERM and SIGHUP do to the work. */
  readonly interruption: Interruptions
  /** From now on signals that would end this process go to `listener` instead, until the function returned is called. */
  readonly takeSignals: (listener: (signal: NodeJS.Signals) => void) => () => void
  /** Does what may take for ever and cannot be asked to stop: meanwhile a signal ends this process as it ends any other. */
  readonly unheard: <T>(work: () => T) => T
}
