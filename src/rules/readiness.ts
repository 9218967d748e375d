import { type SecretRefs } from '../api/references.ts'
import { type SecretKeyRef } from '../model/fragments.ts'
import { describeRef, keyOf, type ObjectRef, type Resource, type ResourceKey } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { refOf } from './problems.ts'
import { inForce, notReady, sentencesOf, staleSentence, type Readiness } from './readiness-words.ts'
import { type CompiledReceiver, type ExcludedReceiver, type Ruleset } from './ruleset.ts'

export { type Readiness }

/**
 * Says why the value that a reference points to cannot be read now, and what would mend that, without a full stop and without any
 * value; undefined when it can be read.
 */
export type MissingSecret = (ref: SecretKeyRef & { readonly namespace: string }) => string | undefined

/** What readiness is judged by. */
export interface ReadinessInput {
  readonly ruleset: Ruleset
  readonly problems: readonly Problem[]
  readonly secretRefs: SecretRefs
  readonly missing: MissingSecret
}

/** Says of each object whether it is in force and complete. Secrets are asked for at each call, everything else is fixed. */
export interface ReadinessOf {
  receiver(receiver: CompiledReceiver): Readiness
  excluded(receiver: ExcludedReceiver): Readiness
  /** `secretNamespace` is where a reference without a namespace points. */
  config(config: Resource, secretNamespace: string): Readiness
  manager(manager: Resource): Readiness
  /** An object of which no version was ever valid. */
  refused(ref: ObjectRef): Readiness
}

/** Kinds that have no status of ours: what is wrong with them is said by the NotificationManager in force. */
const kindsWithoutStatus: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'RoleBinding', 'Namespace'])

/** What judging one object draws on. */
interface Facts extends ReadinessInput {
  problemsOf(ref: ObjectRef): Sorted
  /** Problems of what has no status of its own. */
  readonly elsewhere: readonly Problem[]
  readonly usedConfigs: ReadonlySet<ResourceKey>
}

