import { type JsonSchema } from './json-schema.ts'
import { group, metadataSchema, version, type Kind } from './kind.ts'
import { statusSchema } from './status-schema.ts'
import { structural } from './structural.ts'

/** One column of `kubectl get`. */
interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date'
  readonly jsonPath: string
  readonly description?: string
  readonly priority?: number
}

const ready: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'Whether the object is in force and complete.',
}
const reason: PrinterColumn = {
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Why it is ready or not.',
}
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

const columns: Readonly<Record<Kind['role'], readonly PrinterColumn[]>> = {
  manager: [
    ready,
    {
      name: 'Tenant Key',
      type: 'string',
      jsonPath: '.spec.receivers.tenantKey',
      description: 'The label that names the tenant.',
    },
    reason,
    age,
  ],
  config: [ready, reason, age],
  receiver: [
    ready,
    { name: 'Tenant', type: 'string', jsonPath: '.status.tenant', description: 'Whose receiver it is.' },
    { name: 'Config', type: 'string', jsonPath: '.status.config', description: 'The config in force.' },
    {
      name: 'Last Delivery',
      type: 'string',
      jsonPath: '.status.lastDelivery.outcome',
      description: 'How the last attempt ended.',
      priority: 1,
    },
    { ...reason, priority: 1 },
    age,
  ],
}

/** The CustomResourceDefinition of a kind. */
export function toCrd(kind: Kind): object {
  const { plural } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'notification-manager' } },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular: kind.kind.toLowerCase(),
        ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
        categories: ['notification-manager'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns[kind.role],
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  }
}

function objectSchema(kind: Kind): JsonSchema {
  const rules = kind.rules.length === 0 ? {} : { 'x-kubernetes-validations': kind.rules }
  return {
    type: 'object',
    description: kind.description,
    ...(kind.specRequired ? { required: ['spec'] } : {}),
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the API.' },
      kind: { type: 'string', description: 'The kind of the object.' },
      metadata: { type: 'object' },
      spec: structural({ ...kind.spec, ...rules }),
      status: structural(statusSchema(kind.role)),
    },
  }
}

/** The kind's objects as JSON Schema (draft 7), for editors and for checks in Git repositories. */
export function toDocumentSchema(kind: Kind): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: kind.kind,
    description: kind.description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', ...(kind.specRequired ? ['spec'] : [])],
    additionalProperties: false,
    properties: {
      apiVersion: { type: 'string', enum: [`${group}/${version}`], description: 'Group and version of the API.' },
      kind: { type: 'string', enum: [kind.kind], description: 'The kind of the object.' },
      metadata: metadataSchema,
      spec: kind.spec,
      status: statusSchema(kind.role),
    },
  }
}
