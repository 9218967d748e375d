import { type Destination, type Sender } from '../../../src/channels/channel.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { type InForce } from '../../../src/notify/in-force.ts'
import { type CompiledReceiver } from '../../../src/rules/ruleset.ts'
import { type FakeClock } from '../../support/fake-clock.ts'
import { compiled, inForce, memorySender } from '../rulesets.ts'

/** A call that has reached the far side. */
export interface Arrival {
  /** What was called: the part of the request before the colon. */
  readonly target: string
  readonly request: string
  /** When the far side saw it, milliseconds since the epoch. */
  readonly at: number
}

export interface VendorOptions {
  readonly clock: FakeClock
  /** How a target is declared to the throttle, without its key. */
  readonly destination?: Partial<Destination> | (() => Partial<Destination>)
  /** What the far side says. It has `latencyMs` behind it when it is asked. */
  readonly answer?: (arrival: Arrival) => Promise<Delivery> | Delivery
  /** From the call to the arrival, and the same back. */
  readonly latencyMs?: number
}

/** A far side in memory, and a sender that asks for admission before each call, as those of chats do. */
export interface Vendor {
  readonly sender: Sender
  readonly arrivals: readonly Arrival[]
  /** Arrivals of one target, oldest first. */
  at(target: string): readonly Arrival[]
}

export function createVendor(options: VendorOptions): Vendor {
  const { clock, answer = () => ({ outcome: 'sent' }), latencyMs = 100 } = options
  const arrivals: Arrival[] = []
  const sender = memorySender(async (request, { admit }) => {
    const [target = ''] = request.split(':')
    const declared = typeof options.destination === 'function' ? options.destination() : options.destination
    const wait = await admit({ key: `https://robot.example/${target}`, label: 'test robot', ...declared })
    if (wait !== undefined) return wait
    await clock.sleep(latencyMs)
    const arrival = { target, request, at: clock.now() }
    arrivals.push(arrival)
    const said = await answer(arrival)
    await clock.sleep(latencyMs)
    return said
  })
  return { sender, arrivals, at: (target) => arrivals.filter((arrival) => arrival.target === target) }
}

/** The most calls in any window of this length, both its ends included. */
export function busiest(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  let first = 0
  let most = 0
  for (const [last, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) > windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** Receivers that post through a target each. */
export function receivers(targets: Readonly<Record<string, string>>, overrides?: Partial<CompiledReceiver>): InForce {
  const list = Object.entries(targets).map(([name, target]) => compiled(name, overrides, { to: [target] }))
  return inForce({ receivers: list })
}

export function names(prefix: string, amount: number): readonly string[] {
  return Array.from({ length: amount }, (_, index) => `${prefix}${index}`)
}
