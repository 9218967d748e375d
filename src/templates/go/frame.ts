import { GoSyntaxError } from './syntax-error.ts'
import { type Writer } from './writer.ts'

/** The Go variables that can be seen from a place, with their names in Liquid, where all of a template's variables live together. */
export class Scope {
  readonly #outer: Scope | undefined
  readonly #names = new Map<string, string>()

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  declare(variable: string, liquid: string): void {
    this.#names.set(variable, liquid)
  }

  /** The Liquid expression of a variable. Throws GoSyntaxError. */
  resolve(variable: string, at: number): string {
    const name = this.#names.get(variable)
    if (name !== undefined) return name
    if (this.#outer === undefined) throw new GoSyntaxError(at, `undefined variable ${variable}`)
    return this.#outer.resolve(variable, at)
  }
}

/** Names of Liquid variables that no other part of the template uses. */
export class Names {
  readonly #counts = new Map<string, number>()

  fresh(base: string): string {
    const count = (this.#counts.get(base) ?? 0) + 1
    this.#counts.set(base, count)
    return count === 1 ? base : `${base}_${count}`
  }
}

/** Where in a template the translation is. */
export interface Frame {
  readonly writer: Writer
  readonly names: Names
  readonly scope: Scope
  /** The Liquid expression of `.`. */
  readonly dot: string
  /** Variables that some `=` gives a new value. */
  readonly assigned: ReadonlySet<string>
  /** The line of a place in the file. */
  readonly lineOf: (at: number) => number
}

/** The same place with variables of its own, and perhaps another dot. */
export function inner(frame: Frame, dot = frame.dot): Frame {
  return { ...frame, dot, scope: new Scope(frame.scope) }
}

/** A name for a Go variable: its own, as far as Liquid can spell it. */
export function variableName(frame: Frame, variable: string): string {
  const plain = variable
    .slice(1)
    .replace(/[^A-Za-z0-9_]/gu, (character) => `u${(character.codePointAt(0) ?? 0).toString(16)}`)
  return frame.names.fresh(`v_${plain}`)
}
