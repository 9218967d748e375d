import { type CelRule, type JsonSchema } from './json-schema.ts'

/** Keywords that a CustomResourceDefinition takes as they are. */
const kept = [
  'type',
  'format',
  'title',
  'description',
  'enum',
  'default',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-map-type',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const satisfies readonly (keyof JsonSchema)[]

/** Keywords that are rewritten or left out below. */
const rewritten = [
  'properties',
  'items',
  'additionalProperties',
  'anyOf',
  'dependencies',
  'examples',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof JsonSchema)[]

const known: ReadonlySet<string> = new Set([...kept, ...rewritten])

/**
 * The schema as Kubernetes takes it
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema):
 * the same constraints, without the refusal of unknown fields, which the API server prunes instead. Throws, because it is a bug,
 * at what it cannot express.
 */
export function structural(schema: JsonSchema): JsonSchema {
  const strange = Object.keys(schema).find((keyword) => !known.has(keyword))
  if (strange !== undefined) throw new Error(`A structural schema cannot hold ${strange}`)
  const { properties, items, additionalProperties } = schema
  return {
    ...Object.fromEntries(
      kept.filter((keyword) => keeps(schema, keyword)).map((keyword) => [keyword, schema[keyword]]),
    ),
    ...typeKeywords(schema),
    ...fields(properties),
    ...(items === undefined ? {} : { items: structural(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: structural(additionalProperties) } : {}),
    ...validations(schema),
  }
}

/**
 * The format of addresses goes, and their pattern says it alone: Go's idea of one refuses what our own parser takes
 * (https://pkg.go.dev/net/url#ParseRequestURI), and beside a format the API server takes a list where text belongs.
 */
function keeps(schema: JsonSchema, keyword: (typeof kept)[number]): boolean {
  return Object.hasOwn(schema, keyword) && !(keyword === 'format' && schema.format?.startsWith('uri') === true)
}

/** An empty map is left out as the API server leaves it out, so that applying the same file twice changes nothing. */
function fields(properties: JsonSchema['properties'] = {}): JsonSchema {
  const entries = Object.entries(properties)
  if (entries.length === 0) return {}
  return { properties: Object.fromEntries(entries.map(([name, field]) => [name, structural(field)])) }
}

/** `anyOf` is allowed in one form only, that of an integer-or-string, which in turn has no type. */
function typeKeywords(schema: JsonSchema): JsonSchema {
  if (schema['x-kubernetes-int-or-string'] === true) return { anyOf: [{ type: 'integer' }, { type: 'string' }] }
  if (schema.anyOf !== undefined) throw new Error('A structural schema holds anyOf in an integer-or-string only')
  if (schema.type === undefined) throw new Error('Every node of a structural schema has a type')
  return {}
}

function validations(schema: JsonSchema): JsonSchema {
  const rules: CelRule[] = [...(schema['x-kubernetes-validations'] ?? [])]
  for (const [field, needed] of Object.entries(schema.dependencies ?? {})) {
    for (const other of needed) {
      rules.push({ rule: `!has(self.${field}) || has(self.${other})`, message: `${other} is required beside ${field}` })
    }
  }
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }
}
