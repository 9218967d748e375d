/** Go's invalid value: no data, a missing key of an untyped map, the literal nil. Liquid's own nil means "no argument". */
export const nothing: { readonly kind: 'nothing' } = Object.freeze({ kind: 'nothing' })

/** A float64; integers are bigints, so that 1 and 1.0 stay apart as in Go. */
export class GoFloat {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** An integer of a type that has a text of its own: time.Duration, time.Month, time.Weekday. */
export class GoNamed {
  readonly type: string
  readonly value: bigint
  readonly text: string

  constructor(type: string, value: bigint, text: string) {
    this.type = type
    this.value = value
    this.text = text
  }
}

/** What `safeHtml` gives: html/template's HTML, which is not escaped between tags. */
export class GoHtml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A time.Time. */
export class GoTime {
  /** Nanoseconds since the epoch. */
  readonly nanos: bigint
  /** Seconds east of UTC. */
  readonly offset: number
  /** `UTC`, or empty for an offset without a name. */
  readonly zone: string

  constructor(nanos: bigint, offset: number, zone: string) {
    this.nanos = nanos
    this.offset = offset
    this.zone = zone
  }
}

/** A slice with the name of its type, which decides on its methods. */
export class GoSlice {
  readonly type: 'template.Alerts' | '[]template.Alert' | 'template.Pairs' | '[]string'
  readonly items: readonly GoValue[]

  constructor(type: GoSlice['type'], items: readonly GoValue[]) {
    this.type = type
    this.items = items
  }
}

/** A struct: the values in the order of the type's fields. */
export class GoStruct {
  readonly type: StructType
  readonly values: readonly GoValue[]

  constructor(type: StructType, values: readonly GoValue[]) {
    this.type = type
    this.values = values
  }
}

/** The fields of a struct by name, in order. */
export interface StructType {
  readonly name: string
  readonly fields: readonly string[]
}

/** A template.KV: labels or annotations, sorted by name. */
export class GoMap {
  readonly type = 'template.KV'
  readonly entries: ReadonlyMap<string, string>

  constructor(entries: ReadonlyMap<string, string>) {
    this.entries = entries
  }
}

/** Everything that a Go template can hold. */
export type GoValue =
  string | boolean | bigint | GoFloat | GoNamed | GoHtml | GoTime | GoSlice | GoStruct | GoMap | typeof nothing

const classes = [GoFloat, GoNamed, GoHtml, GoTime, GoSlice, GoStruct, GoMap]

/** A value out of Liquid's hands: literals of Liquid become Go's. Throws for what is not Go's. */
export function toGo(value: unknown): GoValue {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : new GoFloat(value)
  if (isGo(value)) return value
  throw new Error('a translated Go template takes the data of the notification and nothing else')
}

function isGo(value: unknown): value is Exclude<GoValue, string | boolean | bigint> {
  return value === nothing || classes.some((each) => value instanceof each)
}

/** The name of a value's type as Go prints it. */
export function typeOf(value: GoValue): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (value instanceof GoFloat) return 'float64'
  if (value instanceof GoHtml) return 'template.HTML'
  if (value instanceof GoTime) return 'time.Time'
  if (value instanceof GoStruct) return value.type.name
  return value === nothing ? '<nil>' : (value as GoNamed | GoSlice | GoMap).type
}

/** The text of a value of Go's kind string; undefined for any other. */
export function stringOf(value: GoValue): string | undefined {
  if (value instanceof GoHtml) return value.text
  return typeof value === 'string' ? value : undefined
}

/** The number of a value of one of Go's integer kinds; undefined for any other. */
export function integerOf(value: GoValue): bigint | undefined {
  if (value instanceof GoNamed) return value.value
  return typeof value === 'bigint' ? value : undefined
}
