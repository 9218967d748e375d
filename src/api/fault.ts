import { type ErrorObject } from 'ajv'
import { firstSentence, type JsonSchema } from './json-schema.ts'
import { cut, formatPath, listed, nearest, typeOf } from './text.ts'

/** One thing that a schema refuses. */
export interface SchemaFault {
  readonly reason: 'InvalidObject' | 'UnknownField'
  /** Dotted, array places in brackets: `spec.to[0]`; empty for the value as a whole. */
  readonly path: string
  /** What is wrong, without a full stop. */
  readonly message: string
  /** What would be right, without a full stop. */
  readonly remedy: string
}

/** What is wrong, and what would be right. */
type Words = readonly [message: string, remedy: string]

/** Keywords whose error is about one field of the object that they stand at. */
const fieldKeywords: Readonly<Record<string, string>> = {
  required: 'missingProperty',
  dependencies: 'missingProperty',
  additionalProperties: 'additionalProperty',
  unevaluatedProperties: 'unevaluatedProperty',
}

const unknownFieldKeywords: ReadonlySet<string> = new Set(['additionalProperties', 'unevaluatedProperties'])

/** What an error means to the person who wrote the object. No value is quoted where a credential might stand. */
export function toFault(error: ErrorObject): SchemaFault {
  const params = error.params as Readonly<Record<string, unknown>>
  const schema = (error.parentSchema ?? {}) as JsonSchema
  const fieldParam = fieldKeywords[error.keyword]
  const field = fieldParam === undefined ? (error.propertyName ?? []) : String(params[fieldParam])
  const [message, remedy] = describe(error, schema, params)
  return {
    reason: unknownFieldKeywords.has(error.keyword) ? 'UnknownField' : 'InvalidObject',
    path: formatPath([...segmentsOf(error), field].flat()),
    message: error.propertyName === undefined ? message : `the name ${message}`,
    remedy,
  }
}

/** What is wrong with a field that the schema does not know, and what was probably meant. */
export function unknownField(name: string, known: readonly string[]): Words {
  const meant = nearest(name, known)
  const message = `unknown field \`${cut(name)}\``
  if (meant !== undefined) return [message, `did you mean \`${meant}\`?`]
  return [message, known.length === 0 ? 'remove it' : `remove it, or use one of ${listed(known, 'or')}`]
}

function describe(error: ErrorObject, schema: JsonSchema, params: Readonly<Record<string, unknown>>): Words {
  switch (error.keyword) {
    case 'required':
      return missing(schema, String(params['missingProperty']), 'is required')
    case 'dependencies':
      return missing(schema, String(params['missingProperty']), `is required beside \`${String(params['property'])}\``)
    case 'additionalProperties':
      return unknownField(String(params['additionalProperty']), Object.keys(schema.properties ?? {}))
    case 'unevaluatedProperties':
      return unknownField(String(params['unevaluatedProperty']), Object.keys(schema.properties ?? {}))
    case 'type':
      return [`is ${typeOf(error.data)}`, expectedType(schema, params['type'], error.data)]
    case 'anyOf':
      return [`is ${typeOf(error.data)}`, `write an integer or text${examples(schema)}`]
    default:
      return describeValue(error, schema, params)
  }
}

function describeValue(error: ErrorObject, schema: JsonSchema, params: Readonly<Record<string, unknown>>): Words {
  const limit = String(params['limit'])
  switch (error.keyword) {
    case 'enum':
      return [`${quoted(error.data)} is not allowed`, `use one of ${allowed(params['allowedValues'])}`]
    case 'const':
      return [`${quoted(error.data)} is not allowed`, `use ${quoted(params['allowedValue'])}`]
    case 'pattern':
      return [`${shown(error.data, schema)} does not have the right form`, form(schema, String(params['pattern']))]
    case 'minimum':
      return [`${quoted(error.data)} is too small`, `write ${limit} or more`]
    case 'maximum':
      return [`${quoted(error.data)} is too large`, `write ${limit} or less`]
    case 'minLength':
      return ['is too short', `write at least ${count(limit, 'character')}`]
    case 'maxLength':
      return ['is too long', `write at most ${count(limit, 'character')}`]
    case 'minItems':
      return ['holds too few items', `give at least ${limit}`]
    case 'maxItems':
      return ['holds too many items', `give at most ${limit}`]
    default:
      return [`is refused: ${error.message ?? error.keyword}`, 'see the schema of this kind']
  }
}

function missing(schema: JsonSchema, field: string, message: string): Words {
  const described = schema.properties?.[field]
  const purpose = described === undefined ? '' : firstSentence(described)
  return [message, `add the field ${field}${purpose === '' ? '' : `: ${purpose}`}`]
}

/** The value itself stays out: people put a password where a reference to one belongs. */
function expectedType(schema: JsonSchema, type: unknown, found: unknown): string {
  const fields = schema.required ?? []
  if (type === 'object' && fields.length > 0) return `write an object with ${listed(fields, 'and')}`
  if (type === 'string' && ['number', 'boolean'].includes(typeof found)) return 'write text: put quotes around it'
  const types = (Array.isArray(type) ? type : [type]).map((name) => typeNames[String(name)] ?? String(name))
  return `write ${types.join(' or ')}`
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  object: 'an object',
  string: 'text',
  null: 'null',
}

function form(schema: JsonSchema, pattern: string): string {
  if (schema.examples === undefined) return `write text that matches ${pattern}`
  return `write ${schema['x-kubernetes-int-or-string'] === true ? 'a value' : 'text'}${examples(schema)}`
}

function examples(schema: JsonSchema): string {
  return schema.examples === undefined ? '' : ` such as ${schema.examples.map(quoted).join(' or ')}`
}

function shown(value: unknown, schema: JsonSchema): string {
  return schema.format?.startsWith('uri') === true ? 'the address' : quoted(value)
}

/** Takes out every `user:password` that stands in front of an `@`, in one pass: a backtracking pattern would take seconds. */
function withoutPasswords(text: string): string {
  const parts = text.split('@')
  const last = parts.length - 1
  return parts.map((part, place) => (place === last ? part : withoutPassword(part))).join('@')
}

/** A password may hold slashes that should have been encoded. */
function withoutPassword(part: string): string {
  let start = part.length
  while (start > 0 && !/\s/u.test(part.charAt(start - 1))) start -= 1
  const scheme = part.indexOf('://', start)
  if (scheme >= 0) start = scheme + 3
  return part.includes(':', start) ? `${part.slice(0, start)}<redacted>` : part
}

/** A value for people, cut so that a hostile one cannot fill the line. */
function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(withoutPasswords(value)))
  return typeof value === 'object' && value !== null ? typeOf(value) : String(value)
}

function allowed(values: unknown): string {
  return Array.isArray(values) ? values.map(quoted).join(', ') : quoted(values)
}

function count(limit: string, noun: string): string {
  return `${limit} ${noun}${limit === '1' ? '' : 's'}`
}

/** ajv's place, a JSON Pointer (https://www.rfc-editor.org/rfc/rfc6901), which spells places in lists and names alike. */
function segmentsOf(error: ErrorObject): readonly (string | number)[] {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/u.test(part) ? Number(part) : part))
}
