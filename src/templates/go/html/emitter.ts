import { type Emitter } from 'liquidjs'
import { type GoValue } from '../values.ts'
import { printHtml, type Escaper } from './print.ts'
import { HtmlScanner } from './scanner.ts'

/** A value on its way to the output, which alone knows how it must be escaped. Nothing in it can be listed by accident. */
export class Printed {
  readonly #value: GoValue
  readonly #escaper: Escaper | undefined

  constructor(value: GoValue, escaper: Escaper | undefined) {
    this.#value = value
    this.#escaper = escaper
  }

  /** The value as HTML for the place that the scanner has reached. */
  print(scanner: HtmlScanner, charge: (units: number) => void): string {
    return printHtml(scanner, this.#value, this.#escaper, charge)
  }
}

/** Output of HTML: fixed text leads the scanner, values are escaped for the place where they come. */
export class HtmlEmitter implements Emitter {
  readonly #under: Emitter
  readonly #charge: (units: number) => void
  readonly #scanner = new HtmlScanner()

  constructor(under: Emitter, charge: (units: number) => void) {
    this.#under = under
    this.#charge = charge
  }

  get buffer(): string {
    return this.#under.buffer
  }

  write(value: unknown): void {
    if (value instanceof Printed) this.#under.write(value.print(this.#scanner, this.#charge))
    else if (typeof value === 'string') this.#under.write(this.#scanner.feed(value))
    else this.#under.write(value)
  }
}
