/** What a parameter takes, as far as a literal can be wrong for it. */
export type Parameter = 'any' | 'text' | 'texts'

/** A function of Go's or Alertmanager's templates. */
export interface GoFunction {
  readonly filter: string
  readonly parameters: readonly Parameter[]
  /** What further arguments are; absent when there are none. */
  readonly rest?: Parameter
  /** Gives true or false, which Liquid's `if` takes as they are. */
  readonly isBoolean?: true
  /** What a call without arguments gives, as Liquid. */
  readonly empty?: string
  /** The place of a pattern among the arguments: a literal one is checked when the file is loaded. */
  readonly pattern?: number
  readonly most?: number
}

const comparison = { parameters: ['any', 'any'], isBoolean: true } as const

const table: Readonly<Record<string, GoFunction>> = {
  eq: { filter: 'go_eq', parameters: ['any', 'any'], rest: 'any', isBoolean: true },
  ne: { filter: 'go_ne', ...comparison },
  lt: { filter: 'go_lt', ...comparison },
  le: { filter: 'go_le', ...comparison },
  gt: { filter: 'go_gt', ...comparison },
  ge: { filter: 'go_ge', ...comparison },
  not: { filter: 'go_not', parameters: ['any'], isBoolean: true },
  len: { filter: 'go_len', parameters: ['any'] },
  index: { filter: 'go_index', parameters: ['any'], rest: 'any' },
  slice: { filter: 'go_slice', parameters: ['any'], rest: 'any', most: 4 },
  print: { filter: 'go_sprint', parameters: [], rest: 'any', empty: '""' },
  printf: { filter: 'go_sprintf', parameters: ['text'], rest: 'any' },
  println: { filter: 'go_sprintln', parameters: [], rest: 'any', empty: '"\\n"' },
  html: { filter: 'go_html', parameters: [], rest: 'any', empty: '""' },
  js: { filter: 'go_js', parameters: [], rest: 'any', empty: '""' },
  urlquery: { filter: 'go_urlquery', parameters: [], rest: 'any', empty: '""' },
  toUpper: { filter: 'go_to_upper', parameters: ['text'] },
  toLower: { filter: 'go_to_lower', parameters: ['text'] },
  title: { filter: 'go_title', parameters: ['text'] },
  join: { filter: 'go_join', parameters: ['text', 'texts'] },
  match: { filter: 'go_match', parameters: ['text', 'text'], isBoolean: true, pattern: 0 },
  safeHtml: { filter: 'go_safe_html', parameters: ['text'] },
  reReplaceAll: { filter: 'go_replace_all', parameters: ['text', 'text', 'text'], pattern: 0 },
  stringSlice: { filter: 'go_string_slice', parameters: [], rest: 'text', empty: 'nil | go_string_slice' },
}

/** The functions that translate, besides `and` and `or`, which are tags. */
export const goFunctions: ReadonlyMap<string, GoFunction> = new Map(Object.entries(table))
