import { type SecretKeyRef } from '../model/fragments.ts'
import { type Resource } from '../model/object.ts'
import { configMapsOfVolumes } from '../resources/mounts.ts'
import { type SecretAccess } from '../rules/secret-access.ts'
import { type ManagerSpec } from '../rules/snapshot.ts'
import { tenantSourcesOf } from '../rules/tenancy.ts'

/** What must be read beside our own kinds, for the NotificationManager in force. */
export interface Wanted {
  readonly roleBindings: boolean
  readonly namespaces: boolean
  /** Names of ConfigMaps with templates, in the server's own namespace. */
  readonly configMaps: readonly string[]
}

/** A pod has few volumes; what lies beyond is read from disk, where the kubelet puts it a little later. */
const maxConfigMaps = 20

/** Nothing is wanted of which nothing in force makes use. */
export function wantedBy(manager: Resource<ManagerSpec> | undefined): Wanted {
  if (manager === undefined) return { roleBindings: false, namespaces: false, configMaps: [] }
  const { receivers } = manager.spec
  const sources = tenantSourcesOf(receivers)
  const templates = receivers.options?.global?.templateFile ?? []
  return {
    roleBindings: sources.includes('roleBinding'),
    namespaces: sources.includes('namespaceLabel'),
    configMaps: templates.length === 0 ? [] : configMapsOfVolumes(manager.spec).slice(0, maxConfigMaps),
  }
}

/** Names of Secrets by namespace: of the references that may be followed, and of no others. */
export function wantedSecrets(
  refs: readonly SecretKeyRef[],
  access: SecretAccess,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>()
  for (const { name, namespace } of refs) {
    const where = namespace === undefined || namespace === '' ? access.namespace : namespace
    if (!access.allows(where)) continue
    const found = names.get(where) ?? new Set()
    found.add(name)
    names.set(where, found)
  }
  return names
}
