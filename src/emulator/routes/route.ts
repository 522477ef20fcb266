// The form of an API route. Knows nothing of the single resources.
import type { Caller } from '../callers.ts'
import type { Answer } from '../refusals.ts'
import type { EmulatorRequest } from '../request.ts'
import type { World } from '../world.ts'

/** What a handler is given: who asks what of which world; `id` is the first `{id}` of the path. */
export interface Call {
  readonly world: World
  readonly caller: Caller
  readonly request: EmulatorRequest
  readonly id: string
  /** All of them, for paths with two. */
  readonly ids: readonly string[]
}

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for a segment. */
  readonly path: string
  /** The OAuth scope that the token must hold. */
  readonly oauthScope: string
  readonly handle: (call: Call) => Answer
}
