import { type CelRule, type JsonSchema } from './json-schema.ts'

/** The API group that is served. */
export const group = 'notification.kubesphere.io'
/** The version of it that is served. */
export const version = 'v2alpha1'
/** Both, as manifests spell them. */
export const apiVersion = `${group}/${version}`

/** A problem of one spec that a schema cannot express. */
export interface SpecFault {
  readonly path: string
  readonly message: string
  readonly remedy: string
}

/** One kind of resource: its names, its schema, and what only code can check. */
export interface Kind {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly role: 'manager' | 'config' | 'receiver'
  /** The channel's name; absent for NotificationManager. */
  readonly channel?: string
  readonly spec: JsonSchema
  /** Whether an object without a spec is incomplete. */
  readonly specRequired: boolean
  /** CEL rules on the spec. */
  readonly rules: readonly CelRule[]
  /** What is wrong with a spec that the schema accepts. */
  check(spec: unknown): readonly SpecFault[]
  /** The spec with the defaults that others rely on. */
  complete(spec: unknown): unknown
}

/**
 * The name of a label or annotation, with a prefix of these characters or without
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set).
 */
function qualifiedName(prefix: 'a-z0-9' | 'A-Za-z0-9'): JsonSchema {
  const word = `[${prefix}]([-${prefix}]*[${prefix}])?`
  return {
    type: 'string',
    maxLength: 317,
    pattern: String.raw`^(${word}(\.${word})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`,
    examples: ['team', 'example.com/team'],
  }
}

/** The metadata that we read or that people write; Kubernetes knows more, and refuses what is wrong with it. */
export const metadataSchema: JsonSchema = {
  type: 'object',
  required: ['name'],
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    name: {
      type: 'string',
      maxLength: 253,
      // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
      pattern: String.raw`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`,
      examples: ['team-a-email'],
      description: 'Name of the object: lower-case letters, digits, - and .',
    },
    labels: {
      type: 'object',
      propertyNames: qualifiedName('a-z0-9'),
      additionalProperties: {
        type: 'string',
        maxLength: 63,
        // https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
        pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$',
        examples: ['payments'],
      },
      description: 'Labels: which class and tenant the object is in, and what selectors look at.',
    },
    annotations: {
      type: 'object',
      // The API server ignores the case of an annotation's prefix.
      propertyNames: qualifiedName('A-Za-z0-9'),
      additionalProperties: { type: 'string' },
      description: 'Annotations.',
    },
  },
  description: "Kubernetes' object metadata. The kinds are cluster-scoped; a namespace is ignored.",
}
