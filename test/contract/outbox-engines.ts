import assert from 'node:assert/strict'
import { type TestContext } from 'node:test'
import { type DeliveryReason } from '../../src/model/delivery.ts'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { type Claim, type Outbox, type Settlement } from '../../src/notify/outbox.ts'
import { aPost, openSqlite, type OpenOptions } from '../notify/builders.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** One way to keep an outbox. Opening the same folder again finds what was committed there. */
export interface OutboxEngine {
  readonly name: string
  open(options: OpenOptions): Outbox
}

const here: OutboxEngine = { name: 'SQLite', open: openSqlite }
const inThread: OutboxEngine = {
  name: 'threaded SQLite',
  open: (options) => openSqlite({ ...options, threaded: true }),
}

/** Every engine that claims to be an Outbox: what the contract runs over. */
export const engines: readonly OutboxEngine[] = [here, inThread]

/** For what engines cannot differ in that only write elsewhere: a thread takes its time to start. */
export const readingEngines: readonly OutboxEngine[] = [here]

export const leaseMs = 60_000

export const sent: Settlement = { state: 'sent', detail: '1 mail', refusals: [] }

export function retryAt(at: number, reason: DeliveryReason = 'serverError'): Settlement {
  return { state: 'retry', at, reason, detail: 'the server answered 503', done: ['to:a'], refusals: [] }
}

export function dead(detail = 'the server answered 404'): Settlement {
  return { state: 'dead', reason: 'clientError', detail, done: ['to:a'], refusals: [] }
}

/** An open outbox with a clock that the test moves, and the usual calls in short. */
export interface OutboxRig {
  readonly outbox: Outbox
  readonly clock: FakeClock
  readonly directory: string
  /** Claims what is due now. */
  claim(limit?: number): Promise<readonly Claim[]>
  /** Settles a claim that must be there. */
  settle(claim: Claim | undefined, settlement: Settlement): Promise<boolean>
  /** Posts one fresh alert to these receivers, which belong to no tenant; gives back the ids that were stored. */
  put(...receivers: readonly string[]): Promise<readonly string[]>
}

export async function openRig(
  engine: OutboxEngine,
  context: TestContext,
  limits: Partial<OutboxLimits> = {},
): Promise<OutboxRig> {
  const clock = createFakeClock()
  const directory = await temporaryFolder(context)
  const outbox = engine.open({ directory, clock, limits: { maxPerTenantShare: 1, ...limits } })
  context.after(() => outbox.close())
  return rigOf(outbox, clock, directory)
}

export function rigOf(outbox: Outbox, clock: FakeClock, directory: string): OutboxRig {
  return {
    outbox,
    clock,
    directory,
    claim: (limit = 100) => outbox.claim({ now: clock.now(), limit, leaseMs }),
    settle: (claim, settlement) => {
      assert.ok(claim !== undefined, 'there is a claim to settle')
      return outbox.settle(claim, settlement, { now: clock.now(), tookMs: 12 })
    },
    put: async (...receivers) => (await outbox.put(aPost({ at: clock.now(), receivers, tenant: '' }))).stored,
  }
}
