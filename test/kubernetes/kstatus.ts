/** A condition, whoever wrote it. */
export interface AnyCondition {
  readonly type?: unknown
  readonly status?: unknown
  readonly reason?: unknown
  readonly message?: unknown
  readonly observedGeneration?: unknown
  readonly lastTransitionTime?: unknown
}

/** An object as tools that wait for it read it. */
export interface Waited {
  readonly metadata: { readonly generation: number; readonly deletionTimestamp?: string }
  readonly status?:
    | {
        readonly observedGeneration?: number
        readonly conditions?: readonly AnyCondition[]
      }
    | undefined
}

/**
 * kstatus' rules for kinds that it does not know, as Flux and kpt apply them:
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function kstatusOf({ metadata, status }: Waited): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  const { observedGeneration, conditions = [] } = status ?? {}
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress'
  const statusOf = (type: string): unknown => conditions.find((condition) => condition.type === type)?.status
  if (statusOf('Reconciling') === 'True') return 'InProgress'
  if (statusOf('Stalled') === 'True') return 'Failed'
  const ready = statusOf('Ready')
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress'
}

/**
 * What `kubectl wait --for=condition=Ready` waits for; a condition about an older generation does not count:
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/
 */
export function waitsForReady({ metadata, status }: Waited): boolean {
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready')
  const observed = ready?.observedGeneration ?? status?.observedGeneration
  if (typeof observed === 'number' && observed < metadata.generation) return false
  return ready?.status === 'True'
}
