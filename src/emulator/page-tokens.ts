// Opaque page tokens, bound to the query that they were made for. Knows nothing of what is listed.
import { alphanumeric, type RandomSource } from './random-ids.ts'

const TOKENS_MAX = 10_000

/** Where a page begins: after or before a row, with the number of rows before the page for lists that page by offset. */
export interface PagePosition {
  readonly query: string
  readonly direction: 'after' | 'before'
  readonly row: string
  readonly offset: number
}

/** The tokens handed out, oldest forgotten first. */
export class PageTokens {
  readonly #random: RandomSource
  readonly #positions = new Map<string, PagePosition>()

  constructor(random: RandomSource) {
    this.#random = random
  }

  issue(position: PagePosition): string {
    const token = alphanumeric(this.#random, 32)
    this.#positions.set(token, position)
    const [oldest] = this.#positions.keys()
    if (this.#positions.size > TOKENS_MAX && oldest !== undefined) this.#positions.delete(oldest)
    return token
  }

  /** The position of a token; undefined if unknown or made for another query. */
  find(token: string, query: string): PagePosition | undefined {
    const position = this.#positions.get(token)
    return position?.query === query ? position : undefined
  }
}
