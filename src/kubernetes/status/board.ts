import { type SecretRefs } from '../../api/references.ts'
import { keyOf, type Resource, type ResourceKey } from '../../model/object.ts'
import { type Problem } from '../../model/problem.ts'
import { createReadiness, type MissingSecret, type Readiness, type ReadinessOf } from '../../rules/readiness.ts'
import { type CompiledReceiver, type ExcludedReceiver, type Ruleset } from '../../rules/ruleset.ts'
import { type ManagerSpec, type ObjectVersion, type Snapshot } from '../../rules/snapshot.ts'
import { type Observed } from '../objects.ts'
import { readyOf, type LastDelivery, type ObjectStatus, type ReadyCondition } from './object-status.ts'

/** What is in force, with the snapshot that it was really built from. */
export interface InForceResources {
  readonly snapshot: Snapshot
  readonly ruleset: Ruleset
  readonly problems: readonly Problem[]
}

/** What judging a status draws on beside what is in force. */
export interface BoardDeps {
  readonly secretRefs: SecretRefs
  readonly missing: MissingSecret
  /** Where Secret references point that neither they nor the NotificationManager give a namespace. */
  readonly ownNamespace: string
}

/** Says what the status of each object should be. */
export interface Board {
  /**
   * Undefined when the version in force knows nothing of this object: it was created, or created anew, after the snapshot. The
   * time of the last transition is the observed one unless the status changes.
   */
  statusOf(seen: Observed, lastDelivery: LastDelivery | undefined, now: number): ObjectStatus | undefined
}

/** The statuses that follow from what is in force. Pure, but for secrets, which are looked for at each call. */
export function createBoard(inForce: InForceResources, deps: BoardDeps): Board {
  const { snapshot, ruleset } = inForce
  const readiness = createReadiness({ ...inForce, ...deps })
  const resources = new Map(
    [...snapshot.managers, ...snapshot.configs, ...snapshot.receivers].map((resource) => [keyOf(resource), resource]),
  )
  const excluded = new Map(ruleset.excluded.map((item) => [keyOfRef(item.ref), item]))
  const secretNamespace = defaultNamespaceOf(inForce) ?? deps.ownNamespace

  function judge(seen: Observed, key: ResourceKey): Readiness {
    const receiver = ruleset.receiver(key)
    if (receiver !== undefined) return readiness.receiver(receiver)
    return judgeOther(readiness, { seen, resource: resources.get(key), excluded: excluded.get(key), secretNamespace })
  }

  return {
    statusOf(seen, lastDelivery, now) {
      const key = keyOfRef(seen)
      const version = snapshot.refused?.get(key) ?? versionOf(resources.get(key))
      if (version?.uid !== seen.uid) return undefined
      const receiver = ruleset.receiver(key)
      const { generation } = version
      return {
        observedGeneration: generation,
        conditions: [toCondition(judge(seen, key), { observedGeneration: generation, before: seen.status, now })],
        ...inUse(receiver),
        ...(lastDelivery === undefined ? {} : { lastDelivery }),
      }
    },
  }
}

function judgeOther(
  readiness: ReadinessOf,
  facts: {
    readonly seen: Observed
    readonly resource: Resource | undefined
    readonly excluded: ExcludedReceiver | undefined
    readonly secretNamespace: string
  },
): Readiness {
  const { seen, resource, excluded, secretNamespace } = facts
  if (excluded !== undefined) return readiness.excluded(excluded)
  if (resource === undefined) return readiness.refused({ kind: seen.kind, name: seen.name })
  return resource.kind === 'NotificationManager'
    ? readiness.manager(resource)
    : readiness.config(resource, secretNamespace)
}

/** A version without uid or generation did not come from a cluster. */
function versionOf(resource: Resource | undefined): ObjectVersion | undefined {
  const { uid, generation } = resource?.metadata ?? {}
  return uid === undefined || generation === undefined ? undefined : { uid, generation }
}

function inUse(receiver: CompiledReceiver | undefined): Pick<ObjectStatus, 'tenant' | 'config'> {
  if (receiver === undefined) return {}
  const { tenant, config } = receiver
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(config === undefined ? {} : { config: config.metadata.name }),
  }
}

function toCondition(
  { status, reason, message }: Readiness,
  facts: { readonly observedGeneration: number; readonly before: unknown; readonly now: number },
): ReadyCondition {
  const { observedGeneration, now } = facts
  const before = readyOf(facts.before)
  const since = before?.['status'] === status ? before['lastTransitionTime'] : undefined
  const lastTransitionTime = typeof since === 'string' ? since : toSeconds(now)
  return { type: 'Ready', status, observedGeneration, lastTransitionTime, reason, message }
}

/** Kubernetes writes the times of conditions in whole seconds. */
function toSeconds(now: number): string {
  return new Date(now).toISOString().replace(/\.\d{3}Z$/u, 'Z')
}

function defaultNamespaceOf({ snapshot, ruleset }: InForceResources): string | undefined {
  const manager: Resource<ManagerSpec> | undefined = snapshot.managers.find(
    ({ metadata }) => metadata.name === ruleset.manager?.name,
  )
  const namespace = manager?.spec.defaultSecretNamespace
  return namespace === '' ? undefined : namespace
}

/** The key of whatever has a kind and a name. */
export function keyOfRef({ kind, name }: { readonly kind: string; readonly name: string }): ResourceKey {
  return `${kind}/${name}`
}
