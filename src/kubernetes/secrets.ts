import { type SecretText } from '../model/secret.ts'
import {
  keyOfSecret,
  heldSecrets,
  type HeldSecrets,
  type SecretKey,
  type SecretName,
} from '../resources/secret-store.ts'
import { createNamespaceSecrets, type NamespaceSecrets, type NamespaceSecretsDeps } from './namespace-secrets.ts'

/** What may be read of Secrets, and what is asked for. */
export interface SecretWishes {
  /** Names by namespace. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>
  readonly allows: (namespace: string) => boolean
}

/**
 * The values of the Secrets that resources in force refer to, and of no others. One watch a namespace, begun with the first
 * reference to it and ended with the last; a namespace that must not be read is never asked for.
 */
export interface ClusterSecrets extends HeldSecrets {
  /** From now on holds exactly these. */
  want(wishes: SecretWishes): void
  /** True when each of them was read, or cannot be. */
  settled(): boolean
  /** The watches of the moment. */
  watches(): readonly NamespaceSecrets['watched'][]
  close(): Promise<void>
}

/** What the Secrets of a cluster need. */
export interface ClusterSecretsDeps extends Omit<NamespaceSecretsDeps, 'onChanged'> {
  /** Told which Secrets came, went or got other values. */
  readonly onChanged: (changed: readonly SecretName[]) => void
}

export function createClusterSecrets(deps: ClusterSecretsDeps): ClusterSecrets {
  const namespaces = new Map<string, NamespaceSecrets>()
  const ending = new Set<Promise<void>>()
  let allows: SecretWishes['allows'] = () => false

  function end(namespace: string, secrets: NamespaceSecrets): void {
    namespaces.delete(namespace)
    const ended = secrets.stop().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  function find(key: SecretKey): SecretText | string {
    const { namespace } = key
    if (!allows(namespace)) {
      return `Secrets of namespace ${namespace} may not be read; allow the namespace with --allowed-secret-namespaces`
    }
    return (
      namespaces.get(namespace)?.find(key) ??
      `Secret ${keyOfSecret(key)} is not read, for nothing that is in force refers to it`
    )
  }

  return {
    ...heldSecrets(find),
    want(wishes) {
      ;({ allows } = wishes)
      for (const [namespace, secrets] of namespaces) if (!wishes.names.has(namespace)) end(namespace, secrets)
      for (const [namespace, names] of wishes.names) {
        const secrets = namespaces.get(namespace) ?? createNamespaceSecrets(namespace, deps)
        namespaces.set(namespace, secrets)
        secrets.want(names)
      }
    },
    settled: () => [...namespaces.values()].every((secrets) => secrets.settled()),
    watches: () => [...namespaces.values()].map(({ watched }) => watched),
    async close() {
      for (const [namespace, secrets] of namespaces) end(namespace, secrets)
      await Promise.all(ending)
    },
  }
}
