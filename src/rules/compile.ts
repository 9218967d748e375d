import { type SecretRefs } from '../api/references.ts'
import { type AnyChannel } from '../channels/channel.ts'
import { keyOf, type Resource } from '../model/object.ts'
import { type Logger } from '../model/ports.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { readBuiltInRules, type BuiltInRules } from './built-in.ts'
import { createConfigChooser, type ClassedConfig } from './config-choice.ts'
import { createEvaluator, prepare, type Evaluator } from './engine.ts'
import { chooseManager } from './manager.ts'
import { compareText } from './order.ts'
import { type RoutableReceiver } from './parts.ts'
import { createPlatform, createPlatformReader, strayReceivers, type ReadPlatformRules } from './platform.ts'
import { problemOf, refOf } from './problems.ts'
import { compileReceiver, type ReceiverContext, type RuledReceiver } from './receivers.ts'
import { createRuleset, createUnreadyRuleset } from './route.ts'
import { type Compilation, type ExcludedReceiver } from './ruleset.ts'
import { createSecretAccess, type SecretAccess } from './secret-access.ts'
import { createClassifier, managerParameters, type Classifier } from './select.ts'
import { createSetTable, type SetTable } from './sets.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot } from './snapshot.ts'
import { createTemplateChooser } from './template-choice.ts'
import { createTenancy } from './tenancy.ts'

/** What compiling needs beside the snapshot. */
export interface CompileDeps {
  readonly channels: readonly AnyChannel[]
  /** The built-in documents under rules/, parsed. */
  readonly documents: readonly RuleDocument[]
  /** The namespace of Secret references when neither they nor the NotificationManager name one. */
  readonly ownNamespace: string
  readonly allowedSecretNamespaces: readonly string[]
  readonly secretRefs: SecretRefs
  /** Lets other work run: compiling and evaluating go in slices. */
  readonly yieldNow: () => Promise<void>
  readonly logger: Logger
}

/** Compiles a snapshot; `hasTemplate` says whether a named template is there. Never throws. */
export type Compile = (snapshot: Snapshot, hasTemplate: (name: string) => boolean) => Promise<Compilation>

/** More objects than this in one go would be felt by whoever posts meanwhile. */
const objectsPerSlice = 100

/** Everything about one compilation. */
interface Job extends CompileDeps {
  readonly snapshot: Snapshot
  readonly hasTemplate: (name: string) => boolean
  readonly manager: Resource<ManagerSpec>
  readonly rules: BuiltInRules
  readonly readPlatformRules: ReadPlatformRules
  readonly table: SetTable
  readonly evaluator: Evaluator
  readonly problems: Problem[]
}

/** Reads the built-in documents once; the result is a pure function of each snapshot. */
export function createCompile(deps: CompileDeps): Compile {
  const builtIn = readBuiltInRules(deps.documents)
  const readPlatformRules = createPlatformReader()

  return async (snapshot, hasTemplate) => {
    const { manager, problems: managerProblems } = chooseManager(snapshot)
    const problems = [...snapshot.problems, ...builtIn.problems, ...managerProblems]
    if (manager === undefined || builtIn.rules === undefined) return unready(snapshot, manager, problems)
    const table = createSetTable()
    const evaluator = createEvaluator({
      sets: table.sets,
      yieldNow: deps.yieldNow,
      onFault: (rule, err) => deps.logger.error({ rule, err }, 'Rule could not be evaluated'),
    })
    const { rules } = builtIn
    return compileJob({ ...deps, snapshot, hasTemplate, manager, rules, readPlatformRules, table, evaluator, problems })
  }
}

function unready(
  snapshot: Snapshot,
  manager: Resource<ManagerSpec> | undefined,
  problems: readonly Problem[],
): Compilation {
  const reason: ProblemReason = manager === undefined ? 'ManagerNotFound' : 'InvalidRule'
  const message = problems.findLast((problem) => problem.reason === reason)?.message ?? 'nothing can be routed'
  const excluded = snapshot.receivers.map((receiver) => ({ ref: refOf(receiver), reason, message }))
  return { ruleset: createUnreadyRuleset({ version: snapshot.version, manager, excluded, message }), problems }
}

