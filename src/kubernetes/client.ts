import { type Clock, type Random } from '../model/ports.ts'
import { loadKubeConfig, type ConfigOptions } from './client-config.ts'
import { createCredentials } from './client-credentials.ts'
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type ApiTarget,
  type ApplyOptions,
  type Cluster,
  type Discovery,
} from './cluster.ts'
import { apiVersionOf, discoveryPath, objectPath, parentPath } from './kinds.ts'
import { isNotServed } from './requests-error.ts'
import { isRecord } from './requests-json.ts'
import { listAll, tooLarge } from './requests-list.ts'
import { createTransport, type ApiRequest, type Transport } from './requests.ts'
import { watch, watchLimits, type WatchLimits } from './watch.ts'

/** Which API server, as whom, and how patiently. */
export interface ConnectOptions extends ConfigOptions {
  /** Deadline of one request, and of one page of a list, milliseconds. */
  readonly requestTimeoutMs?: number
  readonly watch?: Partial<WatchLimits>
}

/** What a Cluster needs. */
export interface ConnectDeps {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
}

/** Less than the minute that an API server gives a request, more than a large page takes. */
const requestTimeoutMs = 30_000
/** Half of the longest text that the engine holds: 500 objects of usual size are a hundredth of it. */
const maxAnswerBytes = 128 * 1_024 * 1_024

/**
 * A Cluster over the API server that the options name; nothing is asked of it yet. Throws SettingsError, which names the file and
 * the context, when the configuration cannot be used. Credentials of every kind that client-node knows are taken anew for each
 * request, so that rotated tokens and certificates need no restart.
 */
export function connect(options: ConnectOptions, { clock, random }: ConnectDeps): Cluster & Discovery {
  const credentials = createCredentials(() => loadKubeConfig(options), clock)
  const transport = createTransport(credentials)
  const limits = { ...watchLimits, ...options.watch }
  const deadlineMs = options.requestTimeoutMs ?? requestTimeoutMs
  const ask = (request: ApiRequest, signal: AbortSignal): Promise<unknown> =>
    readJson(transport, request, { deadlineMs, signal })
  const write = async (request: ApiRequest, signal: AbortSignal): Promise<ApiObject> =>
    (await ask(request, signal)) as ApiObject

  return {
    server: transport.server,
    get: (target, signal) =>
      unlessMissing(() => ask({ method: 'GET', path: objectPath(target) }, signal) as Promise<ApiObject>),
    list: (query, signal) => listAll(query, (path, stop) => ask({ method: 'GET', path }, stop), signal),
    watch: (query, onEvent, signal) =>
      watch(query, { transport, limits, random: () => random.next() }, onEvent, signal),
    apply: (target, object, how, signal) => write(applyRequest(target, object, how), signal),
    create: (target, object, signal) =>
      write({ method: 'POST', path: parentPath(target), body: named(target, object) }, signal),
    replace: (target, object, signal) =>
      write({ method: 'PUT', path: objectPath(target), body: named(target, object) }, signal),
    async remove(target, signal) {
      const gone = await unlessMissing(() => ask({ method: 'DELETE', path: objectPath(target) }, signal))
      return gone !== undefined
    },
    hasKind: (kind, signal) => hasKind(kind, (request) => ask(request, signal)),
    close() {
      transport.close()
      return Promise.resolve()
    },
  }
}

async function readJson(
  transport: Transport,
  request: ApiRequest,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<unknown> {
  const where = `${request.method} ${request.path.split('?')[0] ?? ''}`
  const chunks: Buffer[] = []
  let bytes = 0
  const answer = await transport.send(request, { pool: 'requests', deadlineMs, silenceMs: deadlineMs, signal })
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > maxAnswerBytes) {
      throw new ApiError(`${where}: the answer is larger than ${maxAnswerBytes} bytes`, { status: 0, reason: tooLarge })
    }
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new ApiError(`${where}: the answer is not JSON`, { status: 0 })
  }
}

/** Undefined when the object is missing; a kind that is not served at all is still an error. */
async function unlessMissing<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && !isNotServed(error)) return undefined
    throw error
  }
}

async function hasKind(kind: ApiKind, ask: (request: ApiRequest) => Promise<unknown>): Promise<boolean> {
  try {
    const answer = await ask({ method: 'GET', path: discoveryPath(kind) })
    const resources = isRecord(answer) && Array.isArray(answer['resources']) ? (answer['resources'] as unknown[]) : []
    return resources.some((resource) => isRecord(resource) && resource['name'] === kind.plural)
  } catch (error) {
    // A version that a known group does not serve is answered with a Status, an unknown group is not.
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

function applyRequest(target: ApiTarget, object: object, options: ApplyOptions): ApiRequest {
  const { fieldManager, force = false, subresource } = options
  const query = new URLSearchParams({ fieldManager, force: String(force) }).toString()
  return {
    method: 'PATCH',
    path: `${objectPath(target, subresource)}?${query}`,
    body: named(target, object),
    // JSON is YAML.
    contentType: 'application/apply-patch+yaml',
  }
}

/** The object with the names that its target gives it. */
function named({ kind, name, namespace }: ApiTarget, object: object): object {
  const { metadata } = object as { readonly metadata?: object }
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    ...object,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...metadata },
  }
}
