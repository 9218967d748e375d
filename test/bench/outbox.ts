import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Outbox } from '../../src/notify/outbox.ts'
import { createSqliteOutbox } from '../../src/notify/sqlite-outbox.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics } from '../support/memory-metrics.ts'
import { aGroup, anAlert, aPost, freshName } from '../notify/builders.ts'

type Print = (line: string) => void

const leaseMs = 600_000

/** Operations a second of `work`, which says how many it did. */
async function rate(work: () => Promise<number>): Promise<number> {
  const startedAt = performance.now()
  const amount = await work()
  return (amount / (performance.now() - startedAt)) * 1_000
}

function line(title: string, perSecond: number, note = ''): string {
  return `  ${title.padEnd(52)} ${Math.round(perSecond).toLocaleString('en').padStart(10)}/s  ${note}`
}

async function withOutbox(work: (outbox: Outbox, reopen: () => Promise<Outbox>) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'notification-manager-bench-'))
  const open = (): Outbox =>
    createSqliteOutbox({
      directory,
      clock: systemClock,
      random: systemRandom,
      logger: createLogCapture(),
      metrics: createMemoryMetrics(),
      limits: { maxPending: 1_000_000 },
    })
  let outbox = open()
  try {
    await work(outbox, async () => {
      await outbox.close()
      outbox = open()
      return outbox
    })
  } finally {
    await outbox.close()
    await rm(directory, { recursive: true, force: true })
  }
}

function put(outbox: Outbox, receivers: readonly string[]): Promise<unknown> {
  return outbox.put(aPost({ at: systemClock.now(), receivers }))
}

async function putAlone(outbox: Outbox, posts: number): Promise<number> {
  for (let count = 0; count < posts; count += 1) await put(outbox, [`r${count}`])
  return posts
}

async function putTogether(outbox: Outbox, posts: number, together: number): Promise<number> {
  for (let done = 0; done < posts; done += together) {
    await Promise.all(Array.from({ length: together }, (_, index) => put(outbox, [`r${done + index}`])))
  }
  return posts
}

/** Claims and settles as a dispatcher with `slots` slots does; each settlement waits for its own fsync or a shared one. */
async function drainAll(outbox: Outbox, slots: number, atMost: number): Promise<number> {
  let settled = 0
  while (settled < atMost) {
    const claims = await outbox.claim({ now: systemClock.now(), limit: slots, leaseMs })
    if (claims.length === 0) break
    const at = { now: systemClock.now(), tookMs: 1 }
    await Promise.all(claims.map((claim) => outbox.settle(claim, { state: 'sent', detail: '', refusals: [] }, at)))
    settled += claims.length
  }
  return settled
}

async function benchGroupCommit(print: Print): Promise<void> {
  await withOutbox(async (outbox) => {
    const alone = await rate(() => putAlone(outbox, 1_000))
    print(line('posts, one after another', alone))
    for (const together of [10, 100]) {
      const perSecond = await rate(() => putTogether(outbox, 5_000, together))
      print(line(`posts, ${together} at a time (group commit)`, perSecond, `${(perSecond / alone).toFixed(1)} times`))
    }
    print(line('claim and settle, 1 slot', await rate(() => drainAll(outbox, 1, 1_000))))
    print(line('claim and settle, 64 slots', await rate(() => drainAll(outbox, 64, 5_000))))
  })
}

async function benchBacklog(print: Print): Promise<void> {
  await withOutbox(async (first, reopen) => {
    const lanes = Array.from({ length: 10_000 }, (_, index) => `r${index}`)
    for (let round = 0; round < 10; round += 1) {
      for (let from = 0; from < lanes.length; from += 100) await put(first, lanes.slice(from, from + 100))
    }
    const startedAt = performance.now()
    const outbox = await reopen()
    const { pending, bytes } = outbox.counts()
    const openMs = performance.now() - startedAt
    print(
      `  ${pending.toLocaleString('en')} waiting in 10,000 lanes: ${Math.round(bytes / 1e6)} MB, opened in ${Math.round(openMs)} ms`,
    )
    print(line('  claim alone, 64 at a time', await rate(() => claimOnly(outbox))))
    const again = await reopen()
    print(line('  claim and settle, 64 slots', await rate(() => drainAll(again, 64, 10_000))))
    print(line('  posts, 100 at a time', await rate(() => putTogether(again, 5_000, 100))))
    print(line('  counts()', await rate(() => countOften(again))))
  })
}

async function claimOnly(outbox: Outbox): Promise<number> {
  let claimed = 0
  for (let more = true; more;) {
    const claims = await outbox.claim({ now: systemClock.now(), limit: 64, leaseMs })
    claimed += claims.length
    more = claims.length > 0
  }
  return claimed
}

function countOften(outbox: Outbox): Promise<number> {
  for (let count = 0; count < 1_000; count += 1) outbox.counts()
  return Promise.resolve(1_000)
}

async function benchLargeGroup(print: Print): Promise<void> {
  await withOutbox(async (outbox) => {
    const group = aGroup(Array.from({ length: 10_000 }, () => anAlert(freshName())))
    const receivers = Array.from({ length: 10 }, (_, index) => `r${index}`)
    const post = aPost({ at: systemClock.now(), receivers, group })
    for (const title of ['stored', 'absorbed as a duplicate']) {
      const startedAt = performance.now()
      await outbox.put(post)
      print(`  one post of 10,000 alerts to 10 receivers, ${title}: ${Math.round(performance.now() - startedAt)} ms`)
    }
  })
}

/** What the embedded outbox does on this disk: group commit beside single commits, and a large backlog. */
export async function benchOutbox(print: Print): Promise<void> {
  print('outbox (SQLite, WAL, synchronous=FULL)')
  await benchGroupCommit(print)
  await benchBacklog(print)
  await benchLargeGroup(print)
}
