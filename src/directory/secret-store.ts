import { SecretNotFoundError } from '../model/errors.ts'
import { type Secrets } from '../model/ports.ts'
import { type SecretText } from '../model/secret.ts'
import { type SecretObject } from './core-kinds.ts'

/** Names one Secret. */
export interface SecretName {
  readonly namespace: string
  readonly name: string
}

/** The Secrets of a directory. Values live here and nowhere else. */
export interface SecretStore extends Secrets {
  /** Puts these in force all at once; gives back those that came, went or changed. */
  replace(secrets: readonly SecretObject[]): readonly SecretName[]
}

export function createSecretStore(): SecretStore {
  let current: ReadonlyMap<string, SecretObject> = new Map()

  function replace(secrets: readonly SecretObject[]): readonly SecretName[] {
    const next = new Map(secrets.map((secret) => [keyOf(secret), secret]))
    const changed = [...new Map([...current, ...next])]
      .filter(([key]) => !isSame(current.get(key), next.get(key)))
      .map(([, { namespace, name }]) => ({ namespace, name }))
    current = next
    return changed
  }

  function find(ref: SecretName & { readonly key: string }): SecretText {
    const secret = current.get(keyOf(ref))
    if (secret === undefined) throw new SecretNotFoundError(explainMissing(ref, [...current.values()]))
    const value = secret.values.get(ref.key)
    if (value === undefined) throw new SecretNotFoundError(explainKey(ref, secret))
    if (typeof value !== 'string') return value
    const why = value === 'binary' ? 'is not text' : 'is not valid base64'
    throw new SecretNotFoundError(`the value of key ${ref.key} of Secret ${ref.namespace}/${ref.name} ${why}`)
  }

  return {
    replace,
    read: (ref, signal) =>
      new Promise((resolve) => {
        signal.throwIfAborted()
        resolve(find(ref))
      }),
  }
}

function keyOf({ namespace, name }: SecretName): string {
  return `${namespace}/${name}`
}

function isSame(one: SecretObject | undefined, other: SecretObject | undefined): boolean {
  if (one === other) return true
  if (one?.values.size !== other?.values.size || one === undefined || other === undefined) return false
  return [...one.values].every(([key, value]) => {
    const its = other.values.get(key)
    if (typeof value === 'string' || typeof its === 'string' || its === undefined) return value === its
    return value.reveal() === its.reveal()
  })
}

const maxListed = 20

function explainMissing(ref: SecretName, secrets: readonly SecretObject[]): string {
  const elsewhere = secrets.filter(({ name }) => name === ref.name).map(({ namespace }) => namespace)
  const missing = `there is no Secret ${ref.namespace}/${ref.name}`
  if (elsewhere.length === 0) return `${missing}; add it to the manifests`
  const found = elsewhere.slice(0, maxListed).join(', ')
  return (
    `${missing}, but there is one of that name in namespace ${found}; name that namespace in the reference, ` +
    `in the NotificationManager's spec.defaultSecretNamespace, or with --namespace`
  )
}

function explainKey(ref: SecretName & { readonly key: string }, secret: SecretObject): string {
  const keys = [...secret.values.keys()].sort()
  const missing = `Secret ${ref.namespace}/${ref.name} has no key ${ref.key}`
  if (keys.length === 0) return `${missing}; it has no keys at all`
  const more = keys.length > maxListed ? ' and more' : ''
  return `${missing}; it has ${keys.slice(0, maxListed).join(', ')}${more}`
}
