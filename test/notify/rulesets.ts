import { type Part, type Channel, type Sender } from '../../src/channels/channel.ts'
import { type Delivery } from '../../src/model/delivery.ts'
import { type Alert } from '../../src/model/alert.ts'
import { NotReadyError } from '../../src/model/errors.ts'
import { type InForce } from '../../src/notify/in-force.ts'
import { type CompiledReceiver, type Routing, type Ruleset } from '../../src/rules/ruleset.ts'
import { type RenderRequest, type TemplateLibrary } from '../../src/templates/library.ts'
import { Type } from 'typebox'

/** A channel in memory: a notification becomes one part for each name in the receiver's `to`. */
export interface MemoryReceiver {
  readonly to: readonly string[]
  /** Renders with this template, when set. */
  readonly template?: string
}

export interface MemoryOptions {
  readonly timeoutMs?: number
}

const kind = { plural: 'memory', shortNames: [], description: 'A channel in memory.', spec: Type.Object({}) }

export const memoryChannel: Channel<unknown, MemoryReceiver, MemoryOptions, string> = {
  name: 'memory',
  config: { ...kind, kind: 'MemoryConfig' },
  receiver: { ...kind, kind: 'EmailReceiver' },
  configSelectorField: 'memoryConfigSelector',
  options: Type.Object({}),
  templates: { body: { name: 'nm.default.text', format: 'text', option: 'template' } },
  needsConfig: () => false,
  plan: ({ receiver, render, done }) =>
    receiver.to
      .filter((name) => !done.has(`to:${name}`))
      .map((name): Part<string> => {
        const { text } = render(receiver.template ?? 'nm.default.text', 'text')
        return { marks: [`to:${name}`], summary: `1 message to ${name}`, request: `${name}: ${text}` }
      }),
  preview: (request) => ({ to: [], text: request }),
  timeoutMs: ({ timeoutMs = 5_000 }) => timeoutMs,
}

/** A sender that does what `answer` says, and keeps what it was asked. */
export function memorySender(answer: (request: string, ...rest: Rest) => Promise<Delivery> | Delivery): Sender & {
  readonly requests: readonly string[]
} {
  const requests: string[] = []
  return {
    requests,
    send: async (part, context) => {
      requests.push(String(part.request))
      return answer(String(part.request), context)
    },
    close: () => Promise.resolve(),
  }
}

type Rest = [context: Parameters<Sender['send']>[1]]

export function compiled(
  name: string,
  overrides: Partial<CompiledReceiver> = {},
  spec?: MemoryReceiver,
): CompiledReceiver {
  return {
    key: `EmailReceiver/${name}`,
    resource: { kind: 'EmailReceiver', metadata: { name, labels: {} }, spec: spec ?? { to: [name] } },
    channel: memoryChannel,
    class: 'global',
    configReason: 'NotNeeded',
    options: {},
    templates: { body: 'nm.default.text' },
    secretNamespace: 'monitoring',
    undeliverable: [],
    ...overrides,
  }
}

export interface RulesetOptions {
  readonly receivers: readonly CompiledReceiver[]
  readonly route?: (alert: Alert, receivers: readonly CompiledReceiver[]) => Partial<Routing>
  readonly managed?: boolean
  readonly excluded?: Ruleset['excluded']
  readonly version?: string
}

/** A ruleset that sends every alert to every receiver, unless `route` says otherwise. */
export function aRuleset({ receivers, route, managed = true, excluded = [], version = 'v1' }: RulesetOptions): Ruleset {
  const byKey = new Map(receivers.map((receiver) => [receiver.key, receiver]))
  return {
    version,
    manager: managed ? { kind: 'NotificationManager', name: 'main' } : undefined,
    receivers,
    excluded,
    receiver: (key) => byKey.get(key),
    route: (alert) =>
      managed
        ? Promise.resolve({ alert, receivers, ...route?.(alert, receivers) })
        : Promise.reject(new NotReadyError('no NotificationManager')),
    explain: () => Promise.reject(new Error('not asked for')),
    dump: () => ({}),
  }
}

/** Renders the first alert's name; the template `broken` falls back. */
export const plainTemplates: TemplateLibrary = {
  has: () => true,
  isBuiltIn: () => true,
  render: ({ name, fallback, notification }: RenderRequest) => {
    const text = notification.group.alerts.map(({ fingerprint }) => fingerprint).join(' ')
    return name === 'broken' ? { text, fallback: `line 1 is wrong, used ${fallback}` } : { text }
  },
}

export function inForce(options: RulesetOptions): InForce {
  return { ruleset: aRuleset(options), templates: plainTemplates }
}
