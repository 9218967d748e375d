import { GoFloat, integerOf, stringOf, type GoValue } from './values.ts'

/** A method: what it takes, and what it gives. */
export interface Method {
  readonly params: number
  call(self: GoValue, args: readonly GoValue[]): GoValue
}

/** A method table, by name. */
export type Methods = Readonly<Record<string, Method>>

/** An integer argument; a float literal that is whole counts, as Go's untyped constants do. */
export function integerArg(value: GoValue | undefined, method: string): bigint {
  if (value instanceof GoFloat && Number.isSafeInteger(value.value)) return BigInt(value.value)
  const integer = value === undefined ? undefined : integerOf(value)
  if (integer === undefined) throw new Error(`${method} takes a whole number`)
  return integer
}

/** A text argument. */
export function textArg(value: GoValue | undefined, method: string): string {
  const text = value === undefined ? undefined : stringOf(value)
  if (text === undefined) throw new Error(`${method} takes a text`)
  return text
}
