// The form of a handler of the control API. Knows nothing of the single routes.
import type { EmulatorInfo } from '../info.ts'
import type { Control } from './control.ts'

/** What a handler is given; `body` is parsed JSON, not yet judged. */
export interface Asked {
  readonly control: Control
  readonly info: EmulatorInfo
  readonly body: unknown
  readonly query: URLSearchParams
}

/** Does it, and returns what is shown. @throws BadInput */
export type Handler = (asked: Asked) => unknown
