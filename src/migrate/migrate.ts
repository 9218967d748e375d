import { isRecord, own } from '../api/json-schema.ts'
import { apiVersion, group } from '../api/kind.ts'
import { type Kinds } from '../api/kinds.ts'
import { keyOf, type ObjectRef, type Origin } from '../model/object.ts'
import { readClasses, type Classes } from './classes.ts'
import { createCredentials, createVault, type SecretOptions } from './credential.ts'
import { createFields, shown, type Fields } from './fields.ts'
import { createTell, type Finding, type Tell, type Words } from './finding.ts'
import { migrateManager } from './manager.ts'
import { configsOf, namesOf, refOf, secretNamespaceOf } from './identity.ts'
import { labelsOf, migrateMetadata } from './metadata.ts'
import { migrateConfig, migrateReceiver, type Draft } from './objects.ts'
import { migrateRouter, type MigratedReceiver } from './router.ts'
import { migrateSilence } from './silence.ts'
import { createWriter, type Writer } from './writer.ts'

/** An object as it was written, and where. */
export interface Manifest {
  readonly value: unknown
  originOf(path: string): Origin | undefined
}

/** What migrating needs. */
export interface MigrateOptions {
  readonly kinds: Kinds
  /** Why a rule document would be refused; nothing when it would not. */
  readonly checkRule: (document: object) => readonly string[]
  /** What becomes of credentials in plain text; the namespace defaults to the NotificationManager's. */
  readonly secrets: SecretOptions
  /** Whether somebody takes the rule documents; otherwise the report says that there are some. */
  readonly takesRules: boolean
}

/** What manifests became. */
export interface Migration {
  /** Objects of v2alpha1, and Secrets if they were asked for, in the order of what they were made of. */
  readonly manifests: readonly object[]
  /** Platform rules that stand for Routers and Silences. */
  readonly rules: readonly object[]
  readonly findings: readonly Finding[]
  /** How many objects of this API group were read. */
  readonly objects: number
  /** How many others, which are none of our business. */
  readonly others: number
}

/** The predecessor's later API. */
const previousVersion = `${group}/v2beta2`

/**
 * Manifests of v2beta2 as manifests of v2alpha1; those of v2alpha1 pass. What cannot be carried over without telling more people
 * than before is left out. Never throws.
 */
export function migrate(manifests: readonly Manifest[], options: MigrateOptions): Migration {
  const ours = manifests.filter(({ value }) => isOurs(value))
  const job = createJob(ours, { manifests, options })
  // Routers speak of receivers, so they come after them.
  for (const manifest of ours) if (!isRule(manifest)) migrateObject(manifest, job)
  for (const manifest of ours) if (isRule(manifest)) migrateObject(manifest, job)
  const { writer, rules, findings } = job
  const others = manifests.length - ours.length
  return { manifests: writer.manifests, rules, findings, objects: ours.length, others }
}

/** What is shared by all objects of one migration. */
interface Job {
  readonly options: MigrateOptions
  readonly secrets: SecretOptions
  readonly classes: Classes
  readonly writer: Writer
  readonly findings: Finding[]
  readonly rules: object[]
  readonly receivers: Map<string, MigratedReceiver[]>
  hasConfig(channel: string, tenant: string): boolean
}

function createJob(
  ours: readonly Manifest[],
  { manifests, options }: { readonly manifests: readonly Manifest[]; readonly options: MigrateOptions },
): Job {
  const previous = ours
    .map(({ value }) => value)
    .filter((value) => isRecord(value) && own(value, 'apiVersion') === previousVersion)
  const manager = previous.find((value) => refOf(value).kind === 'NotificationManager')
  const classes = readClasses(manager)
  const namespace = options.secrets.namespace ?? secretNamespaceOf(manager)
  const receiverKinds = options.kinds.list.filter(({ role }) => role === 'receiver').map(({ kind }) => kind)
  const configs = new Set(previous.flatMap((value) => configsOf(value, classes.tenantKey)))
  return {
    options,
    secrets: { ...options.secrets, ...(namespace === undefined ? {} : { namespace }) },
    classes,
    writer: createWriter(
      options.kinds,
      namesOf(
        manifests.map(({ value }) => value),
        receiverKinds,
      ),
    ),
    findings: [],
    rules: [],
    receivers: new Map(),
    hasConfig: (channel, tenant) => configs.has(`${channel} ${tenant}`),
  }
}

function migrateObject({ value, originOf }: Manifest, job: Job): void {
  if (!isRecord(value)) return
  const ref = refOf(value)
  const tell = createTell(job.findings, ref, originOf)
  const version = own(value, 'apiVersion')
  const metadata = migrateMetadata(own(value, 'metadata'))
  if (version === apiVersion) {
    const written = Object.entries(value).filter(([field]) => field !== 'status')
    job.writer.pass({ ...Object.fromEntries(written), metadata }, tell, originOf)
    return
  }
  const source = version === previousVersion ? specOf(value, tell) : undefined
  const convert = Object.hasOwn(converters, ref.kind) ? converters[ref.kind] : undefined
  if (source === undefined || convert === undefined) {
    tell('lost', '', unknownObject(value))
    return
  }
  const before = outputOf(job)
  convert({ ref, source, metadata, labels: labelsOf(own(value, 'metadata')), tell, job })
  source.leftovers()
  if (outputOf(job) === before) tell('lost', '', nothing)
}

