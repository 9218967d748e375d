import { PatternError } from './nodes.ts'

/** Longest pattern: a page of text is no pattern. */
const maxChars = 1_000

/** What flags such as `(?i)` have switched on. */
export interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
  readonly ungreedy: boolean
}

/** A pattern and how far it is read. */
export class Reader {
  readonly #characters: readonly string[]
  #place = 0
  flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false, ungreedy: false }
  /** Names of groups by number; 0 is the whole match. */
  readonly groups: string[] = ['']
  #depth = 0

  constructor(pattern: string) {
    if (pattern.length > maxChars) throw new PatternError(`a pattern has at most ${maxChars} characters`)
    this.#characters = Array.from(pattern)
  }

  get done(): boolean {
    return this.#place >= this.#characters.length
  }

  peek(ahead = 0): string {
    return this.#characters[this.#place + ahead] ?? ''
  }

  next(): string {
    const character = this.peek()
    this.#place += 1
    return character
  }

  /** Takes `text` if it comes next. */
  take(text: string): boolean {
    for (const [ahead, character] of Array.from(text).entries()) if (this.peek(ahead) !== character) return false
    this.#place += Array.from(text).length
    return true
  }

  /** What comes next and matches, taken; undefined when it does not match. The expression is anchored at its beginning. */
  match(expression: RegExp): RegExpExecArray | undefined {
    const found = expression.exec(this.#characters.slice(this.#place, this.#place + maxChars).join(''))
    if (found === null) return undefined
    this.#place += Array.from(found[0]).length
    return found
  }

  /** Runs `read` one group deeper. */
  nested<Result>(read: () => Result): Result {
    this.#depth += 1
    if (this.#depth > 50) throw new PatternError('groups nest more than 50 deep')
    const result = read()
    this.#depth -= 1
    return result
  }
}
