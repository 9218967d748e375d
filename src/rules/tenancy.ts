import { type Alert } from '../model/alert.ts'
import { NotReadyError } from '../model/errors.ts'
import { type ManagerSpec, type Snapshot, type TenantSource } from './snapshot.ts'

/** A tenant of an alert, and the way that led to it. */
export interface FoundTenant {
  readonly tenant: string
  readonly source: TenantSource
}

/** From alerts to tenants. */
export interface Tenancy {
  readonly tenantKey: string
  readonly sources: readonly TenantSource[]
  readonly subjectKinds: readonly string[]
  /** Each tenant once, by the first source that leads to it. Throws NotReadyError when a needed lookup cannot be made. */
  tenantsOf(alert: Alert): readonly FoundTenant[]
}

/** The alert's label that names the Kubernetes namespace it is about. */
const namespaceLabel = 'namespace'

/** Tenants by the namespace of the alert, or that they cannot be looked up now. */
type Lookup = ReadonlyMap<string, readonly string[]> | 'unavailable'

const nobody: readonly string[] = []

/** Tenancy as the NotificationManager's spec defines it, over the lookups of one snapshot. An empty name is no tenant. */
export function createTenancy({ receivers }: ManagerSpec, snapshot: Snapshot): Tenancy {
  const { tenantKey, tenantSubjectKinds } = receivers
  const sources = tenantSourcesOf(receivers)
  const subjectKinds = tenantSubjectKinds ?? ['User']
  const subjects = sources.includes('roleBinding') ? subjectsByNamespace(snapshot, subjectKinds) : new Map()
  const owners = sources.includes('namespaceLabel') ? ownersOfNamespaces(snapshot, tenantKey) : new Map()

  function found(source: TenantSource, alert: Alert): readonly string[] {
    switch (source) {
      case 'alertLabel':
        return [alert.labels.get(tenantKey) ?? '']
      case 'roleBinding':
        return lookUp(subjects, alert, 'RoleBindings')
      case 'namespaceLabel':
        return lookUp(owners, alert, 'Namespaces')
    }
  }

  return {
    tenantKey,
    sources,
    subjectKinds,
    tenantsOf(alert) {
      const tenants = new Map<string, TenantSource>()
      for (const source of sources) {
        for (const tenant of found(source, alert)) {
          if (tenant !== '' && !tenants.has(tenant)) tenants.set(tenant, source)
        }
      }
      return [...tenants].map(([tenant, source]) => ({ tenant, source }))
    },
  }
}

/** The ways to tenants that are in force, each once. */
export function tenantSourcesOf(receivers: ManagerSpec['receivers']): readonly TenantSource[] {
  return [...new Set(receivers.tenantSources ?? defaultSources(receivers.tenantKey))]
}

function defaultSources(tenantKey: string): readonly TenantSource[] {
  if (tenantKey === 'user') return ['roleBinding']
  return tenantKey === namespaceLabel ? ['alertLabel'] : ['alertLabel', 'namespaceLabel']
}

function lookUp(lookup: Lookup, alert: Alert, what: string): readonly string[] {
  const namespace = alert.labels.get(namespaceLabel) ?? ''
  if (namespace === '') return nobody
  if (lookup === 'unavailable') {
    throw new NotReadyError(`${what} cannot be read now, so the tenants of the alert are not known`)
  }
  return lookup.get(namespace) ?? nobody
}

function subjectsByNamespace({ roleBindings }: Snapshot, kinds: readonly string[]): Lookup {
  if (roleBindings === 'unavailable') return 'unavailable'
  const found = new Map<string, Set<string>>()
  for (const { namespace, subjects } of roleBindings) {
    const names = found.get(namespace) ?? new Set()
    found.set(namespace, names)
    for (const { kind, name } of subjects) if (kinds.includes(kind)) names.add(name)
  }
  return new Map([...found].map(([namespace, names]) => [namespace, [...names].sort()]))
}

function ownersOfNamespaces({ namespaces }: Snapshot, tenantKey: string): Lookup {
  if (namespaces === 'unavailable') return 'unavailable'
  return new Map(
    namespaces.map(({ name, labels }) => {
      const owner = Object.hasOwn(labels, tenantKey) ? labels[tenantKey] : undefined
      return [name, owner === undefined ? nobody : [owner]]
    }),
  )
}
