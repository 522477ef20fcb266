// A lazy value that is opened at most once.

export interface Once<T> {
  readonly get: () => Promise<T>
  /** Whether it was asked for. */
  readonly peek: () => boolean
}

export function once<T>(open: () => Promise<T>): Once<T> {
  let opened: Promise<T> | null = null
  return {
    get: () => (opened ??= open()),
    peek: () => opened !== null,
  }
}
