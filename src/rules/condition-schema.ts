/** Operators that a document may use with a list, with `true`, and with text. */
const listOperators = ['in', 'notIn'] as const
const presenceOperators = ['exists', 'doesNotExist'] as const
const textOperators = ['equal', 'notEqual'] as const

/** Bounds of one rule, so that no document can make every alert slow. */
export const maxItems = 256
const maxValues = 1_000
const maxTextLength = 4_096

/** What one sort of rule document may look at. */
export interface Vocabulary {
  /** Facts that are maps and need a `path`. */
  readonly maps: readonly string[]
  /** Facts that are text. */
  readonly texts: readonly string[]
  /** Facts that are lists, for `contains`. */
  readonly lists: readonly string[]
  /** Whether `$name` may stand for a condition. */
  readonly parameters: boolean
}

/** Text of bounded length. */
export const text = { type: 'string', maxLength: maxTextLength }

/** A JSON Schema, as data. */
export type Schema = Readonly<Record<string, unknown>>

/** An object whose fields are all listed. */
export function object(properties: Schema, required: readonly string[], description: string): Schema {
  return { type: 'object', properties, required, additionalProperties: false, description }
}

/** Chooses a schema by the value of a field, so that an error is about the branch that the writer meant. */
export function whenOneOf(field: string, values: readonly string[], then: Schema, otherwise: Schema): Schema {
  return { if: { type: 'object', properties: { [field]: { enum: values } }, required: [field] }, then, else: otherwise }
}

function whenPresent(field: string, then: Schema, otherwise: Schema): Schema {
  return { if: { type: 'object', required: [field] }, then, else: otherwise }
}

function comparisonSchema({ maps, texts, lists }: Vocabulary): Schema {
  const operators = [
    ...textOperators,
    ...listOperators,
    ...presenceOperators,
    ...(lists.length > 0 ? ['contains'] : []),
  ]
  const common = {
    fact: { type: 'string', enum: [...maps, ...texts, ...lists], description: 'What to look at.' },
    operator: { type: 'string', enum: operators, description: 'How to compare.' },
    value: { description: 'Text; a list for in and notIn; true for exists and doesNotExist.' },
  }
  const path = { ...text, description: 'Name of the label or annotation: any text, never a pattern.' }
  return {
    ...whenOneOf(
      'fact',
      [...texts, ...lists],
      object(common, ['fact', 'operator', 'value'], 'One comparison.'),
      object({ ...common, path }, ['fact', 'path', 'operator', 'value'], 'One comparison of a label or annotation.'),
    ),
    allOf: [
      whenOneOf(
        'operator',
        listOperators,
        valueOf({ type: 'array', items: text, minItems: 1, maxItems: maxValues }),
        whenOneOf('operator', presenceOperators, valueOf({ const: true }), valueOf(text)),
      ),
    ],
  }
}

function valueOf(value: Schema): Schema {
  return { type: 'object', properties: { value } }
}

/** Schemas of `conditions` (the root) and `condition` (a part), for `$defs`. */
export function conditionSchemas(vocabulary: Vocabulary): Readonly<Record<string, Schema>> {
  const part = { $ref: '#/$defs/condition' }
  const parts = { type: 'array', items: part, minItems: 1, maxItems }
  const none = object({ all: true, any: true, not: true }, ['all'], 'Starts with all, any or not.')
  const combination = whenPresent(
    'all',
    object({ all: parts }, ['all'], 'Holds when every part does.'),
    whenPresent(
      'any',
      object({ any: parts }, ['any'], 'Holds when at least one part does.'),
      whenPresent('not', object({ not: part }, ['not'], 'Holds when its part does not.'), none),
    ),
  )
  const condition = { type: 'object', ...whenPresent('fact', comparisonSchema(vocabulary), combination) }
  const parameter = { type: 'string', pattern: String.raw`^\$[A-Za-z]+\??$` }
  return {
    conditions: { type: 'object', ...combination, description: 'Starts with all, any or not.' },
    condition: vocabulary.parameters ? { if: { type: 'string' }, then: parameter, else: condition } : condition,
  }
}
