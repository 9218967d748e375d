import { isDeepStrictEqual } from 'node:util'
import { type Kinds } from '../api/kinds.ts'
import { type Resource, type ResourceKey } from '../model/object.ts'
import { assemble, isManager, tellsTheSame } from '../resources/assemble.ts'
import { type HeldSecrets, type SecretName } from '../resources/secret-store.ts'
import { createTemplateReader, type TemplateReading } from '../resources/template-files.ts'
import { chooseManager } from '../rules/manager.ts'
import { createSecretAccess } from '../rules/secret-access.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot } from '../rules/snapshot.ts'
import { type ApiError } from './cluster.ts'
import { createManagerWatches, type ManagerWatches } from './manager-watches.ts'
import { createObjects, type Judged, type Objects, type Observed } from './objects.ts'
import { createRequiredWatches, type RequiredWatches } from './required-watches.ts'
import { type ConfigMapName } from './rules-config-map.ts'
import { createClusterSecrets, type ClusterSecrets } from './secrets.ts'
import { wantedSecrets } from './wanted.ts'
import { calmMs, type WatchDeps, type Watched } from './watched.ts'

/** What makes a cluster a source of resources. */
export interface ClusterOptions extends WatchDeps {
  readonly kinds: Kinds
  /** Of Secrets when nothing else is said. */
  readonly ownNamespace: string
  /** Where the server runs, and the ConfigMaps of its templates are; `ownNamespace` when absent. */
  readonly podNamespace?: string
  readonly managerName?: string
  readonly allowedSecretNamespaces: readonly string[]
  readonly platformRules?: readonly RuleDocument[]
  /** Platform rules in a ConfigMap, beside the others. */
  readonly rulesConfigMap?: ConfigMapName
  /** Told at once which Secrets came, went or got other values, or why they cannot be read has changed. */
  readonly onSecretsChanged?: (changed: readonly SecretName[]) => void
  /** How long a reload may take, milliseconds. */
  readonly reloadTimeoutMs?: number
  /** Told which objects of our kinds changed at all, be it their status only. */
  readonly onObserved?: (changed: readonly ResourceKey[]) => void
}

/** One reading of the cluster. */
export interface ClusterReading {
  /** The same object as last time when it tells nothing new. */
  readonly snapshot: Snapshot
  /** Folders with template files. */
  readonly folders: ReadonlySet<string>
}

/** Keeps up with a cluster, and says what it holds. */
export interface ClusterReader {
  readonly observed: ReadonlyMap<ResourceKey, Observed>
  readonly secrets: HeldSecrets
  /** Begins to watch. */
  start(): void
  /** Why there is no whole snapshot yet; empty once everything was read without which there is none. */
  missing(): readonly string[]
  /** True once what the NotificationManager in force refers to was read as well, or cannot be read now. */
  settled(): boolean
  /** What the cluster holds at this moment. One reading at a time. */
  read(): Promise<ClusterReading>
  /** Lists everything anew; gives back why what a snapshot needs could not be listed. */
  relist(signal: AbortSignal): Promise<ApiError | undefined>
  /** When each of the watches that were ever heard had been heard, milliseconds since the epoch; undefined while none was. */
  heardAt(): number | undefined
  close(): Promise<void>
}

/** `ring` is called when a new reading may tell something new. */
export function createClusterReader(options: ClusterOptions, ring: () => void): ClusterReader {
  return new WatchedCluster(options, ring)
}

class WatchedCluster implements ClusterReader {
  readonly secrets: ClusterSecrets
  readonly #options: ClusterOptions
  readonly #ring: () => void
  readonly #objects: Objects
  readonly #required: RequiredWatches
  readonly #ofManager: ManagerWatches
  readonly #readTemplates = createTemplateReader()
  readonly #stopping = new AbortController()
  #retriedAt = -Infinity
  #isNew = true
  #manager: Resource<ManagerSpec> | undefined
  #last: ClusterReading | undefined

