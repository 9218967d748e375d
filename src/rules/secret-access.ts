import { type SecretRefs } from '../api/references.ts'
import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { problemOf } from './problems.ts'

/** From which namespaces Secrets may be read. */
export interface SecretAccess {
  /** Where a reference without a namespace points. */
  readonly namespace: string
  allows(namespace: string): boolean
  /** The references of a resource that point to a namespace which is not allowed. */
  refused(resource: Resource): readonly Problem[]
}

/** Access to the default namespace, the process's own and those that the settings list. */
export function createSecretAccess(input: {
  readonly defaultNamespace: string | undefined
  readonly ownNamespace: string
  readonly allowed: readonly string[]
  readonly secretRefs: SecretRefs
}): SecretAccess {
  const { defaultNamespace, ownNamespace, secretRefs } = input
  const namespace = defaultNamespace === undefined || defaultNamespace === '' ? ownNamespace : defaultNamespace
  const allowed = new Set([namespace, ownNamespace, ...input.allowed])
  const known = new Map<Resource, readonly Problem[]>()

  function check(resource: Resource): readonly Problem[] {
    return secretRefs(resource).flatMap(({ path, ref }) => {
      const wanted = ref.namespace ?? ''
      if (wanted === '' || allowed.has(wanted)) return []
      return problemOf('error', resource, {
        reason: 'SecretNamespaceNotAllowed',
        path: `${path}.namespace`,
        message: `Secrets of namespace ${wanted} may not be read`,
        remedy: `move the Secret to ${namespace}, or allow the namespace with --allowed-secret-namespaces`,
      })
    })
  }

  return {
    namespace,
    allows: (wanted) => allowed.has(wanted),
    refused(resource) {
      const problems = known.get(resource) ?? check(resource)
      known.set(resource, problems)
      return problems
    },
  }
}
