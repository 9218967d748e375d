import { Type } from 'typebox'
import { closed, stringEnum, stringMap } from '../model/fragments.ts'

/** Kubernetes' quantity syntax: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const quantityPattern = String.raw`^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`

const opaque = { 'x-kubernetes-preserve-unknown-fields': true } as const

function quantities(description: string) {
  return Type.Unsafe<Readonly<Record<string, number | string>>>({
    type: 'object',
    additionalProperties: {
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      pattern: quantityPattern,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      examples: ['500m', '1Gi'],
      'x-kubernetes-int-or-string': true,
    },
    description,
  })
}

/** The container's compute resources. */
export const ResourceRequirements = Type.Object(
  {
    limits: Type.Optional(quantities('The most that the container may use, by resource.')),
    requests: Type.Optional(quantities('What the container is scheduled with, by resource. Defaults to the limits.')),
    claims: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ description: "Name of one of the pod's resource claims." }),
            request: Type.Optional(
              Type.String({ description: 'Name of one request of the claim. Defaults to all of them.' }),
            ),
          },
          { ...closed, description: 'One claim.' },
        ),
        { description: 'Claims of dynamic resource allocation that the container uses.' },
      ),
    ),
  },
  { ...closed, description: 'Compute resources of the container.' },
)

/** What an outbox volume holds when nothing is said. */
export const defaultOutboxSize = '1Gi'

/** That the outbox lives on a volume of its own, which outlives the pod. */
export const Persistence = Type.Object(
  {
    size: Type.Optional(
      Type.Unsafe<number | string>({
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern: quantityPattern,
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        examples: [defaultOutboxSize],
        'x-kubernetes-int-or-string': true,
        description: `Size of each volume. Defaults to ${defaultOutboxSize}.`,
      }),
    ),
    storageClassName: Type.Optional(
      Type.String({ description: "StorageClass of the volumes. Defaults to the cluster's default one." }),
    ),
    accessModes: Type.Optional(
      Type.Array(
        stringEnum(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'], { description: 'One access mode.' }),
        { minItems: 1, maxItems: 3, description: 'How the volumes are mounted. Defaults to ReadWriteOnce.' },
      ),
    ),
  },
  {
    ...closed,
    description:
      'Keeps the outbox of each pod on a volume that outlives the pod; the pods then are those of a StatefulSet. Absent, what a pod could not deliver before it ended is lost with it.',
  },
)

/** A taint that pods tolerate. */
export const Toleration = Type.Object(
  {
    key: Type.Optional(
      Type.String({ description: 'Key of the taint. Absent, with operator Exists, means every key.' }),
    ),
    operator: Type.Optional(
      stringEnum(['Exists', 'Equal', 'Lt', 'Gt'], {
        description: "How the value is compared with the taint's. Defaults to Equal.",
      }),
    ),
    value: Type.Optional(Type.String({ description: 'Value of the taint.' })),
    effect: Type.Optional(
      Type.String({ description: 'NoSchedule, PreferNoSchedule or NoExecute. Absent means every effect.' }),
    ),
    tolerationSeconds: Type.Optional(
      Type.Integer({
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'How long a NoExecute taint is tolerated, in seconds. Absent means for ever.',
      }),
    ),
  },
  { ...closed, description: 'One toleration.' },
)

/** A volume of the pod. Its source is Kubernetes' business and passed on as it is. */
export const Volume = Type.Object(
  { name: Type.String({ minLength: 1, description: 'Name that volume mounts refer to.' }) },
  { ...opaque, description: "One volume: its name and one of Kubernetes' volume sources, as in a pod." },
)

/** Where a volume appears inside the container. */
export const VolumeMount = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Name of the volume.' }),
    mountPath: Type.String({ minLength: 1, description: 'Path inside the container.' }),
    subPath: Type.Optional(Type.String({ description: "Path inside the volume. Defaults to the volume's root." })),
    subPathExpr: Type.Optional(
      Type.String({ description: "The same with references to the container's environment, as in $(NAME)." }),
    ),
    readOnly: Type.Optional(Type.Boolean({ description: 'Mount without the right to write. Defaults to false.' })),
    recursiveReadOnly: Type.Optional(
      Type.String({ description: 'Disabled, IfPossible or Enabled: whether mounts below are read-only as well.' }),
    ),
    mountPropagation: Type.Optional(
      Type.String({ description: 'None, HostToContainer or Bidirectional. Defaults to None.' }),
    ),
  },
  { ...closed, description: 'One mount.' },
)

/** Scheduling preferences, passed on as they are. */
export const Affinity = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  ...opaque,
  description: "Scheduling preferences of the pods: Kubernetes' affinity, passed on as it is.",
})

/** Labels of nodes that pods may run on. */
export const NodeSelector = stringMap({ description: 'Labels that a node must have for the pods to run on it.' })
