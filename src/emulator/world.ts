// What every route works with: the state, the clock, chance, the switches and what is counted. Made once per seed.
// Knows nothing of HTTP.
import type { EmulatorClock } from './clock.ts'
import type { Announce } from './occurrence.ts'
import type { RateLimits } from './rate-limits.ts'
import type { PageTokens } from './page-tokens.ts'
import type { RandomSource } from './random-ids.ts'
import type { State } from './state.ts'
import type { Switches } from './switches.ts'

export interface World {
  state: State
  readonly clock: EmulatorClock
  readonly random: RandomSource
  readonly redirectUris: readonly string[]
  switches: Switches
  /** What identifiers begin with where they are shown. */
  origin: string
  /** Tells subscriptions what happened. */
  announce: Announce
  limits: RateLimits
  pages: PageTokens
}
