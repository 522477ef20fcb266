// A value that must not be seen: prints as `[secret]` wherever it lands by accident.

const SHOWN = '[secret]'

/** A token, key or code. Only `reveal()` gives the text, so that every use can be found by searching for it. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
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
