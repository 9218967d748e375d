import { type DatabaseSync } from 'node:sqlite'
import { type AlertGroup } from '../model/alert.ts'
import { narrow } from '../model/notification.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Head } from './lanes.ts'
import { type Claim, type Outbox } from './outbox.ts'
import { createPostCache } from './post-cache.ts'
import { createListings } from './sqlite-listing.ts'
import { alertsOf, claimOf, integer, one, reasonOf, receiverOf, text, type Row } from './sqlite-rows.ts'

/** What is only read, always what was last committed. */
export interface Reads extends Pick<Outbox, 'pending' | 'history' | 'deadLetters'> {
  heads(): Iterable<{ readonly receiver: ResourceKey; readonly size: number; readonly head: Head }>
  /** Not inside a transaction: what it parses is remembered, and must not be rolled back. */
  claim(seq: number, lease: string): Claim
  /** Notifications behind the head of a lane, oldest first. */
  behindHead(receiver: ResourceKey, limit: number): readonly number[]
  oldestAcceptedAt(): number | undefined
}

export function createReads(database: DatabaseSync): Reads {
  const statements = prepare(database)
  const cached = createPostCache()

  function groupOf(row: Row): AlertGroup {
    const id = integer(row, 'post')
    return cached(id, () => {
      const post = one(statements.postById, { id })
      return { id, source: text(post, 'source'), body: text(post, 'body') }
    })
  }

  function claim(seq: number, lease: string): Claim {
    const row = one(statements.bySeq, { seq })
    const group = groupOf(row)
    const notification = {
      id: text(row, 'id'),
      receiver: receiverOf(row),
      group: narrow(group, alertsOf(row, group)),
      acceptedAt: integer(row, 'accepted_at'),
    }
    return { notification, ...claimOf(row, lease) }
  }

  return {
    *heads() {
      for (const row of statements.heads.iterate()) {
        const head = { seq: integer(row, 'seq'), dueAt: integer(row, 'next_at'), reason: reasonOf(row) }
        yield { receiver: receiverOf(row), size: integer(row, 'size'), head }
      }
    },
    claim,
    behindHead: (receiver, limit) => statements.behind.all({ receiver, limit }).map((row) => integer(row, 'seq')),
    oldestAcceptedAt: () => {
      const row = statements.oldest.get()
      return row === undefined ? undefined : integer(row, 'queued_at')
    },
    ...createListings(database, groupOf),
  }
}

function prepare(database: DatabaseSync) {
  return {
    heads: database.prepare(`
    SELECT n.receiver, n.seq, n.next_at, n.reason, lane.size
    FROM (SELECT receiver, min(seq) AS seq, count(*) AS size FROM notifications GROUP BY receiver) AS lane
    JOIN notifications AS n ON n.seq = lane.seq`),
    bySeq: database.prepare('SELECT * FROM notifications WHERE seq = :seq'),
    postById: database.prepare('SELECT id, source, body FROM posts WHERE id = :id'),
    oldest: database.prepare('SELECT queued_at FROM notifications ORDER BY seq LIMIT 1'),
    behind: database.prepare(
      'SELECT seq FROM notifications WHERE receiver = :receiver ORDER BY seq LIMIT :limit OFFSET 1',
    ),
  }
}
