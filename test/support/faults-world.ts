import { type TestContext } from 'node:test'
import { type SendContext, type Sender } from '../../src/channels/channel.ts'
import { createEgress } from '../../src/channels/egress.ts'
import { createHttpClient } from '../../src/channels/http-client.ts'
import { type Delivery } from '../../src/model/delivery.ts'
import { receiverKey } from '../notify/builders.ts'
import { dispatchRig, type DispatchRig } from '../notify/dispatch-rig.ts'
import { compiled, inForce } from '../notify/rulesets.ts'
import { createFakeClock, settle, type FakeClock } from './fake-clock.ts'
import { type FaultyChannel } from './faults-channels.ts'
import { type FarSide } from './faults-far-side.ts'
import { type Fault } from './faults.ts'

/** One attempt that was let through to the far side. */
export interface TriedOnce {
  /** Milliseconds since the epoch, by the clock of the world. */
  readonly at: number
  readonly endedAt: number
  readonly delivery: Delivery
}

/** One receiver whose far side has one fault, for so long. */
export interface Cell {
  readonly name: string
  readonly fault: Fault
  /** How long the fault lasts, milliseconds; Infinity for one that never ends. */
  readonly outageMs: number
  readonly farSide: FarSide
  readonly attempts: readonly TriedOnce[]
}

/** A real dispatcher with a real outbox and real senders among far sides that misbehave; all of its time is virtual. */
export interface FaultWorld {
  readonly rig: DispatchRig
  readonly cells: readonly Cell[]
  /** Lets time pass until then. It stands still while anything is on its way that does not need time. */
  runUntil(time: number): Promise<void>
}

export interface FaultWorldOptions {
  readonly faulty: FaultyChannel
  readonly faults?: readonly Fault[]
  readonly outagesMs: readonly number[]
  readonly maxAgeMs: number
}

/** One call of a sender. Nothing but time ends it while it is held by the far side or waits for its turn. */
interface Flight {
  held: boolean
  waits: boolean
}

const hourMs = 3_600_000
/** Real time that whatever needs no virtual time may take. */
const patienceMs = 30_000

/** A world of one channel: a cell for every fault and every outage. */
export async function startFaultWorld(context: TestContext, options: FaultWorldOptions): Promise<FaultWorld> {
  const { faulty, faults = faulty.faults, outagesMs, maxAgeMs } = options
  const clock = createFakeClock()
  const sky = createSky(clock)
  const cells = await Promise.all(
    faults
      .flatMap((fault) => outagesMs.map((outageMs) => ({ fault, outageMs })))
      .map((plan, place) => startCell(context, sky, { ...plan, faulty, name: `cell-${place}` })),
  )
  const byKey = new Map(cells.map((cell) => [receiverKey(cell.name), cell]))
  const senderOf = ({ receiver }: SendContext): Sender => {
    const cell = byKey.get(receiver)
    if (cell === undefined) throw new Error(`${receiver} is in no cell`)
    return cell.sender
  }
  const rig = await dispatchRig(context, {
    clock,
    senders: {
      [faulty.channel.name]: {
        send: (part, sending) => senderOf(sending).send(part, sending),
        close: () => Promise.resolve(),
      },
    },
    inForce: inForce({ receivers: cells.map((cell) => receiverOf(cell, faulty)) }),
    limits: { maxAgeMs, gaugesEveryMs: hourMs, pruneEveryMs: hourMs },
  })
  for (const { name, farSide } of cells) {
    for (const [path, value] of Object.entries(farSide.resources.secrets)) rig.secrets.set(`${name}/${path}`, value)
  }
  return { rig, cells, runUntil: (time) => runUntil(clock, sky, time) }
}

