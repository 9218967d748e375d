/** Where one Secret reference stands and what it points to. */
export interface SecretReference {
  /** Path inside the spec, dotted. */
  readonly path: string
  readonly name: string
  readonly key: string
  readonly namespace: string
}

/** Specs are flat; this only bounds the walk. */
const maxDepth = 8

/** Every reference to a Secret in a spec, namespaces filled in. Nothing else of the spec is repeated. */
export function secretReferences(spec: unknown, defaultNamespace: string): readonly SecretReference[] {
  return walk(spec, [], defaultNamespace)
}

function walk(value: unknown, path: readonly string[], defaultNamespace: string): readonly SecretReference[] {
  if (typeof value !== 'object' || value === null || path.length > maxDepth) return []
  const fields = new Map<string, unknown>(Object.entries(value))
  const name = fields.get('name')
  const key = fields.get('key')
  const namespace = fields.get('namespace')
  if (typeof name === 'string' && typeof key === 'string') {
    return [
      { path: path.join('.'), name, key, namespace: typeof namespace === 'string' ? namespace : defaultNamespace },
    ]
  }
  return [...fields].flatMap(([field, item]) => walk(item, [...path, field], defaultNamespace))
}
