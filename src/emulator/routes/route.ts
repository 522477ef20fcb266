// The form of an API route. Knows nothing of the single resources.
import type { Caller } from '../callers.ts'
import type { Answer } from '../refusals.ts'
import type { EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'

/** What a handler is given: who asks what of which world; `id` is the `{id}` of the path. */
export interface Call {
  readonly world: World
  readonly caller: Caller
  readonly request: EmulatorRequest
  readonly id: string
}

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With at most one `{id}`. */
  readonly path: string
  /** The OAuth scope that the token must hold. */
  readonly oauthScope: string
  readonly handle: (call: Call) => Answer
}
