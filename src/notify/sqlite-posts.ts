import { type DatabaseSync } from 'node:sqlite'
import { type Alert, type AlertGroup } from '../model/alert.ts'
import { narrow } from '../model/notification.ts'
import { fromWireAlert, fromWireGroup, type WireAlert, type WireGroup } from '../model/wire.ts'
import { createPostCache } from './post-cache.ts'
import { fromSlice, ownTurn } from './slices.ts'
import { integer, one, optionalText, text, type Row } from './sqlite-rows.ts'

/** Groups up to this size are read at once, in a few milliseconds. */
const smallBytes = 512 * 1_024

/** What is common to more alerts than this takes milliseconds to find. */
const manyAlerts = 1_000

/** The posted groups that rows of notifications and dead letters refer to. */
export interface Posts {
  /** The group of a row, narrowed to the row's alerts; a large one is read over several turns of the event loop. */
  groupOf(row: Row): Promise<AlertGroup>
  /**
   * Whether the group of a post can be had in a few milliseconds. If not, it is begun to be read, one such group at a time, and is
   * at hand some turns of the event loop later.
   */
  isAtHand(post: { readonly id: number; readonly bytes: number }): boolean
}

/** Not to be used inside a transaction: what is read is remembered, and must not be rolled back. */
export function createPosts(database: DatabaseSync): Posts {
  const cache = createPostCache()
  const byId = database.prepare('SELECT source, body, bytes FROM posts WHERE id = :id')
  const nextSlice = database.prepare(
    'SELECT id, body FROM post_slices WHERE post = :post AND id > :after ORDER BY id LIMIT 1',
  )

  async function load(id: number): Promise<AlertGroup> {
    const post = one(byId, { id })
    const head = fromWireGroup(JSON.parse(text(post, 'body')) as WireGroup, text(post, 'source'))
    const alerts: Alert[] = [...head.alerts]
    let slice = nextSlice.get({ post: id, after: 0 })
    while (slice !== undefined) {
      alerts.push(...(fromSlice(slice['body'] as Uint8Array) as readonly WireAlert[]).map(fromWireAlert))
      await ownTurn()
      slice = nextSlice.get({ post: id, after: integer(slice, 'id') })
    }
    const group = narrow(head, alerts)
    cache.keep(id, group, integer(post, 'bytes'))
    return group
  }

  let loading: Promise<unknown> | undefined
  /** The one that could not be read last: whoever asks for it is to find out at once. */
  let unreadable: number | undefined

  return {
    isAtHand({ id, bytes }) {
      if (bytes <= smallBytes || id === unreadable || cache.find(id) !== undefined) return true
      // A few alerts with long texts are no work.
      if (nextSlice.get({ post: id, after: 0 }) === undefined) return true
      loading ??= load(id)
        .catch(() => (unreadable = id))
        .finally(() => (loading = undefined))
      return false
    },
    async groupOf(row) {
      const id = integer(row, 'post')
      const group = cache.find(id) ?? (await load(id))
      const places = optionalText(row, 'alerts')
      if (places === undefined) return group
      if (group.alerts.length > manyAlerts) await ownTurn()
      return narrow(
        group,
        (JSON.parse(places) as readonly number[]).flatMap((place) => group.alerts[place] ?? []),
      )
    },
  }
}
