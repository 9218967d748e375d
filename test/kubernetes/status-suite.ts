import { after, afterEach, before, beforeEach } from 'node:test'
import { type ResourceKey } from '../../src/model/object.ts'
import { type SettledDelivery } from '../../src/notify/settled.ts'
import { goodSpecs } from '../api/objects.ts'
import {
  conditionOf,
  createWorld,
  startStatusApi,
  type StatusApi,
  type World,
  type WorldOptions,
} from './status-world.ts'

/** The API group of our kinds. */
export const group = 'notification.kubesphere.io'

/** An object as people write it. */
export interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: unknown
}

export function manifest(
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  spec: unknown,
): Manifest {
  return { kind, metadata: { name, labels }, spec }
}

/** The NotificationManager that selects by the label `type`. */
export const manager = manifest(
  'NotificationManager',
  'main',
  {},
  {
    receivers: {
      tenantKey: 'namespace',
      globalReceiverSelector: { matchLabels: { type: 'global' } },
      tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
    },
    defaultConfigSelector: { matchLabels: { type: 'default' } },
  },
)

/** The default config, with a password in Secret `smtp`. */
export const config = manifest(
  'EmailConfig',
  'default',
  { type: 'default' },
  { ...(goodSpecs['EmailConfig'] as object), authPassword: { name: 'smtp', key: 'password' } },
)

/** A global receiver, unless the labels say otherwise. */
export function receiver(
  name: string,
  labels: Readonly<Record<string, string>> = { type: 'global' },
  spec: object = {},
): Manifest {
  return manifest('EmailReceiver', name, labels, { to: [`${name}@example.com`], ...spec })
}

/** A delivery that ended well, unless the changes say otherwise. */
export function delivery(key: ResourceKey, changes: Partial<SettledDelivery> = {}): SettledDelivery {
  const ended = { receiver: key, channel: 'email', tenant: '', detail: 'ok', notification: 'n1' }
  return { ...ended, outcome: 'sent', at: Date.UTC(2026, 0, 1), ...changes }
}

/** A real API server for the tests of one suite, emptied before each, and the processes that each of them opens. */
export interface StatusSuite {
  api(): StatusApi
  /** Applies objects as people do. */
  apply(...objects: readonly Manifest[]): Promise<void>
  /** A process that has read and compiled what is there, and whose writer runs. */
  open(options?: Omit<WorldOptions, 'cluster'> & { readonly user?: string }): Promise<World>
  /** Resolves when Ready of each of these has this reason and is about its newest generation. */
  untilReason(world: World, reason: string, ...keys: readonly ResourceKey[]): Promise<void>
}

export function statusSuite(users: readonly string[] = []): StatusSuite {
  let api: StatusApi
  let worlds: readonly World[] = []
  before(async () => {
    api = await startStatusApi(users)
  })
  after(() => api.stop())
  beforeEach(() => api.clear())
  afterEach(async () => {
    await Promise.all(worlds.map((world) => world.stop()))
    worlds = []
  })

  return {
    api: () => api,
    async apply(...objects) {
      const items = objects.map((object) => ({ apiVersion: `${group}/v2alpha1`, ...object }))
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      await api.api.kubectl(['apply', '--validate=false', '-f', '-'], list)
    },
    async open({ user, ...options } = {}) {
      const world = createWorld({ cluster: api.connect(user), ...options })
      worlds = [...worlds, world]
      await world.refresh()
      world.start()
      return world
    },
    async untilReason(world, reason, ...keys) {
      for (const key of keys) {
        await world.until(`${key} ${reason}`, async () => {
          const object = await api.get(key)
          const ready = conditionOf(object)
          return ready?.reason === reason && ready.observedGeneration === object.metadata.generation ? true : undefined
        })
      }
    },
  }
}
