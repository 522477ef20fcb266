// What the openers are built from.

import type { Clock, Progress, Random } from '../../core/ports/desk.ts'
import type { Globals } from '../input/globals.ts'
import type { LogAttribution } from '../context/log-attribution.ts'
import type { Host } from '../output/streams.ts'

export interface WorldParts {
  readonly host: Host
  /** Read when first asked for: the options are parsed after the commands are declared. */
  readonly globals: () => Globals
  readonly clock: Clock
  readonly random: Random
  readonly progress: () => Promise<Progress>
  /** A line on stderr. */
  readonly say: (line: string) => void
  /** Whether the command that runs keeps something, and so makes the store where there is none. */
  readonly makesStore: () => boolean
  /** Whether the modes of the store's files are left as they are. */
  readonly keepsModes: () => boolean
  /** As `say`, but not with --quiet. */
  readonly hint: (line: string) => void
}

export interface Wiring extends WorldParts {
  readonly attribution: LogAttribution
  readonly crashpoint: { readonly crashpoint?: (name: string) => void }
}
