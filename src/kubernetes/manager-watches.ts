import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type ConfigMapObject } from '../resources/core-kinds.ts'
import { type ManagerSpec, type Snapshot } from '../rules/snapshot.ts'
import { configMapKind, namespaceKind, roleBindingKind } from './kinds.ts'
import {
  keepConfigMap,
  keepNamespace,
  keepRoleBinding,
  readConfigMaps,
  readNamespaces,
  readRoleBindings,
  type ReadAll,
} from './lookup.ts'
import { createWatchSet, type WantedWatch, type WatchSetDeps } from './watch-set.ts'
import { wantedBy } from './wanted.ts'
import { type Watched } from './watched.ts'

/** Watches that the NotificationManager in force asks for; they come and go with what it says. */
export interface ManagerWatches {
  follow(manager: Resource<ManagerSpec> | undefined): void
  /** `unavailable` until they were read once, and when nothing asks for them. */
  roleBindings(): Snapshot['roleBindings']
  namespaces(): Snapshot['namespaces']
  /** Those with templates, as far as they were read. */
  configMaps(): readonly ConfigMapObject[]
  /** What cannot be read, said of the NotificationManager. */
  problems(): readonly Problem[]
  settled(): boolean
  watches(): readonly Watched[]
  close(): Promise<void>
}

/** What these watches need. */
export interface ManagerWatchesDeps extends WatchSetDeps {
  readonly podNamespace: string
  /** Something that was asked for came, went or changed. */
  readonly onChange: () => void
}

const roleBindings = 'RoleBindings'
const namespaces = 'Namespaces'

export function createManagerWatches(deps: ManagerWatchesDeps): ManagerWatches {
  const { podNamespace, onChange } = deps
  const set = createWatchSet(deps)
  const read = { roleBindings: readRoleBindings(), namespaces: readNamespaces(), configMaps: readConfigMaps() }
  let manager: Resource<ManagerSpec> | undefined

  function wanted(): ReadonlyMap<string, WantedWatch> {
    const wants = wantedBy(manager)
    const found = new Map<string, WantedWatch>()
    if (wants.roleBindings) {
      found.set(roleBindings, { query: { kind: roleBindingKind }, tap: { keep: keepRoleBinding }, onChange })
    }
    if (wants.namespaces) {
      found.set(namespaces, { query: { kind: namespaceKind }, tap: { keep: keepNamespace }, onChange })
    }
    for (const name of wants.configMaps) {
      const query = { kind: configMapKind, namespace: podNamespace, fieldSelector: `metadata.name=${name}` }
      found.set(configMapNamed(name), { query, tap: { keep: keepConfigMap }, onChange })
    }
    return found
  }

  function lookUp<Item>(name: string, readAll: ReadAll<Item>): readonly Item[] | 'unavailable' {
    const watched = set.get(name)
    return watched?.synced() === true ? readAll(watched.objects) : 'unavailable'
  }

  return {
    follow(next) {
      manager = next
      set.keep(wanted())
    },
    roleBindings: () => lookUp(roleBindings, read.roleBindings),
    namespaces: () => lookUp(namespaces, read.namespaces),
    configMaps: () =>
      wantedBy(manager).configMaps.flatMap((name) => {
        const found = lookUp(configMapNamed(name), read.configMaps)
        return found === 'unavailable' ? [] : found
      }),
    problems() {
      const asking = manager
      return asking === undefined ? [] : [...wanted().keys()].flatMap((name) => problemOf(asking, name, set.get(name)))
    },
    settled: () => set.all().every((watched) => watched.settled()),
    watches: () => set.all(),
    close: () => set.close(),
  }
}

function configMapNamed(name: string): string {
  return `ConfigMap ${name}`
}

/** What it means that something was never read. Says nothing that changes from one attempt to the next. */
function problemOf(manager: Resource<ManagerSpec>, what: string, watched: Watched | undefined): readonly Problem[] {
  const status = watched?.failure()?.status
  if (watched === undefined || status === undefined || watched.synced()) return []
  const forbidden = status === 401 || status === 403
  const remedy = forbidden
    ? `allow the server's account to list and watch ${watched.query.kind.plural}`
    : 'see that the API server can be reached'
  return [
    {
      ...(what === roleBindings || what === namespaces ? ofTenants : ofTemplates),
      reason: 'SourceUnreadable',
      object: { kind: manager.kind, name: manager.metadata.name },
      message: `${what} ${forbidden ? 'may not' : 'could not yet'} be read`,
      remedy,
    },
  ]
}

/** Alerts whose tenants must be looked up are refused meanwhile; templates may still be found on disk. */
const ofTenants = { severity: 'error', path: 'spec.receivers.tenantSources' } as const
const ofTemplates = { severity: 'warning', path: 'spec.volumes' } as const
