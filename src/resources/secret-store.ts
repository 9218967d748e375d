import { SecretNotFoundError } from '../model/errors.ts'
import { type SecretKeyRef } from '../model/fragments.ts'
import { type Secrets } from '../model/ports.ts'
import { type SecretText } from '../model/secret.ts'
import { type SecretObject } from './core-kinds.ts'

/** Names one Secret. */
export interface SecretName {
  readonly namespace: string
  readonly name: string
}

/** One key of one Secret, its namespace resolved. */
export type SecretKey = SecretKeyRef & SecretName

/** Secrets that are held in memory, so that what is missing can be told at once. */
export interface HeldSecrets extends Secrets {
  /** Why this key cannot be read now, in a clause without a full stop that names it and no value; undefined when it can be. */
  missing(key: SecretKey): string | undefined
}

/** The Secrets of a directory. Values live here and nowhere else. */
export interface SecretStore extends HeldSecrets {
  /** Puts these in force all at once; gives back those that came, went or changed. */
  replace(secrets: readonly SecretObject[]): readonly SecretName[]
}

export function createSecretStore(): SecretStore {
  let current: ReadonlyMap<string, SecretObject> = new Map()

  function replace(secrets: readonly SecretObject[]): readonly SecretName[] {
    const next = new Map(secrets.map((secret) => [keyOfSecret(secret), secret]))
    const changed = [...new Map([...current, ...next])]
      .filter(([key]) => !isSameSecret(current.get(key), next.get(key)))
      .map(([, { namespace, name }]) => ({ namespace, name }))
    current = next
    return changed
  }

  function find(key: SecretKey): SecretText | string {
    const secret = current.get(keyOfSecret(key))
    return secret === undefined ? explainMissing(key, [...current.values()]) : valueOf(key, secret)
  }

  return { replace, ...heldSecrets(find) }
}

/** Secrets over a lookup that gives the value, or says why there is none. */
export function heldSecrets(find: (key: SecretKey) => SecretText | string): HeldSecrets {
  return {
    read: (key, signal) =>
      new Promise((resolve) => {
        signal.throwIfAborted()
        const found = find(key)
        if (typeof found === 'string') throw new SecretNotFoundError(found)
        resolve(found)
      }),
    missing(key) {
      const found = find(key)
      return typeof found === 'string' ? found : undefined
    },
  }
}

/** The value of a key, or why there is none. */
export function valueOf(key: SecretKey, secret: SecretObject): SecretText | string {
  const value = secret.values.get(key.key)
  if (value === undefined) return explainKey(key, secret)
  if (typeof value !== 'string') return value
  const why = value === 'binary' ? 'is not text' : 'is not valid base64'
  return `the value of key ${key.key} of Secret ${keyOfSecret(key)} ${why}`
}

/** `namespace/name`. */
export function keyOfSecret({ namespace, name }: SecretName): string {
  return `${namespace}/${name}`
}

/** Whether two Secrets hold the same values. */
export function isSameSecret(one: SecretObject | undefined, other: SecretObject | undefined): boolean {
  if (one === other) return true
  if (one?.values.size !== other?.values.size || one === undefined || other === undefined) return false
  return [...one.values].every(([key, value]) => {
    const its = other.values.get(key)
    if (typeof value === 'string' || typeof its === 'string' || its === undefined) return value === its
    return value.reveal() === its.reveal()
  })
}

const maxListed = 20

function explainMissing(key: SecretName, secrets: readonly SecretObject[]): string {
  const elsewhere = secrets.filter(({ name }) => name === key.name).map(({ namespace }) => namespace)
  const missing = `there is no Secret ${keyOfSecret(key)}`
  if (elsewhere.length === 0) return `${missing}; add it to the manifests`
  const found = elsewhere.slice(0, maxListed).join(', ')
  return (
    `${missing}, but there is one of that name in namespace ${found}; name that namespace in the reference, ` +
    `in the NotificationManager's spec.defaultSecretNamespace, or with --namespace`
  )
}

function explainKey({ namespace, name, key }: SecretKey, secret: SecretObject): string {
  const keys = [...secret.values.keys()].sort()
  const missing = `Secret ${namespace}/${name} has no key ${key}`
  if (keys.length === 0) return `${missing}; it has no keys at all`
  const more = keys.length > maxListed ? ' and more' : ''
  return `${missing}; it has ${keys.slice(0, maxListed).join(', ')}${more}`
}
