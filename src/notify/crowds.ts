import { type ResourceKey } from '../model/object.ts'

/** What a crowd is made of. */
export interface CrowdLane {
  readonly receiver: ResourceKey
  readonly head: { readonly seq: number; readonly tenant: string }
  /** How many notifications the lane holds. */
  size: number
}

interface Crowd<Lane> {
  readonly lanes: Set<Lane>
  size: number
}

/** How many notifications wait for each tenant, and in which lanes. */
export class Crowds<Lane extends CrowdLane> {
  readonly #crowds = new Map<string, Crowd<Lane>>()

  join(lane: Lane): void {
    const crowd = this.#crowds.get(lane.head.tenant) ?? { lanes: new Set(), size: 0 }
    this.#crowds.set(lane.head.tenant, crowd)
    crowd.lanes.add(lane)
    crowd.size += lane.size
  }

  /** To be told before the lane's head changes, or its size otherwise than by `resize`. */
  leave(lane: Lane): void {
    const crowd = this.#crowds.get(lane.head.tenant)
    if (crowd?.lanes.delete(lane) !== true) return
    crowd.size -= lane.size
    if (crowd.lanes.size === 0) this.#crowds.delete(lane.head.tenant)
  }

  resize(lane: Lane, by: number): void {
    lane.size += by
    const crowd = this.#crowds.get(lane.head.tenant)
    if (crowd !== undefined) crowd.size += by
  }

  sizeOf(tenant: string): number {
    return this.#crowds.get(tenant)?.size ?? 0
  }

  /** The lane of a tenant that holds most notifications; of several the one whose oldest is the oldest. */
  longestOf(tenant: string): Lane | undefined {
    let longest: Lane | undefined
    for (const lane of this.#crowds.get(tenant)?.lanes ?? []) {
      if (longest === undefined || isLonger(lane, longest)) longest = lane
    }
    return longest
  }
}

function isLonger(lane: CrowdLane, other: CrowdLane): boolean {
  return lane.size === other.size ? lane.head.seq < other.head.seq : lane.size > other.size
}
