import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { type Claim, type Outbox } from '../../src/notify/outbox.ts'
import { aPost, openSqlite, receiverKey } from './builders.ts'
import { Fairness, Model, partyOf, receivers, tenants } from './outbox-list.ts'

const leaseMs = 50

/** One thing that is done to the outbox. Numbers pick one of what there is. */
type Action =
  | { readonly do: 'put'; readonly receivers: readonly string[] }
  | { readonly do: 'claim'; readonly limit: number }
  | { readonly do: 'send' | 'bury' | 'cancel' | 'replay'; readonly pick: number }
  | { readonly do: 'retry'; readonly pick: number; readonly after: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'wake' | 'reopen' | 'prune' }

const pick = fc.nat({ max: 7 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), receivers: fc.subarray(receivers) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), limit: fc.nat({ max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('send', 'bury', 'cancel', 'replay'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retry' as const), pick, after: fc.nat({ max: 120 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat({ max: 80 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('wake', 'reopen', 'prune') }) },
)

class Run {
  fairness = new Fairness()
  readonly model = new Model()
  readonly #directory: string
  #outbox: Outbox
  #claims: Claim[] = []

  constructor(directory: string) {
    this.#directory = directory
    this.#outbox = this.#open()
  }

  #open(): Outbox {
    return openSqlite({ directory: this.#directory, clock: { now: () => this.model.now } })
  }

  async step(step: Action): Promise<void> {
    switch (step.do) {
      case 'put':
        return this.#put(step.receivers)
      case 'claim':
        return this.#claim(step.limit)
      case 'advance':
        this.model.now += step.ms
        return
      case 'wake':
        await this.#outbox.wake(this.model.now)
        for (const head of this.model.heads()) head.due = Math.min(head.due, this.model.now)
        return
      case 'prune':
        return this.#outbox.prune(this.model.now)
      case 'reopen':
        await this.close()
        this.#outbox = this.#open()
        for (const entry of this.model.waiting) entry.leasedUntil = undefined
        this.fairness = new Fairness()
        return
      case 'replay':
        return this.#replay(step.pick)
      default:
        return this.#settle(step)
    }
  }

  async #put(receivers: readonly string[]): Promise<void> {
    const ids = receivers.map((receiver) => `${receiver}${(this.model.accepted += 1)}`)
    const post = aPost({ at: this.model.now, receivers, ids })
    const notifications = post.notifications.map((one, place) => ({ ...one, tenant: tenants[receivers[place]!]! }))
    await this.#outbox.put({ ...post, notifications })
    for (const [index, receiver] of receivers.entries()) {
      this.model.waiting.push({ id: ids[index] ?? '', receiver, due: this.model.now, leasedUntil: undefined })
    }
  }

  async #claim(limit: number): Promise<void> {
    const { model, fairness } = this
    const claims = await this.#outbox.claim({ now: model.now, limit, leaseMs })
    for (const entry of model.waiting) {
      if (entry.leasedUntil !== undefined && entry.leasedUntil <= model.now) entry.leasedUntil = undefined
    }
    fairness.look(model.due())
    let free = limit
    for (const { notification } of claims) {
      const due = model.due()
      const entry = due.find(({ id }) => id === notification.id)
      assert.ok(entry !== undefined, `${notification.id} is the head of its lane, due and not leased`)
      const party = partyOf(entry)
      assert.ok(model.allows(party, free), `${party} takes no more than its share`)
      const others = due.map(partyOf).filter((other) => other !== party && model.allows(other, free))
      fairness.serve(party, others)
      entry.leasedUntil = model.now + leaseMs
      fairness.look(model.due())
      free -= 1
    }
    assert.deepEqual(
      model.due().filter((entry) => model.allows(partyOf(entry), free)),
      [],
      'nobody is left out who may be served',
    )
    this.#claims = [
      ...this.#claims.filter(({ lease }) => !claims.some((claim) => claim.lease === lease)),
      ...claims,
    ].filter(
      ({ notification }, place, all) => place === all.findLastIndex((one) => one.notification.id === notification.id),
    )
  }

  async #replay(index: number): Promise<void> {
    const letter = this.model.dead[index % Math.max(1, this.model.dead.length)]
    assert.equal(await this.#outbox.replay(letter?.id ?? 'nobody', this.model.now), letter !== undefined)
    if (letter === undefined) return
    this.model.dead = this.model.dead.filter((other) => other !== letter)
    this.model.waiting.push({ ...letter, due: this.model.now, leasedUntil: undefined })
  }

  async #settle(step: Extract<Action, { pick: number }>): Promise<void> {
    const claim = this.#claims[step.pick % Math.max(1, this.#claims.length)]
    if (claim === undefined) return
    this.#claims = this.#claims.filter((other) => other !== claim)
    const entry = this.model.waiting.find(({ id }) => id === claim.notification.id)
    // The lease runs out silently: it is lost once somebody has asked for what is due, which every claim of ours does.
    const held = entry?.leasedUntil !== undefined
    const at = { now: this.model.now, tookMs: 1 }
    const kept = { done: [], refusals: [], detail: '' }
    if (step.do === 'retry') {
      const settlement = { state: 'retry', at: this.model.now + step.after, reason: 'other', ...kept } as const
      assert.equal(await this.#outbox.settle(claim, settlement, at), held)
    } else if (step.do === 'bury') {
      assert.equal(await this.#outbox.settle(claim, { state: 'dead', reason: 'other', ...kept }, at), held)
    } else {
      const state = step.do === 'send' ? 'sent' : 'cancelled'
      assert.equal(await this.#outbox.settle(claim, { state, detail: '', refusals: [] }, at), held)
    }
    if (entry === undefined || !held) return
    entry.leasedUntil = undefined
    if (step.do === 'retry') entry.due = this.model.now + step.after
    else this.model.leave(entry)
    if (step.do === 'bury') this.model.dead.push(entry)
    else if (step.do !== 'retry') this.model.ended.push(entry.id)
  }

  check(): void {
    const { model } = this
    const { pending, dead } = this.#outbox.counts()
    assert.deepEqual([pending, dead], [model.waiting.length, model.dead.length])
    assert.equal(
      model.waiting.length + model.dead.length + model.ended.length,
      model.accepted,
      'nothing lost or invented',
    )
    for (const receiver of receivers) {
      assert.deepEqual(
        this.#outbox.pending({ limit: 1_000, receiver: receiverKey(receiver) }).map(({ notification }) => notification),
        model.waiting.filter((entry) => entry.receiver === receiver).map(({ id }) => id),
      )
    }
    const times = model.heads().map(({ due, leasedUntil }) => leasedUntil ?? due)
    const nextDue = this.#outbox.nextDue()
    assert.equal(nextDue === undefined, times.length === 0)
    if (nextDue === undefined) return
    // An overdue head may be told by any time that is past; one whose party has its share waits for a lease to end.
    const [told, expected] = [Math.max(nextDue, model.now), Math.max(Math.min(...times), model.now)]
    assert.ok(told >= expected)
    if (model.waiting.every(({ leasedUntil }) => leasedUntil === undefined)) assert.equal(told, expected)
  }

  close(): Promise<void> {
    return this.#outbox.close()
  }
}

it('the outbox equals a list: order within lanes, one claim a lane, nothing lost or invented', async () => {
  const root = await mkdtemp(join(tmpdir(), 'notification-manager-model-'))
  let runs = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 60 }), async (actions) => {
        runs += 1
        const run = new Run(join(root, String(runs)))
        try {
          for (const step of actions) {
            await run.step(step)
            run.check()
          }
        } finally {
          await run.close()
        }
      }),
      { numRuns: 120 },
    )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
