import { type TestContext } from 'node:test'
import { type Sender } from '../../src/channels/channel.ts'
import { SecretNotFoundError } from '../../src/model/errors.ts'
import { type Secrets } from '../../src/model/ports.ts'
import { SecretText } from '../../src/model/secret.ts'
import { Dispatcher } from '../../src/notify/dispatcher.ts'
import { type InForce } from '../../src/notify/in-force.ts'
import { type DispatchLimits, type OutboxLimits } from '../../src/notify/limits.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { type OnSettled } from '../../src/notify/settled.ts'
import { createFakeClock, settle, type FakeClock } from '../support/fake-clock.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aGroup, anAlert, aPost, fixedRandom, openSqlite } from './builders.ts'

/** A dispatcher over a real outbox, with time, secrets and what is in force in the test's hands. */
export interface DispatchRig {
  readonly dispatcher: Dispatcher
  readonly outbox: Outbox
  readonly directory: string
  readonly clock: FakeClock
  readonly metrics: MemoryMetrics
  readonly logger: LogCapture
  readonly secrets: Map<string, string>
  /** Stores one alert for these receivers, tells the dispatcher, and lets it work. */
  post(name: string, ...receivers: readonly string[]): Promise<void>
  use(next: InForce | undefined): void
}

export interface RigOptions {
  /** Of the channel in memory. */
  readonly sender?: Sender
  /** Of other channels, by their names. */
  readonly senders?: Readonly<Record<string, Sender>>
  readonly inForce?: InForce
  readonly limits?: Partial<DispatchLimits>
  readonly outboxLimits?: Partial<OutboxLimits>
  /** Puts something between the dispatcher and the outbox: a fault. */
  readonly wrap?: (outbox: Outbox) => Outbox
  readonly clock?: FakeClock
  /** Where an earlier rig kept its outbox. */
  readonly directory?: string
  readonly settled?: OnSettled
}

export async function dispatchRig(context: TestContext, options: RigOptions): Promise<DispatchRig> {
  const clock = options.clock ?? createFakeClock()
  const metrics = createMemoryMetrics()
  const logger = createLogCapture()
  const directory = options.directory ?? (await temporaryFolder(context))
  const outbox = openSqlite({ directory, clock, logger, metrics, limits: options.outboxLimits ?? {} })
  const secrets = new Map<string, string>()
  let current = options.inForce
  const dispatcher = new Dispatcher({
    current: () => current,
    outbox: options.wrap?.(outbox) ?? outbox,
    senders: new Map(
      Object.entries({ ...options.senders, ...(options.sender === undefined ? {} : { memory: options.sender }) }),
    ),
    secrets: secretsFrom(secrets),
    clock,
    random: fixedRandom(),
    metrics,
    logger,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.settled === undefined ? {} : { settled: options.settled }),
  })
  dispatcher.start()
  context.after(async () => {
    await dispatcher.drain(0)
    await outbox.close()
  })
  await settle()
  return {
    dispatcher,
    outbox,
    directory,
    clock,
    metrics,
    logger,
    secrets,
    post: async (name, ...receivers) => {
      await outbox.put(aPost({ at: clock.now(), receivers, tenant: '', group: aGroup([anAlert(name)]) }))
      dispatcher.notify()
      await settle()
    },
    use: (next) => void (current = next),
  }
}

/** Secrets by `namespace/name/key`. */
function secretsFrom(values: ReadonlyMap<string, string>): Secrets {
  return {
    read: ({ namespace, name, key }) => {
      const path = `${namespace}/${name}/${key}`
      const value = values.get(path)
      return value === undefined
        ? Promise.reject(new SecretNotFoundError(`Secret ${path} is not there; create it`))
        : Promise.resolve(new SecretText(value))
    },
  }
}
