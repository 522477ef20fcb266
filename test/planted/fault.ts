// What a planted fault is. Knows neither which ones there are nor how they are run.

/** One mistake in one place of src/, small enough to be made by anybody, and the tests that must not let it pass. */
export interface Fault {
  /** Short, and no two alike. */
  readonly name: string
  /** What a person would lose by it. */
  readonly loses: string
  readonly file: string
  /** Exactly once in `file`. */
  readonly search: string
  readonly replace: string
  /** Files of tests, each of which runs in seconds. */
  readonly tests: readonly string[]
}

/** `text` with the fault in it. @throws where the place is no longer found, or found twice */
export function planted(fault: Fault, text: string): string {
  const [before, after, ...more] = text.split(fault.search)
  if (before === undefined || after === undefined || more.length > 0) {
    const found = text.split(fault.search).length - 1
    throw new Error(`${fault.name}: its place is in ${fault.file} ${found} times, not once. Name it anew in test/planted: ${fault.search}`)
  }
  return before + fault.replace + after
}