/** Problems by what they mean for their object. */
interface Sorted {
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Judges the objects of one compilation: the same truth for conditions, listings and events. */
export function createReadiness(input: ReadinessInput): ReadinessOf {
  const { byObject, elsewhere } = sort(input.problems)
  const configs = input.ruleset.receivers.flatMap(({ config }) => (config === undefined ? [] : [keyOf(config)]))
  const facts: Facts = {
    ...input,
    problemsOf: ({ kind, name }) => byObject.get(`${kind}/${name}`) ?? { errors: [], warnings: [] },
    elsewhere,
    usedConfigs: new Set(configs),
  }
  return {
    receiver: (receiver) => judgeReceiver(facts, receiver),
    excluded: (receiver) => judgeExcluded(facts, receiver),
    config: (config, secretNamespace) => judgeConfig(facts, config, secretNamespace),
    manager: (manager) => judgeManager(facts, manager),
    refused: (ref) => judgeRefused(facts, ref),
  }
}

function judgeReceiver(facts: Facts, receiver: CompiledReceiver): Readiness {
  const { resource, channel, undeliverable } = receiver
  const ref = refOf(resource)
  const { errors, warnings } = facts.problemsOf(ref)
  const broken = brokenBy([...errors, ...undeliverable], resource)
  if (broken !== undefined) return broken
  const secrets = unreadableFor(facts, receiver)
  if (secrets.length > 0) return notReady('SecretNotFound', secrets)
  if (channel.open === undefined) {
    const why = `this version cannot send by ${channel.name} yet; what it should send waits in the outbox`
    return notReady('ChannelUnavailable', [why])
  }
  return inForce({ reason: reasonOf(receiver), words: configWords(receiver), warnings, of: ref })
}

function judgeExcluded(facts: Facts, { ref, reason, message }: ExcludedReceiver): Readiness {
  const { errors, warnings } = facts.problemsOf(ref)
  const telling = [...errors, ...warnings.filter((problem) => problem.reason === reason)]
  return telling.length === 0 ? notReady(reason, [message]) : notReady(reason, sentencesOf(telling, ref))
}

function judgeConfig(facts: Facts, config: Resource, secretNamespace: string): Readiness {
  const { errors, warnings } = facts.problemsOf(refOf(config))
  const broken = brokenBy(errors, config)
  if (broken !== undefined) return broken
  const secrets = unreadable(facts, config, secretNamespace)
  if (secrets.length > 0) return notReady('SecretNotFound', secrets)
  const isUsed = facts.usedConfigs.has(keyOf(config))
  const words = isUsed ? [] : ['no receiver uses it at present']
  return inForce({ reason: isUsed ? 'Ready' : 'Unused', words, warnings, of: refOf(config) })
}

function judgeManager({ problemsOf, elsewhere, ruleset }: Facts, manager: Resource): Readiness {
  const ref = refOf(manager)
  const { errors, warnings } = problemsOf(ref)
  const superseded = warnings.filter(({ reason }) => reason === 'Superseded')
  const broken = brokenBy([...superseded, ...errors], manager)
  if (broken !== undefined) return broken
  if (ruleset.manager?.name !== ref.name) return notReady('NotInForce', ['another NotificationManager was asked for'])
  return inForce({ reason: 'Ready', words: [], warnings: [...warnings, ...elsewhere], of: ref })
}

function judgeRefused({ problemsOf }: Facts, ref: ObjectRef): Readiness {
  const { errors } = problemsOf(ref)
  const [first] = errors
  if (first === undefined) return { status: 'Unknown', reason: 'NotYetRead', message: 'it has not been read yet' }
  return notReady(first.reason, [...sentencesOf(errors, ref), 'nothing of it is in force until then'])
}

/** One sentence for each reference of the resource that cannot be read. */
function unreadable({ secretRefs, missing }: Facts, resource: Resource, secretNamespace: string): readonly string[] {
  return secretRefs(resource).flatMap(({ path, ref }) => {
    const why = missing({ ...ref, namespace: namespaceOf(ref, secretNamespace) })
    return why === undefined ? [] : [`${path}: ${why}`]
  })
}

/** A config that the receiver could do without may lack what it likes. */
function unreadableFor(facts: Facts, { resource, channel, config, secretNamespace }: CompiledReceiver) {
  const own = unreadable(facts, resource, secretNamespace)
  if (config === undefined || !channel.needsConfig(resource.spec as never)) return own
  const name = describeRef(refOf(config))
  return [...own, ...unreadable(facts, config, secretNamespace).map((why) => `${name} is not ready: ${why}`)]
}

/** Where a reference points: an empty namespace is an absent one. */
function namespaceOf({ namespace = '' }: SecretKeyRef, otherwise: string): string {
  return namespace === '' ? otherwise : namespace
}

function sort(problems: readonly Problem[]): {
  readonly byObject: ReadonlyMap<string, Sorted>
  readonly elsewhere: readonly Problem[]
} {
  const byObject = new Map<string, { readonly errors: Problem[]; readonly warnings: Problem[] }>()
  const elsewhere: Problem[] = []
  for (const problem of problems) {
    const { object, severity } = problem
    if (object === undefined || kindsWithoutStatus.has(object.kind)) {
      elsewhere.push(problem)
      continue
    }
    const key = `${object.kind}/${object.name}`
    const of = byObject.get(key) ?? { errors: [], warnings: [] }
    byObject.set(key, of)
    of[severity === 'error' ? 'errors' : 'warnings'].push(problem)
  }
  return { byObject, elsewhere }
}

/** What keeps an object from being ready; one that is stale never is, although its last good version is in force. */
function brokenBy(obstacles: readonly Problem[], resource: Resource): Readiness | undefined {
  const [first] = obstacles
  const stale = resource.stale === true ? [staleSentence(resource)] : []
  if (first !== undefined) return notReady(first.reason, [...sentencesOf(obstacles, refOf(resource)), ...stale])
  return stale.length === 0 ? undefined : notReady('InvalidObject', ['its newest version cannot be read', ...stale])
}

function reasonOf({ configReason }: CompiledReceiver): string {
  return configReason === 'DefaultConfig' || configReason === 'SelectorMatchedNothing' ? configReason : 'Ready'
}

function configWords({ config, configReason }: CompiledReceiver): readonly string[] {
  if (config === undefined || configReason === 'SelectorMatchedNothing') return []
  const name = describeRef(refOf(config))
  if (config.stale === true) return [`the last good version of ${name} is used, because its newest is invalid`]
  return configReason === 'DefaultConfig' ? [`the default ${name} is used`] : [`${name} is used`]
}
