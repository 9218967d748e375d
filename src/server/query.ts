import { type ResourceKey } from '../model/object.ts'
import { RequestError } from './refusals.ts'

/** A `limit` query: how many records to answer with. Most stay well below the thousand that one answer holds. */
export const limitQuery = { type: 'string', pattern: '^([1-9][0-9]{0,2}|1000)$' } as const
/** A `receiver` query: `Kind/name`. */
export const receiverQuery = { type: 'string', pattern: '^[A-Za-z]{1,63}/[^/]{1,253}$' } as const

const defaultLimit = 100

/** Queries that the outbox's listings share. */
export interface ListQuery {
  readonly limit?: string
  readonly receiver?: string
}

/** The query in the outbox's words. */
export function toListQuery(query: ListQuery): { readonly limit: number; readonly receiver?: ResourceKey } {
  const limit = query.limit === undefined ? defaultLimit : Number(query.limit)
  return query.receiver === undefined ? { limit } : { limit, receiver: toKey(query.receiver) }
}

function toKey(text: string): ResourceKey {
  const [kind, name] = text.split('/')
  if (kind === undefined || name === undefined) throw new RequestError('receiver must be Kind/name')
  return `${kind}/${name}`
}
