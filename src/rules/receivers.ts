import { type AnyChannel } from '../channels/channel.ts'
import { type LabelSelector } from '../model/fragments.ts'
import { keyOf, type Resource } from '../model/object.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { type BuiltInRules } from './built-in.ts'
import { type Condition, type EngineRule } from './conditions.ts'
import { type ChosenConfig, type ConfigChooser } from './config-choice.ts'
import { instantiate, type Parameters } from './instantiate.ts'
import { problemOf } from './problems.ts'
import {
  ambiguousClass,
  configNotFound,
  matchedNothing,
  notSelected,
  tenantLabelMissing,
  unruled,
  type Exclusion,
} from './receiver-problems.ts'
import { type CompiledReceiver } from './ruleset.ts'
import { type SecretAccess } from './secret-access.ts'
import { readSelector, type Classifier, type Membership } from './select.ts'
import { type SetTable } from './sets.ts'
import { type TemplateChooser } from './template-choice.ts'

/** A receiver with the rules that it became. */
export interface RuledReceiver {
  readonly receiver: CompiledReceiver
  readonly rule: EngineRule
  /** The rule that chose its config, when it has one. */
  readonly configRule?: EngineRule
}

/** A receiver compiled, or why no alert can reach it. Problems may come with both. */
export type ReceiverOutcome =
  | { readonly ruled: RuledReceiver; readonly problems: readonly Problem[] }
  | {
      readonly ruled?: undefined
      readonly reason: ProblemReason
      readonly message: string
      readonly problems: readonly Problem[]
    }

/** What compiling a receiver draws on. */
export interface ReceiverContext {
  readonly rules: BuiltInRules
  readonly parameters: Parameters
  /** The blocks under `spec.receivers.options`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly classifier: Classifier
  readonly configs: ConfigChooser
  readonly templates: TemplateChooser
  readonly secrets: SecretAccess
  readonly table: SetTable
}

/** Decides everything about one receiver that the resources decide. */
export async function compileReceiver(
  resource: Resource,
  channel: AnyChannel,
  context: ReceiverContext,
): Promise<ReceiverOutcome> {
  const membership = await context.classifier.classify(resource)
  if (membership === undefined) return excluded('warning', resource, notSelected)
  const tenant = tenantOf(resource, membership)
  if (membership.class === 'tenant' && tenant === undefined) {
    return excluded('error', resource, tenantLabelMissing(membership))
  }
  const selectors = readSelectors(resource, channel)
  if (selectors.problems.length > 0) {
    return { reason: 'InvalidSelector', message: 'has a selector that can never be evaluated', ...selectors }
  }
  const parameters: Parameters = {
    ...context.parameters,
    receiver: keyOf(resource),
    channel: channel.name,
    tenant,
    alertSelector: selectors.alert,
    configSelector: selectors.config,
  }
  const document = context.rules[tenant === undefined ? 'global-receiver' : 'tenant-receiver']
  const [rule] = document.rules.map((template) => instantiate(template, parameters))
  if (rule === undefined) return excluded('error', resource, unruled(document.name))

  const chosen = await context.configs.choose(configRules(context, parameters))
  const config = configOf(resource, channel, { chosen, hasSelector: selectors.config !== undefined })
  const receiver = toReceiver(resource, channel, { context, tenant, chosen, config })
  const ambiguous = membership.ambiguous ? [ambiguousClass(resource, membership)] : []
  return {
    ruled: {
      receiver,
      rule: { ...rule, conditions: context.table.intern(rule.conditions) },
      ...(chosen === undefined ? {} : { configRule: chosen.rule }),
    },
    problems: [...ambiguous, ...config.problems, ...context.secrets.refused(resource)],
  }
}

/** What was decided about one receiver. */
interface Decisions {
  readonly context: ReceiverContext
  readonly tenant: string | undefined
  readonly chosen: ChosenConfig | undefined
  readonly config: ReturnType<typeof configOf>
}

function toReceiver(resource: Resource, channel: AnyChannel, decisions: Decisions): CompiledReceiver {
  const { context, tenant, chosen, config } = decisions
  const { options, templates, secrets } = context
  const alertSelector = field(resource, 'alertSelector') as LabelSelector | undefined
  return {
    key: keyOf(resource),
    resource,
    channel,
    ...(tenant === undefined ? { class: 'global' } : { class: 'tenant', tenant }),
    ...(alertSelector === undefined ? {} : { alertSelector }),
    ...(chosen === undefined ? {} : { config: chosen.config.resource }),
    configReason: config.reason,
    options: (Object.hasOwn(options, channel.name) ? options[channel.name] : undefined) ?? {},
    templates: templates.choose(resource, channel),
    secretNamespace: secrets.namespace,
    undeliverable: [
      ...config.problems.filter(({ severity }) => severity === 'error'),
      ...secrets.refused(resource),
      ...(chosen === undefined ? [] : secrets.refused(chosen.config.resource)),
    ],
  }
}

function excluded(severity: Problem['severity'], resource: Resource, words: Exclusion): ReceiverOutcome {
  return { reason: words.reason, message: words.message, problems: [problemOf(severity, resource, words)] }
}

/** The tenant that a member of a class with owners belongs to; an empty label names nobody. */
function tenantOf({ metadata: { labels } }: Resource, { owner }: Membership): string | undefined {
  const tenant = owner !== undefined && Object.hasOwn(labels, owner) ? labels[owner] : undefined
  return tenant === '' ? undefined : tenant
}

function field(resource: Resource, name: string): unknown {
  const { spec } = resource
  if (typeof spec !== 'object' || spec === null || !Object.hasOwn(spec, name)) return undefined
  return (spec as Readonly<Record<string, unknown>>)[name]
}

interface Selectors {
  readonly alert: readonly Condition[] | undefined
  readonly config: readonly Condition[] | undefined
  readonly problems: readonly Problem[]
}

function readSelectors(resource: Resource, channel: AnyChannel): Selectors {
  const [alert, config] = ['alertSelector', channel.configSelectorField].map((name) =>
    readSelector(resource, `spec.${name}`, field(resource, name)),
  )
  const problems = [alert?.problem, config?.problem].filter((problem) => problem !== undefined)
  return { alert: alert?.conditions, config: config?.conditions, problems }
}

/** The rules that may give a receiver its config, the highest priority first. */
function configRules({ rules, table }: ReceiverContext, parameters: Parameters): readonly EngineRule[] {
  return [...rules['tenant-config'].rules, ...rules['default-config'].rules]
    .map((template) => instantiate(template, parameters))
    .filter((rule) => rule !== undefined)
    .toSorted((one, other) => other.priority - one.priority)
    .map((rule) => ({ ...rule, conditions: table.intern(rule.conditions) }))
}

function configOf(
  resource: Resource,
  channel: AnyChannel,
  { chosen, hasSelector }: { readonly chosen: ChosenConfig | undefined; readonly hasSelector: boolean },
): { readonly reason: CompiledReceiver['configReason']; readonly problems: readonly Problem[] } {
  if (chosen?.rule.event.params['reason'] === 'Selected') return { reason: 'Selected', problems: [] }
  if (chosen === undefined && channel.needsConfig(resource.spec as never)) {
    return { reason: 'ConfigNotFound', problems: [configNotFound(resource, channel)] }
  }
  if (hasSelector) return { reason: 'SelectorMatchedNothing', problems: [matchedNothing(resource, channel, chosen)] }
  return { reason: chosen === undefined ? 'NotNeeded' : 'DefaultConfig', problems: [] }
}
