import { type TObject } from 'typebox'
import { labelSelector } from '../model/fragments.ts'
import { toJsonSchema, type CelRule, type JsonSchema } from './json-schema.ts'
import { type Kind, type SpecFault } from './kind.ts'
import { notificationManagerSpec, withDefaults, type NotificationManagerSpec } from './notification-manager.ts'

/** What this folder asks of one kind of a channel. */
export interface ChannelKindSchema {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: TObject
  readonly rules?: readonly CelRule[]
  check?(spec: never): readonly SpecFault[]
}

/** What this folder asks of a channel; the registry of the channels is handed in. */
export interface ChannelSchemas {
  readonly name: string
  readonly config: ChannelKindSchema
  readonly receiver: ChannelKindSchema
  readonly configSelectorField: string
  readonly options: TObject
}

/** NotificationManager, with one block of options a channel. */
export function managerKind(channels: readonly ChannelSchemas[]): Kind {
  const options = Object.fromEntries(channels.map((channel) => [channel.name, channel.options]))
  return {
    kind: 'NotificationManager',
    plural: 'notificationmanagers',
    shortNames: ['nm'],
    description:
      'Which receivers and configs are in force, how alerts find their tenants, and the server that serves them.',
    role: 'manager',
    spec: toJsonSchema(notificationManagerSpec(options)),
    specRequired: true,
    rules: [],
    check: () => [],
    complete: (spec) => withDefaults(spec as NotificationManagerSpec),
  }
}

/** A channel's config. */
export function configKind({ name, config }: ChannelSchemas): Kind {
  return channelKind(config, { role: 'config', channel: name, spec: toJsonSchema(config.spec) })
}

/** A channel's receiver with the fields that every receiver has. */
export function receiverKind({ name, config, receiver, configSelectorField }: ChannelSchemas): Kind {
  const shared: Readonly<Record<string, JsonSchema>> = {
    [configSelectorField]: toJsonSchema(
      labelSelector(
        `Which ${config.kind} to use, of those that the receiver may use. Absent means the default ${config.kind}.`,
      ),
    ),
    alertSelector: toJsonSchema(
      labelSelector('Which alerts to tell about, by their labels. Absent or empty means all of them.'),
    ),
    template: {
      type: 'string',
      maxLength: 512,
      description: "Template of this receiver's messages; goes before the one of the options.",
    },
  }
  const own = toJsonSchema(receiver.spec)
  const spec: JsonSchema = { ...own, properties: { ...own.properties, ...shared } }
  return channelKind(receiver, { role: 'receiver', channel: name, spec })
}

function channelKind(
  source: ChannelKindSchema,
  facts: Pick<Kind, 'role' | 'spec'> & { readonly channel: string },
): Kind {
  const { kind, plural, shortNames, description, rules = [] } = source
  const check: Kind['check'] = (spec) => source.check?.(spec as never) ?? []
  const specRequired = (facts.spec.required ?? []).length > 0 || check({}).length > 0
  return { kind, plural, shortNames, description, rules, check, specRequired, complete: (spec) => spec, ...facts }
}
