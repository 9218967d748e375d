/** Says whether a set of characters holds one, given as a code point. */
export type CharacterSet = (code: number) => boolean

/** Places that match no character: text begin and end, line begin and end, word boundary and its opposite. */
export type Assertion = 'textBegin' | 'textEnd' | 'lineBegin' | 'lineEnd' | 'word' | 'notWord'

/** A pattern as a tree. */
export type Pattern =
  | { readonly kind: 'set'; readonly has: CharacterSet }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'all'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'any'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'group'; readonly number: number; readonly part: Pattern }
  | {
      readonly kind: 'repeat'
      readonly part: Pattern
      readonly min: number
      readonly max: number
      readonly greedy: boolean
    }

/** A pattern that Go's regexp would refuse, or that is too big. The message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}
