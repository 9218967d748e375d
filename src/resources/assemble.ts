import { isDeepStrictEqual } from 'node:util'
import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type ManagerSpec, type Snapshot } from '../rules/snapshot.ts'
import { fingerprint } from './fingerprint.ts'

/** What a snapshot is made of; resources and refused objects in order of their keys. */
export interface SnapshotContent extends Pick<
  Snapshot,
  'managerName' | 'roleBindings' | 'namespaces' | 'platformRules' | 'templateFiles' | 'problems' | 'refused'
> {
  readonly resources: readonly Resource[]
}

/**
 * The snapshot of a content, with its version. Secrets are not in it, nor in its version. What did not change should be the same
 * objects as last time: their hashes are remembered.
 */
export function assemble({ resources, ...rest }: SnapshotContent): Snapshot {
  const content = {
    managers: resources.filter(isManager),
    receivers: resources.filter(({ kind }) => kind.endsWith('Receiver')),
    configs: resources.filter(({ kind }) => kind.endsWith('Config')),
    ...rest,
  }
  return Object.freeze({ version: versionOf(content), ...content })
}

/** The kind was validated against the manager's schema. */
export function isManager(resource: Resource): resource is Resource<ManagerSpec> {
  return resource.kind === 'NotificationManager'
}

/** Whether two snapshots differ neither in version nor in where their problems are. */
export function tellsTheSame(one: Snapshot, other: Snapshot): boolean {
  return one.version === other.version && isDeepStrictEqual(one.problems, other.problems)
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
    roleBindings === 'unavailable' ? roleBindings : roleBindings.map(plainHash),
    namespaces === 'unavailable' ? namespaces : namespaces.map(plainHash),
    content.platformRules.map(({ document }) => document),
    content.templateFiles.map(({ path, text }) => [path, text]),
    content.problems.map(problemHash).sort(),
    [...(content.refused ?? [])].map(([key, { uid, generation }]) => [key, uid, generation]),
  ])
}

/** A new generation is a new version even when the spec says the same: its status must name the generation that is in force. */
function resourceHash(resource: Resource): string {
  const { kind, metadata, spec, stale } = resource
  const { name, uid, generation, labels, creationTimestamp } = metadata
  return remember(resource, () => [
    kind,
    [name, uid ?? null, generation ?? null, labels, creationTimestamp ?? null],
    spec,
    stale ?? false,
  ])
}

function problemHash(problem: Problem): string {
  const { severity, reason, object, path, message, remedy } = problem
  return remember(problem, () => [severity, reason, object ?? null, path, message, remedy])
}

function plainHash(value: object): string {
  return remember(value, () => value)
}

const hashes = new WeakMap<object, string>()

function remember(owner: object, content: () => unknown): string {
  const known = hashes.get(owner)
  if (known !== undefined) return known
  const hash = fingerprint(content())
  hashes.set(owner, hash)
  return hash
}
