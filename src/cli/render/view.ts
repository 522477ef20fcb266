// What a renderer knows of the place its text goes to.

import type { Invocation } from '../../core/errors/advice.ts'
import { printable, withoutTokens } from '../../core/secrets/visible.ts'

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

export interface View {
  /** Width of the terminal; Infinity when stdout is none, so that nothing is cut. */
  readonly columns: number
  /** For relative times, epoch milliseconds. */
  readonly nowMs: number
  readonly paint: Paint
  /** `--columns`: which columns of a table, in this order. Absent: all that there is room for. */
  readonly only?: readonly string[] | null
  /** For commands in the text; absent: written as for anybody. */
  readonly invocation?: Invocation
  /** `--show-secrets`: what lets one in is shown where it is part of a URL. */
  readonly secrets?: boolean
}

/** Foreign text for one line or cell, without what lets one in: what is shown is shared sooner or later. JSON has it whole. */
export function shown(text: string, { secrets }: Pick<View, 'secrets'>): string {
  return secrets === true ? printable(text) : withoutTokens(printable(text))
}

const asItIs = (text: string): string => text

export const PLAIN: Paint = { bold: asItIs, dim: asItIs, red: asItIs, green: asItIs, yellow: asItIs, cyan: asItIs }
