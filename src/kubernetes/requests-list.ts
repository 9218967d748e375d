import { ApiError, type ApiKind, type ApiList, type ApiObject, type ApiQuery } from './cluster.ts'
import { collectionPath, apiVersionOf } from './kinds.ts'
import { isExpired } from './requests-error.ts'
import { isRecord } from './requests-json.ts'

/** Reads one JSON answer. Throws an ApiError with the reason `TooLarge` when it is larger than we take. */
export type ReadJson = (path: string, signal: AbortSignal) => Promise<unknown>

/** The reason of an ApiError when an answer was larger than we take. */
export const tooLarge = 'TooLarge'

/** As client-go pages: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
export const pageSize = 500
/** A page token lives five minutes; a list that outlives it this often will not do better at once. */
const maxStarts = 3

/**
 * The whole list, page by page, as of one moment. When the pages become too old it starts anew; when a page is too large it
 * asks for fewer objects, so that nobody's large objects keep the others from being read.
 */
export async function listAll(query: ApiQuery, read: ReadJson, signal: AbortSignal): Promise<ApiList> {
  for (let start = 1; ; start += 1) {
    try {
      return await listOnce(query, read, signal)
    } catch (error) {
      if (!isExpired(error) || start === maxStarts) throw error
    }
  }
}

async function listOnce(query: ApiQuery, read: ReadJson, signal: AbortSignal): Promise<ApiList> {
  const items: ApiObject[] = []
  let limit = pageSize
  let resume = ''
  for (;;) {
    const page = await readPage(
      `${collectionPath(query)}?${parameters(query, { limit: String(limit), continue: resume })}`,
    )
    if (page === tooLarge) {
      limit = Math.ceil(limit / 4)
      continue
    }
    for (const item of page.items) items.push(tidy(query.kind, item))
    if (page.resume === '') return { items, resourceVersion: page.resourceVersion }
    resume = page.resume
  }

  async function readPage(path: string): Promise<Page | typeof tooLarge> {
    try {
      return toPage(await read(path, signal), path)
    } catch (error) {
      if (error instanceof ApiError && error.reason === tooLarge && limit > 1) return tooLarge
      throw error
    }
  }
}

interface Page {
  readonly items: readonly ApiObject[]
  readonly resourceVersion: string
  readonly resume: string
}

function toPage(answer: unknown, path: string): Page {
  const metadata = isRecord(answer) && isRecord(answer['metadata']) ? answer['metadata'] : {}
  const { resourceVersion, continue: resume = '' } = metadata
  const items = isRecord(answer) ? (answer['items'] ?? []) : undefined
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || typeof resume !== 'string') {
    throw new ApiError(`GET ${path.split('?')[0] ?? ''}: the answer is not a Kubernetes list`, { status: 0 })
  }
  return { items: items as readonly ApiObject[], resourceVersion, resume }
}

/** The query string of a list or a watch. */
export function parameters(query: ApiQuery, more: Readonly<Record<string, string>>): string {
  const { fieldSelector = '', labelSelector = '' } = query
  const given = Object.entries({ fieldSelector, labelSelector, ...more }).filter(([, value]) => value !== '')
  return new URLSearchParams(given).toString()
}

/** The object as we keep it: items of a list say no kind of their own, and `managedFields` is often larger than the rest. */
export function tidy(kind: ApiKind, object: ApiObject): ApiObject {
  const metadata = { ...object.metadata }
  delete (metadata as { managedFields?: unknown }).managedFields
  return { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata }
}
