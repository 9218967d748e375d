import { GoSyntaxError } from './syntax-error.ts'
import { describeToken, type Token, type TokenKind } from './tokens.ts'

/** Deepest nesting of blocks and parentheses: far beyond any message, far below the call stack. */
const maxDepth = 100

/** The tokens of a file and how far they are read. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #place = 0
  #depth = 0
  /** How many `range` blocks are open. */
  ranges = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#place + ahead] ?? this.#last()
  }

  next(): Token {
    const token = this.peek()
    this.#place += 1
    return token
  }

  skipSpace(): void {
    while (this.peek().kind === 'space') this.#place += 1
  }

  peekNonSpace(): Token {
    this.skipSpace()
    return this.peek()
  }

  nextNonSpace(): Token {
    this.skipSpace()
    return this.next()
  }

  expect(kind: TokenKind, context: string): Token {
    const token = this.nextNonSpace()
    if (token.kind !== kind) throw this.unexpected(token, context)
    return token
  }

  unexpected(token: Token, context: string): GoSyntaxError {
    return new GoSyntaxError(token.at, `unexpected ${describeToken(token)} in ${context}`)
  }

  /** Runs `read` one level deeper. Throws when that is too deep. */
  nested<Result>(at: number, read: () => Result): Result {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new GoSyntaxError(at, `blocks and parentheses nest more than ${maxDepth} deep`)
    const result = read()
    this.#depth -= 1
    return result
  }

  #last(): Token {
    return this.#tokens.at(-1) ?? { kind: 'eof', value: '', at: 0 }
  }
}
