import { ApiError, type ApiKind, type ApiObject, type ApiQuery, type WatchEvent } from './cluster.ts'
import { collectionPath } from './kinds.ts'
import { statusError } from './requests-error.ts'
import { isRecord } from './requests-json.ts'
import { parameters, tidy } from './requests-list.ts'
import { type Transport } from './requests.ts'
import { linesOf } from './watch-lines.ts'

/** How long a watch lives and how long it may be silent. */
export interface WatchLimits {
  /** About how long the server keeps a watch open, seconds; each watch takes up to a fifth more or less. */
  readonly timeoutSeconds: number
  /** After how long without a byte, not even a bookmark, a watch counts as hung. */
  readonly silenceMs: number
}

/**
 * Five minutes as controllers have (https://github.com/kubernetes/client-go/blob/master/tools/cache/reflector.go), and twice the
 * minute after which a server sends a bookmark (https://github.com/kubernetes/kubernetes/pull/90249).
 */
export const watchLimits: WatchLimits = { timeoutSeconds: 300, silenceMs: 120_000 }

/** An object is at most 1.5 MiB in etcd (https://etcd.io/docs/v3.5/dev-guide/limit/); its JSON can be several times that. */
const maxLineBytes = 16 * 1_024 * 1_024
/** How much longer than asked for we keep a watch that the server does not end. */
const overtimeMs = 30_000

/** What a watch needs besides its query. */
export interface WatchDeps {
  readonly transport: Transport
  readonly limits: WatchLimits
  /** In [0, 1). */
  readonly random: () => number
}

/** `Cluster.watch`. */
export async function watch(
  query: ApiQuery & { readonly resourceVersion: string },
  deps: WatchDeps,
  onEvent: (event: WatchEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { transport, limits, random } = deps
  const seconds = Math.max(1, Math.round(limits.timeoutSeconds * (0.8 + random() * 0.4)))
  const path = collectionPath(query)
  const asked = parameters(query, {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: query.resourceVersion,
    timeoutSeconds: String(seconds),
  })
  const where = `WATCH ${path}`
  const chunks = await transport.send(
    { method: 'GET', path: `${path}?${asked}` },
    { pool: 'watches', deadlineMs: seconds * 1_000 + overtimeMs, silenceMs: limits.silenceMs, signal },
  )
  onEvent({ type: 'BOOKMARK', resourceVersion: query.resourceVersion })
  for await (const line of bounded(linesOf(chunks, maxLineBytes), where)) {
    onEvent(parse(line, query.kind, { where, redact: transport.redact }))
  }
}

async function* bounded(lines: AsyncIterable<string>, where: string): AsyncGenerator<string, void> {
  try {
    yield* lines
  } catch (error) {
    if (error instanceof RangeError) throw new ApiError(`${where}: ${error.message}`, { status: 0 })
    throw error
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
function parse(
  line: string,
  kind: ApiKind,
  { where, redact }: Pick<Transport, 'redact'> & { readonly where: string },
): WatchEvent {
  const { type, object } = parseJson(line, where)
  if (type === 'ERROR' && isRecord(object)) throw statusError(where, withTexts(object, redact))
  const version = isRecord(object) && isRecord(object['metadata']) ? object['metadata']['resourceVersion'] : undefined
  if (typeof version === 'string') {
    if (type === 'BOOKMARK') return { type, resourceVersion: version }
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      return { type, object: tidy(kind, object as ApiObject) }
    }
  }
  throw new ApiError(`${where}: the server sent something that is not a watch event`, { status: 0 })
}

function withTexts(object: object, change: (text: string) => string): object {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      typeof value === 'string' ? change(value) : (value as unknown),
    ]),
  )
}

function parseJson(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (isRecord(value)) return value
  } catch {
    // Told below, without what was sent.
  }
  throw new ApiError(`${where}: the server sent something that is not JSON`, { status: 0 })
}
