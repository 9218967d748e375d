import { Type, type Static, type TObject } from 'typebox'
import { closed, labelSelector, stringEnum } from '../model/fragments.ts'
import {
  Affinity,
  NodeSelector,
  Persistence,
  ResourceRequirements,
  Toleration,
  Volume,
  VolumeMount,
} from './pod-fragments.ts'

/** The tenant key of a NotificationManager that names none. */
export const defaultTenantKey = 'namespace'

const GlobalOptions = Type.Object(
  {
    templateFile: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: 'One file, folder or glob.' }), {
        maxItems: 100,
        description:
          'Files that define named templates: paths or globs inside the server. The built-in ones need none.',
      }),
    ),
    template: Type.Optional(
      Type.String({ description: "Template of every channel whose own options name none. Defaults to the channel's." }),
    ),
    cluster: Type.Optional(
      Type.String({ description: 'Value of the label `cluster` for alerts that have none. Defaults to `default`.' }),
    ),
  },
  { ...closed, description: 'Options of all channels.' },
)

const receiverFields = {
  tenantKey: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 317,
      description: `Key that names the tenant: a label of receivers and configs, and, depending on tenantSources, of alerts or namespaces. Defaults to \`${defaultTenantKey}\`.`,
    }),
  ),
  tenantSources: Type.Optional(
    Type.Array(
      stringEnum(['alertLabel', 'roleBinding', 'namespaceLabel'], {
        description:
          "alertLabel: the alert's own label; roleBinding: the subjects of RoleBindings in the alert's namespace; namespaceLabel: the label of the alert's Namespace.",
      }),
      {
        minItems: 1,
        maxItems: 3,
        description:
          'Ways from an alert to its tenants, in union. Defaults to roleBinding for tenantKey `user`, to alertLabel for `namespace`, and to alertLabel and namespaceLabel for any other.',
      },
    ),
  ),
  tenantSubjectKinds: Type.Optional(
    Type.Array(stringEnum(['User', 'Group'], { description: 'One kind of subject.' }), {
      minItems: 1,
      maxItems: 2,
      description: 'Which subjects of RoleBindings are tenants. Defaults to User.',
    }),
  ),
  globalReceiverSelector: Type.Optional(
    labelSelector('Which receivers are global: told about every alert. Absent selects none.'),
  ),
  tenantReceiverSelector: Type.Optional(
    labelSelector(
      "Which receivers are a tenant's: told about the alerts of the tenant that their label <tenantKey> names. Absent selects none.",
    ),
  ),
}

const podFields = {
  replicas: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2_147_483_647,
      description: 'How many pods. Absent, it starts with 1 and is left to others, such as an autoscaler.',
    }),
  ),
  resources: Type.Optional(ResourceRequirements),
  image: Type.Optional(Type.String({ description: "Image of the server. Defaults to the operator's own version." })),
  imagePullPolicy: Type.Optional(
    stringEnum(['Always', 'IfNotPresent', 'Never'], {
      description: 'When the image is pulled. Defaults to IfNotPresent.',
    }),
  ),
  nodeSelector: Type.Optional(NodeSelector),
  affinity: Type.Optional(Affinity),
  tolerations: Type.Optional(Type.Array(Toleration, { description: 'Taints that the pods tolerate.' })),
  serviceAccountName: Type.Optional(
    Type.String({
      description: "Service account of the pods. Defaults to the operator's choice, `notification-manager-server`.",
    }),
  ),
  portName: Type.Optional(
    Type.String({
      // https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports: a letter somewhere, single hyphens inside.
      pattern: '^(([0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*)?$',
      maxLength: 15,
      examples: ['webhook'],
      description: 'Name of the port of container and Service. Defaults to `webhook`.',
    }),
  ),
  volumes: Type.Optional(Type.Array(Volume, { description: 'Volumes of the pods, for example with template files.' })),
  volumeMounts: Type.Optional(
    Type.Array(VolumeMount, { description: 'Where the volumes appear inside the container.' }),
  ),
  persistence: Type.Optional(Persistence),
  args: Type.Optional(
    Type.Array(Type.String({ description: 'One flag.' }), { description: 'Further flags of the server.' }),
  ),
  defaultSecretNamespace: Type.Optional(
    Type.String({
      pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$',
      maxLength: 63,
      examples: ['monitoring'],
      description: 'Namespace of Secrets whose reference names none. Defaults to the namespace of the server.',
    }),
  ),
}

/** NotificationManager's spec; `channelOptions` holds one schema a channel, by the channel's name. */
export function notificationManagerSpec(channelOptions: Readonly<Record<string, TObject>>) {
  const blocks = Object.entries(channelOptions).map(([name, schema]) => [name, Type.Optional(schema)] as const)
  const options = Type.Unsafe<{ readonly global?: Static<typeof GlobalOptions> } & Readonly<Record<string, unknown>>>(
    Type.Object(
      { global: Type.Optional(GlobalOptions), ...Object.fromEntries(blocks) },
      { ...closed, description: 'Options of the channels, one block each, and of all of them.' },
    ),
  )
  return Type.Object(
    {
      ...podFields,
      defaultConfigSelector: Type.Optional(
        labelSelector('Which configs any receiver of their channel falls back to. Absent selects none.'),
      ),
      receivers: Type.Object(
        { ...receiverFields, options: Type.Optional(options) },
        { ...closed, description: 'Which receivers there are, whose they are, and what holds for all of them.' },
      ),
    },
    { ...closed, description: 'Which receivers and configs are in force, and the server that serves them.' },
  )
}

type WrittenSpec = Static<ReturnType<typeof notificationManagerSpec>>

/** NotificationManager's spec after `withDefaults`. */
export type NotificationManagerSpec = WrittenSpec & { readonly receivers: { readonly tenantKey: string } }

/** The spec with the defaults that others rely on. */
export function withDefaults(spec: WrittenSpec): NotificationManagerSpec {
  return { ...spec, receivers: { ...spec.receivers, tenantKey: spec.receivers.tenantKey ?? defaultTenantKey } }
}
