// What a renderer knows of the place its text goes to.

import type { Invocation } from '../../core/errors/advice.ts'

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
}

const asItIs = (text: string): string => text

export const PLAIN: Paint = { bold: asItIs, dim: asItIs, red: asItIs, green: asItIs, yellow: asItIs, cyan: asItIs }
