import { createHmac, randomBytes } from 'node:crypto'
import { type Destination } from '../../channels/channel.ts'
import { Gate, type GateDeps } from './gate.ts'

/** How many of the gates that were used longest ago are looked at to make room for one. */
const maxLooks = 8

/** The gates of all destinations that were used of late, by a hash of their keys. */
export class Gates {
  readonly #deps: GateDeps
  readonly #salt = randomBytes(32)
  /** The one used longest ago comes first. */
  readonly #gates = new Map<string, Gate>()

  constructor(deps: GateDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#gates.size
  }

  values(): Iterable<Gate> {
    return this.#gates.values()
  }

  /**
   * The gate of a destination. When there are too many, all of them in force: one that is forgotten for a destination without
   * limits, so that somebody's thousands of dead addresses hold nobody up; undefined for others.
   */
  of(channel: string, destination: Destination, now: number): Gate | undefined {
    const { label, key } = destination
    const id = createHmac('sha256', this.#salt)
      .update(JSON.stringify([channel, label, key]))
      .digest('base64')
    const gate = this.#gates.get(id) ?? this.#open(destination, now)
    if (gate === undefined) {
      const isLimited = (destination.limits ?? []).length > 0
      return isLimited ? undefined : new Gate(destination, this.#deps, now)
    }
    this.#gates.delete(id)
    this.#gates.set(id, gate)
    gate.adjust(destination, now)
    return gate
  }

  #open(destination: Destination, now: number): Gate | undefined {
    const { maxDestinations } = this.#deps.limits
    let looks = 0
    for (const [id, gate] of this.#gates) {
      if (this.#gates.size < maxDestinations || looks === maxLooks) break
      looks += 1
      this.#gates.delete(id)
      if (!gate.isIdle(now)) this.#gates.set(id, gate)
    }
    return this.#gates.size < maxDestinations ? new Gate(destination, this.#deps, now) : undefined
  }
}