  constructor(options: ClusterOptions, ring: () => void) {
    this.#options = options
    this.#ring = ring
    this.#objects = createObjects(options.kinds)
    const wake = (): void => this.#wake()
    const onHealth = (failure: ApiError | undefined): void => {
      this.#wake()
      if (failure === undefined) this.#retryOthers()
    }
    const podNamespace = options.podNamespace ?? options.ownNamespace
    const deps = { ...options, podNamespace, onHealth, onChange: wake, onRules: wake }
    this.#required = createRequiredWatches({
      ...deps,
      onObjects: (kind, changed, objects) => {
        if (this.#objects.note(kind, changed, objects)) this.#wake()
        options.onObserved?.(changed.map((name) => `${kind}/${name}` as const))
      },
    })
    this.#ofManager = createManagerWatches(deps)
    this.secrets = createClusterSecrets({ ...deps, onChanged: (changed) => options.onSecretsChanged?.(changed) })
  }

  get observed(): ReadonlyMap<ResourceKey, Observed> {
    return this.#objects.observed
  }

  start(): void {
    this.#required.start()
  }

  missing(): readonly string[] {
    return this.#required.missing()
  }

  settled(): boolean {
    return this.#ofManager.settled() && this.secrets.settled()
  }

  async read(): Promise<ClusterReading> {
    const wasNew = this.#isNew
    this.#isNew = false
    const judged = await this.#objects.judge()
    if (wasNew) this.#follow(judged)
    const templates = await this.#readTemplates({
      manager: this.#manager,
      originOf: () => undefined,
      configMaps: this.#ofManager.configMaps(),
      ownNamespace: this.#options.podNamespace ?? this.#options.ownNamespace,
    })
    const before = this.#last?.snapshot
    const isSame = !wasNew && before !== undefined && isDeepStrictEqual(templates.files, before.templateFiles)
    const next = isSame ? before : this.#assemble(judged, templates)
    const snapshot = before !== undefined && tellsTheSame(before, next) ? before : next
    this.#last = { snapshot, folders: templates.folders }
    return this.#last
  }

  async relist(signal: AbortSignal): Promise<ApiError | undefined> {
    const failures = await Promise.all(this.#watches().map((watched) => watched.relist(signal)))
    return failures.slice(0, this.#required.watches().length).find((failure) => failure !== undefined)
  }

  heardAt(): number | undefined {
    let earliest = Infinity
    for (const watched of this.#watches()) earliest = Math.min(earliest, watched.heardAt() ?? Infinity)
    return Number.isFinite(earliest) ? earliest : undefined
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#required.close(), this.#ofManager.close(), this.secrets.close()])
  }

  #watches(): readonly Watched[] {
    return [...this.#required.watches(), ...this.#ofManager.watches(), ...this.secrets.watches()]
  }

  /** One that is answered again says that the server is back, so the others need not wait out their pauses. */
  #retryOthers(): void {
    const now = this.#options.clock.now()
    if (now < this.#retriedAt + calmMs) return
    const waiting = this.#watches().filter((watched) => isAway(watched.failure()))
    if (waiting.length > 0) this.#retriedAt = now
    for (const watched of waiting) void watched.relist(this.#stopping.signal)
  }

  #wake(): void {
    this.#isNew = true
    this.#ring()
  }

  /** What the resources ask for beside themselves. */
  #follow({ resources, secretRefs }: Judged): void {
    const { ownNamespace, allowedSecretNamespaces, kinds } = this.#options
    const { manager } = chooseManager({ managers: resources.filter(isManager), ...this.#named() })
    const access = createSecretAccess({
      defaultNamespace: manager?.spec.defaultSecretNamespace,
      ownNamespace,
      allowed: allowedSecretNamespaces,
      secretRefs: kinds.secretRefs,
    })
    this.#manager = manager
    this.#ofManager.follow(manager)
    this.secrets.want({ names: wantedSecrets(secretRefs, access), allows: access.allows })
  }

  #assemble({ resources, refused, problems }: Judged, templates: TemplateReading): Snapshot {
    const rules = this.#required.rules()
    return assemble({
      ...this.#named(),
      resources,
      refused,
      roleBindings: this.#ofManager.roleBindings(),
      namespaces: this.#ofManager.namespaces(),
      platformRules: [...(this.#options.platformRules ?? []), ...rules.rules],
      templateFiles: templates.files,
      problems: [...problems, ...rules.problems, ...this.#ofManager.problems(), ...templates.problems],
    })
  }

  #named(): Pick<Snapshot, 'managerName'> {
    const { managerName } = this.#options
    return managerName === undefined ? {} : { managerName }
  }
}

/** Not there, or there and not able to answer yet: a server that starts says 503 with a long pause. */
function isAway(failure: ApiError | undefined): boolean {
  return failure !== undefined && (failure.status === 0 || failure.status >= 500)
}