function receiverOf({ name, farSide }: Cell, { channel }: FaultyChannel): ReturnType<typeof compiled> {
  const { receiver, config, options = {} } = farSide.resources
  const templates = Object.entries(channel.templates).map(([purpose, template]) => [purpose, template.name])
  return compiled(name, {
    channel,
    options,
    resource: { kind: channel.receiver.kind, metadata: { name, labels: {} }, spec: receiver },
    ...(config === undefined
      ? {}
      : { config: { kind: channel.config.kind, metadata: { name, labels: {} }, spec: config } }),
    templates: Object.fromEntries(templates) as Readonly<Record<string, string>>,
    secretNamespace: name,
  })
}

type OpenCell = Cell & { readonly sender: Sender }

async function startCell(
  context: TestContext,
  sky: Sky,
  { name, fault, outageMs, faulty }: Pick<Cell, 'name' | 'fault' | 'outageMs'> & { readonly faulty: FaultyChannel },
): Promise<OpenCell> {
  const flights = new Set<Flight>()
  const onHeld = (): void => flights.forEach((flight) => (flight.held = true))
  const farSide = await faulty.start({ clock: sky.clock, fault, onHeld })
  const egress = createEgress({
    allow: ['127.0.0.0/8'],
    deny: [],
    lookup: farSide.lookup,
    connectTimeoutMs: patienceMs,
  })
  const http = createHttpClient({ egress })
  const { apis } = farSide.resources
  const sender = faulty.channel.open?.({
    ...{ http, egress, clock: sky.clock, uuid: () => name },
    ...(apis === undefined ? {} : { apis }),
  })
  if (sender === undefined) throw new Error(`the channel ${faulty.channel.name} cannot be opened`)
  context.after(async () => {
    await sender.close()
    await http.close()
    await farSide.stop()
  })
  const attempts: TriedOnce[] = []
  return { name, fault, outageMs, farSide, attempts, sender: watched(sender, { sky, flights, attempts }) }
}

/** Notes what is under way, and how each attempt ended that was let through. */
function watched(
  sender: Sender,
  { sky, flights, attempts }: { readonly sky: Sky; readonly flights: Set<Flight>; readonly attempts: TriedOnce[] },
): Sender {
  const { clock } = sky
  return {
    async send(part, context) {
      const flight: Flight = { held: false, waits: false }
      let at = clock.now()
      flights.add(flight)
      sky.begin(flight)
      try {
        const delivery = await sender.send(part, {
          ...context,
          async admit(...destinations) {
            flight.waits = true
            const deferred = await context.admit(...destinations)
            flight.waits = false
            at = clock.now()
            return deferred
          },
        })
        if (delivery.outcome !== 'deferred') attempts.push({ at, endedAt: clock.now(), delivery })
        return delivery
      } finally {
        flights.delete(flight)
        sky.end(flight)
      }
    },
    close: () => sender.close(),
  }
}

/** All calls under way. */
interface Sky {
  readonly clock: FakeClock
  begin(flight: Flight): void
  end(flight: Flight): void
  /** Resolves when nothing goes on without time. */
  quiet(): Promise<void>
}

function createSky(clock: FakeClock): Sky {
  const flights = new Set<Flight>()
  let moves = 0
  return {
    clock,
    begin(flight) {
      moves += 1
      flights.add(flight)
    },
    end(flight) {
      moves += 1
      flights.delete(flight)
    },
    async quiet() {
      const deadline = performance.now() + patienceMs
      for (;;) {
        const before = moves
        await settle()
        const going = [...flights].filter(({ held, waits }) => !held && !waits)
        if (moves === before && going.length === 0) return
        if (performance.now() > deadline) throw new Error(`${going.length} calls do not end, and nobody holds them`)
      }
    },
  }
}

async function runUntil(clock: FakeClock, sky: Sky, time: number): Promise<void> {
  for (;;) {
    await sky.quiet()
    const [next = Infinity] = clock.wakeTimes
    if (next > time) break
    await clock.advance(Math.max(0, next - clock.now()))
  }
  await clock.advance(time - clock.now())
}
