import { toCrd } from './crd.ts'
import { isRecord } from './json-schema.ts'
import { group, type Kind } from './kind.ts'

const keyword = 'x-kubernetes-validations'

/**
 * A kustomize Component that takes the CEL rules out of the CustomResourceDefinitions: Kubernetes knows them from 1.25 on
 * (https://kubernetes.io/docs/reference/using-api/cel/), and server-side apply refuses a field that it does not know.
 */
export function crdsWithoutCel(kinds: readonly Kind[]): object {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    patches: kinds.flatMap((kind) => {
      const paths = pathsOfRules(toCrd(kind), '')
      if (paths.length === 0) return []
      return [
        {
          target: { kind: 'CustomResourceDefinition', name: `${kind.plural}.${group}` },
          patch: paths.map((path) => `- op: remove\n  path: ${path}\n`).join(''),
        },
      ]
    }),
  }
}

/** JSON Pointers (https://datatracker.ietf.org/doc/html/rfc6901) of the rules; nothing in a schema needs their escapes. */
function pathsOfRules(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, place) => pathsOfRules(item, `${path}/${place}`))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === keyword ? [`${path}/${key}`] : pathsOfRules(child, `${path}/${key}`),
  )
}
