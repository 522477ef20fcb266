// A value that must not be seen: prints as `[secret]` wherever it lands by accident.

const SHOWN = '[secret]'

/** A token, key or code. Only `reveal()` gives the text, so that every use can be found by searching for it. */
export class Secret {
  readonly #text: string
  /** Why the text cannot be had; null for a secret that can be read. */
  readonly problem: Error | null

  constructor(text: string, problem: Error | null = null) {
    this.#text = text
    this.problem = problem
  }

  /**
   * A secret that is stored and cannot be read: its store's key is lost, say. That it is there can be told; whoever needs its text
   * gets `problem` thrown, so that nothing takes it for absent.
   */
  static unreadable(problem: Error): Secret {
    return new Secret('', problem)
  }

  reveal(): string {
    if (this.problem !== null) throw this.problem
    return this.#text
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }

  /** What `console.log` and `util.inspect` print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN
  }
}
