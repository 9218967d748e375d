import { basename, dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { keyOf, type Origin, type Resource } from '../model/object.ts'
import { type Clock } from '../model/ports.ts'
import { type Problem } from '../model/problem.ts'
import { assemble, tellsTheSame, type SnapshotContent } from '../resources/assemble.ts'
import { createSecretStore, type SecretName, type SecretStore } from '../resources/secret-store.ts'
import { createTemplateReader } from '../resources/template-files.ts'
import { type WatchedFolder } from '../resources/watch.ts'
import { chooseManager } from '../rules/manager.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot } from '../rules/snapshot.ts'
import { takeInventory, type Inventory } from './inventory.ts'
import { keepLastGood } from './last-good.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createLoader, type Reading } from './load.ts'
import { createSorter, type Held, type Sorted, type Validate } from './objects.ts'
import { type LoadOptions } from './unit.ts'

/** What makes a directory of manifests a source of resources. */
export interface DirectoryOptions {
  /** Folders and files, as a person gave them. */
  readonly paths: readonly string[]
  readonly validate: Validate
  /** The namespace of objects that name none, and of ConfigMaps that are preferred. */
  readonly ownNamespace: string
  readonly managerName?: string
  readonly platformRules?: readonly RuleDocument[]
  readonly clock: Clock
  readonly limits?: Partial<Limits>
  /** The environment of `kubectl` and `kustomize`; this process's own when absent. */
  readonly environment?: Readonly<Record<string, string>>
}

/** One reading of the directory. */
export interface DirectoryReading {
  /** The same object as last time when neither the content nor a problem changed. */
  readonly snapshot: Snapshot
  readonly changedSecrets: readonly SecretName[]
  /** Folders to watch. */
  readonly folders: ReadonlyMap<string, WatchedFolder>
  readonly unsettled: boolean
  /** Whether all of it could be read. */
  readonly whole: boolean
}

/** Reads a directory again and again and keeps what was good. One reading at a time. */
export interface DirectoryReader {
  read(options: LoadOptions): Promise<DirectoryReading>
  readonly secrets: SecretStore
}

export function createDirectoryReader(options: DirectoryOptions): DirectoryReader {
  const { ownNamespace, clock, environment } = options
  const paths = options.paths.map((path) => path.replace(/(?<=.)\/+$/u, ''))
  const limits = { ...defaultLimits, ...options.limits }
  const loader = createLoader({ paths, limits, clock, ...(environment === undefined ? {} : { environment }) })
  const sorted = createSorter(options.validate, ownNamespace)
  const readTemplates = createTemplateReader()
  const secrets = createSecretStore()
  const neverRead = new Set(paths)
  let before: Digest | undefined
  let snapshot: Snapshot | undefined

  async function read(load: LoadOptions): Promise<DirectoryReading> {
    const reading = await loader.load(load)
    for (const path of paths) if (!reading.unreadable.includes(path)) neverRead.delete(path)
    const digest = before !== undefined && isSame(before.reading, reading) ? before : digestOf(reading)
    const { inventory, manager } = digest
    const originOf = (path: string): Origin | undefined =>
      digest.held.get(keyOfManager(manager))?.document.originOf(path)
    const templates = await readTemplates({ manager, originOf, configMaps: inventory.configMaps, ownNamespace })
    const changedSecrets = digest === before ? [] : secrets.replace(inventory.secrets)
    if (snapshot === undefined || digest !== before || !isDeepStrictEqual(templates.files, snapshot.templateFiles)) {
      const problems = [...digest.problems, ...templates.problems]
      const next = assemble({ ...digest.content, templateFiles: templates.files, problems })
      snapshot = snapshot !== undefined && tellsTheSame(snapshot, next) ? snapshot : next
    }
    before = digest
    return {
      snapshot,
      changedSecrets,
      folders: foldersOf(paths, templates.folders, reading.folders),
      unsettled: reading.unsettled,
      whole: reading.unreadable.length === 0 && digest.sorted.broken.size === 0,
    }
  }

  function digestOf(reading: Reading): Digest {
    const found = sorted(reading.units)
    const held = keepLastGood(before?.held ?? new Map(), found, reading.unreadable)
    const problems = [...reading.problems, ...found.problems]
    const inventory = takeInventory(held)
    const content = contentOf(options, inventory, neverRead.size === 0)
    const { manager } = chooseManager(assemble(content))
    return { reading, sorted: found, held, inventory, problems, content, manager }
  }

  return { read, secrets }
}

/** While part of the source was never read, a lookup that finds nothing proves nothing. */
function contentOf(options: DirectoryOptions, inventory: Inventory, complete: boolean): SnapshotContent {
  const { managerName, platformRules = [] } = options
  const { resources, roleBindings, namespaces } = inventory
  return {
    resources,
    ...(managerName === undefined ? {} : { managerName }),
    roleBindings: complete ? roleBindings : 'unavailable',
    namespaces: complete ? namespaces : 'unavailable',
    platformRules,
    templateFiles: [],
    problems: [],
  }
}

/** Everything that follows from the units alone. */
interface Digest {
  readonly reading: Reading
  readonly sorted: Sorted
  readonly held: ReadonlyMap<string, Held>
  readonly inventory: Inventory
  readonly problems: readonly Problem[]
  /** The snapshot's content but for templates and problems. */
  readonly content: SnapshotContent
  /** The NotificationManager in force, whose templates are read. */
  readonly manager: Resource<ManagerSpec> | undefined
}

function keyOfManager(manager: Resource | undefined): string {
  return manager === undefined ? '' : keyOf(manager)
}

/** Units keep their identity while they do not change. */
function isSame(one: Reading, other: Reading): boolean {
  return (
    one.units.length === other.units.length &&
    one.units.every((unit, place) => unit === other.units[place]) &&
    isDeepStrictEqual(one.unreadable, other.unreadable) &&
    isDeepStrictEqual(one.problems, other.problems)
  )
}

/** A path that is itself a link, or that vanishes and comes back, is noticed in the folder that holds it. */
function foldersOf(
  paths: readonly string[],
  templates: ReadonlySet<string>,
  found: ReadonlyMap<string, string>,
): ReadonlyMap<string, WatchedFolder> {
  const folders = new Map<string, WatchedFolder>()
  for (const path of paths) {
    const holder = dirname(path)
    folders.set(holder, { identity: 'holder', only: new Set([...(folders.get(holder)?.only ?? []), basename(path)]) })
  }
  for (const path of templates) folders.set(path, { identity: 'templates' })
  for (const [path, identity] of found) folders.set(path, { identity })
  return folders
}