async function compileJob(job: Job): Promise<Compilation> {
  const { snapshot, manager, rules, table, evaluator, problems } = job
  const tenancy = createTenancy(manager.spec, snapshot)
  const read = managerParameters(manager)
  problems.push(...read.problems)
  const secrets = createSecretAccess({
    defaultNamespace: manager.spec.defaultSecretNamespace,
    ownNamespace: job.ownNamespace,
    allowed: job.allowedSecretNamespaces,
    secretRefs: job.secretRefs,
  })
  const shared = { parameters: read.parameters, evaluator, table }
  const receiverClasses = createClassifier({
    role: 'receiver',
    documents: [rules['global-receiver'], rules['tenant-receiver']],
    ...shared,
  })
  const configClasses = createClassifier({
    role: 'config',
    documents: [rules['default-config'], rules['tenant-config']],
    ...shared,
  })
  const configs = await classifyConfigs(job, configClasses, secrets)
  const templates = createTemplateChooser(manager, job.hasTemplate)
  const { ruled, excluded } = await compileReceivers(job, {
    rules,
    parameters: read.parameters,
    options: manager.spec.receivers.options ?? {},
    classifier: receiverClasses,
    configs: createConfigChooser(configs, evaluator, table.sets),
    templates,
    secrets,
    table,
  })
  const platform = job.readPlatformRules(snapshot.platformRules, table)
  const receivers = toRoutable(ruled, table)
  const keys = new Set(receivers.map(({ receiver }) => receiver.key))
  problems.push(...templates.problems, ...platform.problems, ...strayReceivers(platform.rules, (key) => keys.has(key)))
  const ruleset = createRuleset({
    version: snapshot.version,
    manager,
    receivers,
    excluded,
    members: [...receiverClasses.rules, ...configClasses.rules].map(({ rule }) => rule),
    tenancy,
    platform: createPlatform(platform.rules, evaluator, table),
    evaluator,
    sets: table.sets,
  })
  return { ruleset, problems }
}

async function classifyConfigs(
  { snapshot, channels, problems, yieldNow }: Job,
  classifier: Classifier,
  secrets: SecretAccess,
): Promise<readonly ClassedConfig[]> {
  const byKind = new Map(channels.map((channel) => [channel.config.kind, channel.name]))
  const found: ClassedConfig[] = []
  for (const [place, resource] of distinct(snapshot.configs, problems).entries()) {
    if (place % objectsPerSlice === 0) await yieldNow()
    const channel = byKind.get(resource.kind)
    if (channel === undefined) {
      problems.push(unknownKind(resource))
      continue
    }
    problems.push(...secrets.refused(resource))
    const membership = await classifier.classify(resource)
    const { labels } = resource.metadata
    const owner = membership?.owner
    // A label without a value owns nothing, but keeps everyone else out.
    const tenant = owner === undefined ? {} : { tenant: (Object.hasOwn(labels, owner) ? labels[owner] : '') ?? '' }
    found.push({ resource, channel, class: membership?.class ?? 'unowned', ...tenant })
  }
  return found
}

async function compileReceivers(
  { snapshot, channels, problems, yieldNow }: Job,
  context: ReceiverContext,
): Promise<{ readonly ruled: readonly RuledReceiver[]; readonly excluded: readonly ExcludedReceiver[] }> {
  const byKind = new Map(channels.map((channel) => [channel.receiver.kind, channel]))
  const ruled: RuledReceiver[] = []
  const excluded: ExcludedReceiver[] = []
  for (const [place, resource] of distinct(snapshot.receivers, problems).entries()) {
    if (place % objectsPerSlice === 0) await yieldNow()
    const channel = byKind.get(resource.kind)
    if (channel === undefined) {
      const problem = unknownKind(resource)
      problems.push(problem)
      excluded.push({ ref: refOf(resource), reason: problem.reason, message: problem.message })
      continue
    }
    const outcome = await compileReceiver(resource, channel, context)
    problems.push(...outcome.problems)
    if (outcome.ruled !== undefined) ruled.push(outcome.ruled)
    else {
      const { reason, message } = outcome
      excluded.push({ ref: refOf(resource), channel: channel.name, reason, message })
    }
  }
  return { ruled, excluded }
}

/** Each object once, the first of its name; a source has told about the others already, so this is a safeguard. */
function distinct(resources: readonly Resource[], problems: Problem[]): readonly Resource[] {
  const seen = new Set<string>()
  return resources.filter((resource) => {
    const key = keyOf(resource)
    if (!seen.has(key)) return seen.add(key)
    problems.push(
      problemOf('error', resource, {
        reason: 'DuplicateObject',
        path: 'metadata.name',
        message: 'another object of this kind has this name, and is in force',
        remedy: 'give it a name of its own',
      }),
    )
    return false
  })
}

function unknownKind(resource: Resource): Problem {
  return problemOf('error', resource, {
    reason: 'UnknownKind',
    path: 'kind',
    message: 'no channel has this kind',
    remedy: 'see the list of kinds in the README',
  })
}

/** Global receivers first, then the tenants', each in order of key: the order in which alerts are routed. */
function toRoutable(ruled: readonly RuledReceiver[], table: SetTable): readonly RoutableReceiver[] {
  return ruled
    .toSorted(
      ({ receiver: one }, { receiver: other }) =>
        compareText(one.class, other.class) || compareText(one.key, other.key),
    )
    .map((item, position) => ({ ...item, ...prepare(item.rule, position, table.sets) }))
}
