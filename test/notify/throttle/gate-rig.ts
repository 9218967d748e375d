import assert from 'node:assert/strict'
import { type Destination } from '../../../src/channels/channel.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { Gate, type Entry } from '../../../src/notify/throttle/gate.ts'
import { type Waiter } from '../../../src/notify/throttle/line.ts'
import { throttleLimits } from '../../../src/notify/throttle/limits.ts'
import { fixedRandom, receiverKey } from '../builders.ts'

export const down: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'answered 503' }

export function openGate(destination: Partial<Destination> = {}): Gate {
  const deps = { limits: throttleLimits, random: fixedRandom(), usedUntil: undefined }
  return new Gate({ key: 'key', label: 'robot', ...destination }, deps, 0)
}

/** Somebody new at the end of the line. */
export function join(gate: Gate, name: string, failed = false): Waiter {
  const waiter: Waiter = {
    ...{ lane: receiverKey(name), lease: name, since: 0, place: gate.line.nextPlace() },
    ...{ failed, state: 'out', calledUntil: 0, goOn: undefined },
  }
  gate.line.join(waiter)
  return waiter
}

/** The names of those who are called at that moment. */
export function called(gate: Gate, now: number): readonly string[] {
  return gate.call(now).map(({ lease }) => lease)
}

/** A call that must be let through. */
export function entered(gate: Gate, now: number, waiter?: Waiter): Entry {
  const entry = gate.enter(now, waiter)
  assert.ok(entry !== undefined)
  return entry
}

/** As many failures at time 0 as open the circuit. */
export function fail(gate: Gate, delivery: Delivery = down): void {
  for (let count = 0; count < throttleLimits.failuresToOpen; count += 1) gate.finish(entered(gate, 0), 0, delivery)
}
