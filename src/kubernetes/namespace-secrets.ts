import { type SecretText } from '../model/secret.ts'
import { readCoreObject, type SecretObject } from '../resources/core-kinds.ts'
import { isSameSecret, valueOf, type SecretKey, type SecretName } from '../resources/secret-store.ts'
import { type ApiError, type ApiObject } from './cluster.ts'
import { secretKind } from './kinds.ts'
import { startWatch, type WatchDeps, type Watched, type WatchListener } from './watched.ts'

/** What the Secrets of a namespace need. */
export interface NamespaceSecretsDeps extends WatchDeps {
  readonly onChanged: (changed: readonly SecretName[]) => void
  /** Whether the server answers has changed. */
  readonly onHealth: WatchListener['onHealth']
}

/** The wanted Secrets of one namespace. */
export interface NamespaceSecrets {
  readonly watched: Watched
  want(names: ReadonlySet<string>): void
  /** The value, or why there is none. */
  find(key: SecretKey): SecretText | string
  settled(): boolean
  stop(): Promise<void>
}

/** More Secrets than this that become wanted at once are read with one list rather than one by one. */
const maxSingleReads = 10

/** Starts watching; of the Secrets that are not wanted only the names are kept. */
export function createNamespaceSecrets(namespace: string, deps: NamespaceSecretsDeps): NamespaceSecrets {
  return new WatchedSecrets(namespace, deps)
}

class WatchedSecrets implements NamespaceSecrets {
  readonly watched: Watched
  readonly #namespace: string
  readonly #deps: NamespaceSecretsDeps
  readonly #stopping = new AbortController()
  #wanted: ReadonlySet<string> = new Set()
  /** Names of all that exist; undefined before the first list. */
  #names: Set<string> | undefined
  readonly #held = new Map<string, SecretObject>()
  /** Wanted, there, and not read yet. */
  readonly #unread = new Set<string>()

  constructor(namespace: string, deps: NamespaceSecretsDeps) {
    this.#namespace = namespace
    this.#deps = deps
    this.watched = startWatch(
      { kind: secretKind, namespace },
      deps,
      { onChange: () => undefined, onHealth: (failure) => this.#onHealth(failure) },
      {
        keep: bare,
        onList: (items) => this.#onList(items),
        onEvent: (type, object) => this.#onEvent(type, object),
      },
    )
  }

  want(names: ReadonlySet<string>): void {
    const added = [...names].filter((name) => !this.#wanted.has(name))
    this.#wanted = names
    for (const name of this.#held.keys()) if (!names.has(name)) this.#held.delete(name)
    for (const name of this.#unread) if (!names.has(name)) this.#unread.delete(name)
    const unread = added.filter((name) => this.#names?.has(name) === true && !this.#held.has(name))
    for (const name of unread) this.#unread.add(name)
    if (unread.length > 0) void this.#readLater(unread)
  }

  find(key: SecretKey): SecretText | string {
    const { name } = key
    const held = this.#held.get(name)
    if (held !== undefined) return valueOf(key, held)
    if (this.#names === undefined) return this.#explainUnlisted()
    if (!this.#wanted.has(name))
      return `Secret ${this.#namespace}/${name} is not read, for nothing in force refers to it`
    if (this.#unread.has(name)) return `Secret ${this.#namespace}/${name} has not been read yet; it is being read`
    return `there is no Secret ${this.#namespace}/${name}; create it`
  }

  settled(): boolean {
    return this.#unread.size === 0 && this.watched.settled()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.watched.stop()
  }

  #explainUnlisted(): string {
    const what = `the Secrets of namespace ${this.#namespace}`
    const status = this.watched.failure()?.status
    return status === 401 || status === 403
      ? `${what} may not be read; give the server's account a Role there with get, list and watch on secrets`
      : `${what} have not been read yet; they are as soon as the API server answers`
  }

  #onHealth(failure: ApiError | undefined): void {
    if (this.#names === undefined) this.#tell([...this.#wanted])
    this.#deps.onHealth(failure)
  }

  #onList(items: readonly ApiObject[]): void {
    const found = new Map(items.map((item) => [item.metadata.name, item]))
    const isFirst = this.#names === undefined
    this.#names = new Set(found.keys())
    const changed = [...this.#wanted].filter((name) => this.#put(name, found.get(name)))
    this.#tell(isFirst ? [...this.#wanted] : changed)
  }

  #onEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: ApiObject): void {
    const { name } = object.metadata
    if (type === 'DELETED') this.#names?.delete(name)
    else this.#names?.add(name)
    if (this.#wanted.has(name) && this.#put(name, type === 'DELETED' ? undefined : object)) this.#tell([name])
  }

  #tell(names: readonly string[]): void {
    if (names.length > 0) this.#deps.onChanged(names.map((name) => ({ namespace: this.#namespace, name })))
  }

  /** True when there are other values than before. */
  #put(name: string, object: ApiObject | undefined): boolean {
    const before = this.#held.get(name)
    const secret = object === undefined ? undefined : toSecret(object, this.#namespace)
    this.#unread.delete(name)
    if (secret === undefined) this.#held.delete(name)
    else this.#held.set(name, secret)
    return !isSameSecret(before, secret)
  }

  /** Secrets that were there before anybody referred to them. Whatever the watch tells meanwhile is newer and wins. */
  async #readLater(names: readonly string[]): Promise<void> {
    const { signal } = this.#stopping
    const few = names.length <= maxSingleReads
    const read = few ? await Promise.all(names.map((name) => this.#readOne(name, signal))) : [false]
    if (read.includes(false) && !signal.aborted) await this.watched.relist(signal)
  }

  /** False when it could not be read. */
  async #readOne(name: string, signal: AbortSignal): Promise<boolean> {
    const { cluster } = this.#deps
    try {
      const object = await cluster.get({ kind: secretKind, name, namespace: this.#namespace }, signal)
      if (this.#unread.has(name) && this.#put(name, object)) this.#tell([name])
      return true
    } catch {
      return false
    }
  }
}

/** All that a reflector needs to tell versions apart. */
function bare({ apiVersion, kind, metadata }: ApiObject): ApiObject {
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }
}

function toSecret(object: ApiObject, namespace: string): SecretObject | undefined {
  const value = { ...object, apiVersion: 'v1', kind: 'Secret' }
  const entity = readCoreObject({ value, originOf: () => undefined }, namespace)?.entity
  return entity?.type === 'secret' ? entity.secret : undefined
}