/** How much has been written or reported so far. */
function outputOf({ writer, rules, findings }: Job): number {
  return writer.manifests.length + rules.length + findings.length
}

const nothing: Words = {
  was: 'an object that says nothing',
  became: 'left out',
  remedy: 'give it a spec, or delete it',
}

/** One object under way. */
interface Migrant {
  readonly ref: ObjectRef
  readonly source: Fields
  readonly metadata: Readonly<Record<string, unknown>>
  readonly labels: ReadonlyMap<string, string>
  readonly tell: Tell
  readonly job: Job
}

const converters: Readonly<Record<string, (migrant: Migrant) => void>> = {
  NotificationManager({ source, metadata, tell, job }) {
    job.writer.write({ kind: 'NotificationManager', metadata, spec: migrateManager(source) }, tell, [])
  },
  Config(migrant) {
    writeDrafts(migrant, (credentials) => migrateConfig(migrant.source, credentials))
  },
  Receiver(migrant) {
    const { ref, source, labels, job } = migrant
    const made = writeDrafts(migrant, (credentials) =>
      migrateReceiver(source, credentials, { labels, classes: job.classes, hasConfig: job.hasConfig }),
    )
    job.receivers.set(ref.name, [...(job.receivers.get(ref.name) ?? []), ...made])
  },
  Router({ ref, source, tell, job }) {
    addRules(migrateRouter(ref.name, source, job.receivers), tell, job)
  },
  Silence({ ref, source, labels, tell, job }) {
    const rule = migrateSilence(ref.name, source, { labels, classes: job.classes })
    addRules(rule === undefined ? [] : [rule], tell, job)
  },
}

/** Writes what an object makes; the Secret of its plain text credentials goes before the first of them. */
function writeDrafts(
  { ref, metadata, tell, job }: Migrant,
  make: (credentials: ReturnType<typeof createCredentials>) => readonly Draft[],
): readonly MigratedReceiver[] {
  const { writer, secrets } = job
  const vault = createVault(
    () => writer.freeName('Secret', `notification-${ref.kind.toLowerCase()}-${ref.name}`),
    secrets,
  )
  const drafts = make(createCredentials(vault, secrets))
  const secret = secrets.emit ? vault.manifest() : undefined
  const made: MigratedReceiver[] = []
  for (const { kind, spec, channel, place } of drafts) {
    const named = place === 0 ? metadata : { ...metadata, name: writer.freeName(kind, `${ref.name}-${place + 1}`) }
    const before = secret === undefined || made.length > 0 ? [] : [secret]
    const resource = writer.write({ kind, metadata: named, spec }, tell, before)
    if (resource !== undefined) made.push({ key: keyOf(resource), channel, alertSelector: spec['alertSelector'] })
  }
  return made
}

function addRules(rules: readonly object[], tell: Tell, job: Job): void {
  for (const rule of rules) {
    const faults = job.options.checkRule(rule)
    if (faults.length > 0) {
      const was = `written so that its rule would be refused: ${faults.join('; ')}`
      tell('lost', '', { was, became: 'left out', remedy: 'write the rule by hand: see schemas/rule.json' })
      continue
    }
    job.rules.push(rule)
    const name = shown(isRecord(rule) ? rule['name'] : undefined)
    tell(job.options.takesRules ? 'changed' : 'lost', '', {
      was: 'an object of the cluster',
      became: job.options.takesRules ? `the platform rule ${name}` : 'left out: a platform rule can stand for it',
      remedy: job.options.takesRules
        ? 'hand the file to the server with --rules'
        : 'migrate again with --rules-out FILE, and hand that file to the server with --rules',
    })
  }
}

function specOf(value: Readonly<Record<string, unknown>>, tell: Tell): Fields {
  const spec = own(value, 'spec')
  return createFields(isRecord(spec) ? spec : {}, ['spec'], tell)
}

function unknownObject(value: Readonly<Record<string, unknown>>): Words {
  return {
    was: `${shown(own(value, 'kind'))} of ${shown(own(value, 'apiVersion'))}`,
    became: 'left out',
    remedy: `give NotificationManager, Config, Receiver, Router or Silence of ${previousVersion}`,
  }
}

function isOurs(value: unknown): boolean {
  const written = isRecord(value) ? own(value, 'apiVersion') : undefined
  return typeof written === 'string' && written.startsWith(`${group}/`)
}

function isRule({ value }: Manifest): boolean {
  return ['Router', 'Silence'].includes(refOf(value).kind)
}
