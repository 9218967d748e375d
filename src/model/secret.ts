import { inspect } from 'node:util'

const redacted = '<redacted>'

/** A credential in memory. Every way of printing it gives `<redacted>`; only `reveal()` gives the value. */
export class SecretText {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one call that sends it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [inspect.custom](): string {
    return redacted
  }
}
