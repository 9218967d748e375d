import { type TestContext } from 'node:test'
import { type ConnectOptions } from '../../src/kubernetes/client.ts'
import { type ApiObject, type ApiQuery } from '../../src/kubernetes/cluster.ts'
import { configMapKind, namespaceKind } from '../../src/kubernetes/kinds.ts'
import { createReflector, type Reflector, type ReflectorLimits } from '../../src/kubernetes/reflector.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { waitFor } from '../support/programs/process.ts'
import { forever, type ClientWorld } from './client-world.ts'

/** A reflector that runs, and everything it told. */
export interface Running {
  readonly reflector: Reflector
  readonly told: readonly (readonly string[])[]
  readonly metrics: MemoryMetrics
  readonly logger: LogCapture
}

/** A namespace of the test's own, whose ConfigMaps are reflected. */
export interface Reflected {
  readonly namespace: string
  /** Runs a reflector until the test is over; of the namespace's ConfigMaps unless the options name others. */
  run(
    context: TestContext,
    connection?: ConnectOptions,
    options?: { readonly query?: ApiQuery; readonly limits?: Partial<ReflectorLimits> },
  ): Running
  put(name: string, step: string): Promise<ApiObject>
  remove(name: string): Promise<boolean>
  /** Resolves when it holds what `kubectl get` lists now. */
  isLikeKubectl(running: Running): Promise<void>
}

interface Meta {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

export async function createReflected(world: ClientWorld, namespace: string): Promise<Reflected> {
  const cluster = world.connect()
  const query = { kind: configMapKind, namespace }
  await cluster.create({ kind: namespaceKind, name: namespace }, {}, forever)
  return {
    namespace,
    run: (context, connection = {}, options = {}) =>
      run(context, { query, ...options, cluster: world.connect(connection) }),
    put: (name, step) =>
      cluster.apply({ ...query, name }, { data: { step } }, { fieldManager: 'test', force: true }, forever),
    remove: (name) => cluster.remove({ ...query, name }, forever),
    async isLikeKubectl({ reflector }) {
      const printed = await world.kube.kubectl(['get', 'configmaps', `--namespace=${namespace}`, '--output=json'])
      const { items } = JSON.parse(printed) as { readonly items: readonly { readonly metadata: Meta }[] }
      const wanted = items.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort()
      const held = (): string[] =>
        [...reflector.objects.values()]
          .map(({ metadata }) => `${metadata.name} ${metadata.uid ?? ''} ${metadata.resourceVersion ?? ''}`)
          .sort()
      await waitFor('the same objects', () => (held().join() === wanted.join() ? true : undefined), {
        timeoutMs: 40_000,
        describe: () => `held ${held().join()}\nwanted ${wanted.join()}`,
      })
    },
  }
}

function run(
  context: TestContext,
  options: {
    readonly query: ApiQuery
    readonly limits?: Partial<ReflectorLimits>
    readonly cluster: ReturnType<ClientWorld['connect']>
  },
): Running {
  const { query, limits = {}, cluster } = options
  const metrics = createMemoryMetrics()
  const logger = createLogCapture()
  const deps = { cluster, clock: systemClock, random: systemRandom, logger, metrics, limits }
  const reflector = createReflector(query, deps)
  const told: (readonly string[])[] = []
  const stop = new AbortController()
  const running = reflector.run((changed) => told.push(changed), stop.signal)
  context.after(async () => {
    stop.abort()
    await running
  })
  return { reflector, told, metrics, logger }
}

export const isSynced = ({ reflector }: Running): Promise<true> =>
  waitFor('sync', () => (reflector.synced() ? true : undefined))

/** Resolves when the server has answered since it last failed. */
export const isHeard = ({ reflector }: Running): Promise<true> =>
  waitFor('an answer', () => (reflector.failure() === undefined && reflector.synced() ? true : undefined), {
    timeoutMs: 60_000,
    describe: () => JSON.stringify(reflector.failure()),
  })
