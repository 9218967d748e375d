import { type DatabaseSync } from 'node:sqlite'
import { type Alert, type AlertGroup } from '../model/alert.ts'
import { narrow } from '../model/notification.ts'
import { fromWireAlert, fromWireGroup, type WireAlert, type WireGroup } from '../model/wire.ts'
import { createPostCache } from './post-cache.ts'
import { fromSlice, ownTurn } from './slices.ts'
import { integer, one, optionalText, text, type Row } from './sqlite-rows.ts'

/** The posted groups that rows of notifications and dead letters refer to. */
export interface Posts {
  /** The group of a row, narrowed to the row's alerts; a large one is read over several turns of the event loop. */
  groupOf(row: Row): Promise<AlertGroup>
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

  return {
    async groupOf(row) {
      const id = integer(row, 'post')
      const group = cache.find(id) ?? (await load(id))
      const places = optionalText(row, 'alerts')
      if (places === undefined) return group
      return narrow(
        group,
        (JSON.parse(places) as readonly number[]).flatMap((place) => group.alerts[place] ?? []),
      )
    },
  }
}
