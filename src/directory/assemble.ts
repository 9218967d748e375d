import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { compareText } from '../rules/order.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot, type TemplateFile } from '../rules/snapshot.ts'
import { type ConfigMapObject, type SecretObject } from './core-kinds.ts'
import { fingerprint } from './fingerprint.ts'
import { type Entity, type Held } from './objects.ts'

/** Objects by what they are for, in order of their keys. */
export interface Inventory {
  readonly resources: readonly Resource[]
  readonly secrets: readonly SecretObject[]
  readonly configMaps: readonly ConfigMapObject[]
  readonly roleBindings: Exclude<Snapshot['roleBindings'], 'unavailable'>
  readonly namespaces: Exclude<Snapshot['namespaces'], 'unavailable'>
}

export function takeInventory(held: ReadonlyMap<string, Held>): Inventory {
  const entities = [...held].sort(([a], [b]) => compareText(a, b)).map(([, { entity }]) => entity)
  const of = <Type extends Entity['type']>(type: Type) =>
    entities.filter((entity): entity is Extract<Entity, { type: Type }> => entity.type === type)
  return {
    resources: of('resource').map(({ resource }) => resource),
    secrets: of('secret').map(({ secret }) => secret),
    configMaps: of('configMap').map(({ configMap }) => configMap),
    roleBindings: of('roleBinding').map(({ roleBinding }) => roleBinding),
    namespaces: of('namespace').map(({ namespace }) => namespace),
  }
}

/** What a snapshot holds beside the objects. */
export interface Surroundings {
  readonly managerName?: string
  readonly platformRules: readonly RuleDocument[]
  readonly templateFiles: readonly TemplateFile[]
  readonly problems: readonly Problem[]
  /** False when part of the source was never read, so that a lookup that finds nothing proves nothing. */
  readonly complete: boolean
}

/** The snapshot of an inventory. Secrets are not in it, nor in its version. */
export function assemble(inventory: Inventory, surroundings: Surroundings): Snapshot {
  const { resources } = inventory
  const { managerName, platformRules, templateFiles, problems, complete } = surroundings
  const content = {
    managers: resources.filter(isManager),
    ...(managerName === undefined ? {} : { managerName }),
    receivers: resources.filter(({ kind }) => kind.endsWith('Receiver')),
    configs: resources.filter(({ kind }) => kind.endsWith('Config')),
    roleBindings: complete ? inventory.roleBindings : ('unavailable' as const),
    namespaces: complete ? inventory.namespaces : ('unavailable' as const),
    platformRules,
    templateFiles,
    problems,
  }
  return Object.freeze({ version: versionOf(content), ...content })
}

/** The kind was validated against the manager's schema. */
function isManager(resource: Resource): resource is Resource<ManagerSpec> {
  return resource.kind === 'NotificationManager'
}

/**
 * A hash of everything that decides or is shown, in a fixed order. Of problems what they say but not where: a line that moved is
 * no new version.
 */
function versionOf(content: Omit<Snapshot, 'version'>): string {
  const { managers, receivers, configs, managerName, roleBindings, namespaces } = content
  return fingerprint([
    [...managers, ...configs, ...receivers].map(resourceHash),
    managerName ?? null,
    roleBindings,
    namespaces,
    content.platformRules.map(({ document }) => document),
    content.templateFiles.map(({ path, text }) => [path, text]),
    content.problems
      .map(({ severity, reason, object, path, message, remedy }) =>
        fingerprint([severity, reason, object ?? null, path, message, remedy]),
      )
      .sort(),
  ])
}

const hashes = new WeakMap<Resource, string>()

function resourceHash(resource: Resource): string {
  const known = hashes.get(resource)
  if (known !== undefined) return known
  const { kind, metadata, spec, stale } = resource
  const { name, labels, creationTimestamp } = metadata
  const hash = fingerprint([kind, name, labels, creationTimestamp ?? null, spec, stale ?? false])
  hashes.set(resource, hash)
  return hash
}
