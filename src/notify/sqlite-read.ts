import { type DatabaseSync } from 'node:sqlite'
import { type ResourceKey } from '../model/object.ts'
import { type Head } from './lanes.ts'
import { type Claim, type Outbox } from './outbox.ts'
import { createListings } from './sqlite-listing.ts'
import { createPosts, type Posts } from './sqlite-posts.ts'
import { claimOf, integer, one, optionalInteger, reasonOf, receiverOf, text } from './sqlite-rows.ts'

/** What is only read, always what was last committed. */
export interface Reads extends Pick<Outbox, 'pending' | 'history' | 'deadLetters' | 'deadLetter'> {
  /** Every lane with its oldest notification. */
  heads(): Iterable<{ readonly receiver: ResourceKey; readonly size: number; readonly head: Head }>
  claim(seq: number, lease: string): Promise<Claim>
  /** The post of a notification, and how large it is as it is stored, bytes. */
  postOf(seq: number): { readonly id: number; readonly bytes: number }
  readonly isAtHand: Posts['isAtHand']
  oldestAcceptedAt(): number | undefined
  /** The latest time that was written, milliseconds since the epoch; undefined when nothing was. */
  lastWrittenAt(): number | undefined
}

export function createReads(database: DatabaseSync): Reads {
  const statements = prepare(database)
  const posts = createPosts(database)

  async function claim(seq: number, lease: string): Promise<Claim> {
    const row = one(statements.bySeq, { seq })
    const notification = {
      id: text(row, 'id'),
      receiver: receiverOf(row),
      group: await posts.groupOf(row),
      acceptedAt: integer(row, 'accepted_at'),
    }
    return { notification, ...claimOf(row, lease) }
  }

  return {
    *heads() {
      for (const row of statements.heads.iterate()) {
        const [seq, dueAt] = [integer(row, 'seq'), integer(row, 'next_at')]
        const head = { seq, dueAt, reason: reasonOf(row), tenant: text(row, 'tenant') }
        yield { receiver: receiverOf(row), size: integer(row, 'size'), head }
      }
    },
    claim,
    isAtHand: posts.isAtHand,
    postOf: (seq) => {
      const row = one(statements.postOf, { seq })
      return { id: integer(row, 'id'), bytes: integer(row, 'bytes') }
    },
    oldestAcceptedAt: () => {
      const row = statements.oldest.get()
      return row === undefined ? undefined : integer(row, 'queued_at')
    },
    lastWrittenAt: () => optionalInteger(one(statements.lastWritten), 'at'),
    ...createListings(database, posts),
  }
}

function prepare(database: DatabaseSync) {
  return {
    heads: database.prepare(`
    SELECT n.receiver, n.seq, n.next_at, n.reason, n.tenant, lane.size
    FROM (SELECT receiver, min(seq) AS seq, count(*) AS size FROM notifications GROUP BY receiver) AS lane
    JOIN notifications AS n ON n.seq = lane.seq`),
    bySeq: database.prepare('SELECT * FROM notifications WHERE seq = :seq'),
    postOf: database.prepare(`
      SELECT p.id, p.bytes FROM notifications AS n JOIN posts AS p ON p.id = n.post WHERE n.seq = :seq`),
    oldest: database.prepare('SELECT queued_at FROM notifications ORDER BY seq LIMIT 1'),
    lastWritten: database.prepare(`
      SELECT max(
        coalesce((SELECT at FROM history ORDER BY id DESC LIMIT 1), 0),
        coalesce((SELECT queued_at FROM notifications ORDER BY seq DESC LIMIT 1), 0)
      ) AS at`),
  }
}
