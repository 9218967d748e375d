import { type LabelSelector, type SecretKeyRef } from '../model/fragments.ts'
import { type Resource } from '../model/object.ts'
import { isRecord, own, type JsonSchema } from './json-schema.ts'
import { type Segments } from './prune.ts'
import { formatPath } from './text.ts'

/** A reference to a Secret, and the field that holds it: `spec.tls.rootCA`. */
export interface SecretRefAt {
  readonly path: string
  readonly ref: SecretKeyRef
}

/** Every reference to a Secret inside a resource. Pure; empty for kinds that are not ours. */
export type SecretRefs = (resource: Resource) => readonly SecretRefAt[]

/** A value that a schema node with some trait describes. */
interface Found {
  readonly path: Segments
  readonly value: unknown
}

/** The values inside `root` that schema nodes with the trait describe, in the schema's order. */
function find(schema: JsonSchema, root: unknown, trait: (schema: JsonSchema) => boolean): readonly Found[] {
  const found: Found[] = []
  function visit(node: JsonSchema, value: unknown, path: Segments): void {
    if (value === undefined) return
    if (trait(node)) found.push({ path, value })
    else if (Array.isArray(value)) {
      const { items } = node
      if (items !== undefined) for (const [place, item] of value.entries()) visit(items, item, [...path, place])
    } else if (isRecord(value)) {
      for (const [name, field] of Object.entries(node.properties ?? {})) visit(field, own(value, name), [...path, name])
    }
  }
  visit(schema, root, [])
  return found
}

function hasExactly(schema: JsonSchema, fields: readonly string[]): boolean {
  const names = Object.keys(schema.properties ?? {})
  return names.length === fields.length && fields.every((field) => names.includes(field))
}

function isSecretKeyRef(schema: JsonSchema): boolean {
  return hasExactly(schema, ['name', 'key', 'namespace'])
}

function isLabelSelector(schema: JsonSchema): boolean {
  return hasExactly(schema, ['matchLabels', 'matchExpressions'])
}

/** References to Secrets inside a valid spec. */
export function secretRefsOf(schema: JsonSchema, spec: unknown): readonly SecretRefAt[] {
  return find(schema, spec, isSecretKeyRef).map(({ path, value }) => ({
    path: formatPath(['spec', ...path]),
    ref: value as SecretKeyRef,
  }))
}

/** Label selectors inside a spec that may be invalid still, with their places. */
export function selectorsOf(
  schema: JsonSchema,
  spec: unknown,
): readonly { readonly path: Segments; readonly selector: LabelSelector }[] {
  return find(schema, spec, isLabelSelector).map(({ path, value }) => ({ path, selector: value as LabelSelector }))
}
