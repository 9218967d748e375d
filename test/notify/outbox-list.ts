import assert from 'node:assert/strict'

/** Receivers and their tenants: two share one, the last belongs to none. */
export const tenants: Readonly<Record<string, string>> = { a: 'red', b: 'red', c: 'blue', d: '' }
export const receivers = Object.keys(tenants)

export interface Entry {
  readonly id: string
  readonly receiver: string
  due: number
  leasedUntil: number | undefined
}

/** The outbox as a list: what it should be, without any of its machinery. */
export class Model {
  now = 1_000_000
  waiting: Entry[] = []
  dead: Entry[] = []
  ended: string[] = []
  accepted = 0

  heads(): Entry[] {
    const seen = new Set<string>()
    return this.waiting.filter(({ receiver }) => !seen.has(receiver) && seen.add(receiver))
  }

  /** Heads that may be given out, so far as time goes. */
  due(): Entry[] {
    return this.heads().filter(({ due, leasedUntil }) => leasedUntil === undefined && due <= this.now)
  }

  /** Whether a party may have one more place when so many are free. */
  allows(party: string, free: number): boolean {
    const leased = this.waiting.filter((one) => one.leasedUntil !== undefined && partyOf(one) === party).length
    return free > 0 && (leased === 0 || leased < free)
  }

  leave(entry: Entry): void {
    this.waiting = this.waiting.filter((other) => other !== entry)
  }
}

export function partyOf({ receiver }: Entry): string {
  return tenants[receiver] === '' ? receiver : (tenants[receiver] ?? '')
}

/** Who waits for a turn, since when, and who has had one: in numbers of turns given out so far. */
export class Fairness {
  readonly #since = new Map<string, number>()
  readonly #served = new Map<string, number>()
  #turns = 0

  look(ready: readonly Entry[]): void {
    const parties = new Set(ready.map(partyOf))
    for (const party of this.#since.keys()) if (!parties.has(party)) this.#since.delete(party)
    for (const party of parties) if (!this.#since.has(party)) this.#since.set(party, this.#turns)
  }

  /** A party was served although these could have been: none of them may have waited since before its turn before. */
  serve(party: string, others: readonly string[]): void {
    const before = this.#served.get(party) ?? -1
    for (const other of others) {
      const waitsSince = Math.max(this.#since.get(other) ?? Infinity, this.#served.get(other) ?? -1)
      assert.ok(waitsSince >= before, `${other} waits while ${party} is served twice`)
    }
    this.#turns += 1
    this.#served.set(party, this.#turns)
  }
}
