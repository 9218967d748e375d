import { isRecord, type JsonSchema } from './json-schema.ts'

/** A place inside an object. */
export type Segments = readonly (string | number)[]

/** A field that the schema does not know. */
export interface UnknownField {
  readonly path: Segments
  readonly known: readonly string[]
}

/** An object as the API server would store it. */
export interface Pruned {
  readonly value: unknown
  /** At most `maxUnknown` of them; `unknownCount` tells how many there were. */
  readonly unknown: readonly UnknownField[]
  readonly unknownCount: number
  /** True when the object has more values than anyone writes; then `value` is incomplete and the object must be refused. */
  readonly tooLarge: boolean
  /** True when the object nests deeper than anyone writes, which only fields that the schema leaves open can; others recurse over it. */
  readonly tooDeep: boolean
}

/** More values than an object of etcd's default size limit (1.5 MiB) can hold in earnest; bounds time and memory. */
export const maxValues = 50_000

/** Files have the same bound. */
export const maxDepth = 100

const maxUnknown = 20

/**
 * A copy with the fields that the schema knows, as the API server prunes unknown fields
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning). Own fields only,
 * so that a field named `__proto__` is a field. Values of a wrong type stay for the validator to refuse.
 */
export function prune(schema: JsonSchema, object: unknown): Pruned {
  const unknown: UnknownField[] = []
  let unknownCount = 0
  let values = 0

  function visit(node: JsonSchema, value: unknown, path: Segments): unknown {
    if (++values > maxValues) return value
    if (Array.isArray(value)) return node.items === undefined ? value : list(node.items, value, path)
    if (!isRecord(value)) return value
    if (node.properties !== undefined) return fields(node, node.properties, value, path)
    return typeof node.additionalProperties === 'object' ? map(node.additionalProperties, value, path) : value
  }

  function list(items: JsonSchema, value: readonly unknown[], path: Segments): unknown {
    return value.slice(0, maxValues).map((item, place) => visit(items, item, [...path, place]))
  }

  function map(values: JsonSchema, value: Readonly<Record<string, unknown>>, path: Segments): unknown {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(values, item, [...path, name])]))
  }

  function fields(
    node: JsonSchema,
    properties: Readonly<Record<string, JsonSchema>>,
    value: Readonly<Record<string, unknown>>,
    path: Segments,
  ): unknown {
    const kept: [string, unknown][] = []
    for (const [name, item] of Object.entries(value)) {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (known !== undefined) kept.push([name, visit(known, item, [...path, name])])
      else if (node['x-kubernetes-preserve-unknown-fields'] === true) kept.push([name, item])
      else note([...path, name], properties)
    }
    return Object.fromEntries(kept)
  }

  function note(path: Segments, properties: Readonly<Record<string, JsonSchema>>): void {
    unknownCount += 1
    if (unknown.length < maxUnknown) unknown.push({ path, known: Object.keys(properties) })
  }

  const value = visit(schema, object, [])
  return { value, unknown, unknownCount, tooLarge: values > maxValues, tooDeep: isTooDeep(value) }
}

/** Goes into the depth first, without recursion: a hostile object ends it early. */
function isTooDeep(value: unknown): boolean {
  const open = [{ node: value, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next
    if (typeof node !== 'object' || node === null) continue
    if (depth >= maxDepth) return true
    for (const child of Object.values(node)) open.push({ node: child, depth: depth + 1 })
  }
  return false
}
