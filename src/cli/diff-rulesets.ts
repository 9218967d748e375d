import { isRecord, own } from '../api/json-schema.ts'
import { type LabelSelector } from '../model/fragments.ts'
import { describeRef, keyOf, type Resource } from '../model/object.ts'
import { type CompiledReceiver, type Ruleset } from '../rules/ruleset.ts'
import { type Loaded } from './toolbox.ts'

/** One thing that is not as it was. `before` and `after` are left out where a value might be a credential. */
export interface Detail {
  readonly what: string
  readonly before?: string
  readonly after?: string
}

/** An object that is not as it was. */
export interface Difference {
  /** `Kind/name`, or `rule NAME` for a platform rule. */
  readonly object: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly details: readonly Detail[]
}

/** What people see of one object: facets with values, and facets of which only a change is told. */
interface View {
  readonly facets: ReadonlyMap<string, string>
  readonly silent: ReadonlyMap<string, string>
}

type Views = ReadonlyMap<string, View>

/** What is different for whom, in the order of manager, rules, receivers and configs, each by name. */
export function diffRulesets(before: Loaded, after: Loaded): readonly Difference[] {
  return [managerViews, ruleViews, receiverViews, configViews].flatMap((viewsOf) =>
    compare(viewsOf(before), viewsOf(after)),
  )
}

function compare(before: Views, after: Views): readonly Difference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((object): readonly Difference[] => {
    const [one, other] = [before.get(object), after.get(object)]
    if (one === undefined) return [{ object, change: 'added', details: listed(other, 'after') }]
    if (other === undefined) return [{ object, change: 'removed', details: listed(one, 'before') }]
    const details = [...changed(one.facets, other.facets, true), ...changed(one.silent, other.silent, false)]
    return details.length === 0 ? [] : [{ object, change: 'changed', details }]
  })
}

/** Facets that say what an object is; the others only tell of a change. */
const telling: ReadonlySet<string> = new Set(['class', 'alerts', 'config', 'labels', 'event'])

function listed(view: View | undefined, side: 'before' | 'after'): readonly Detail[] {
  const facets = [...(view?.facets ?? [])].filter(([what]) => telling.has(what))
  return facets.map(([what, value]) => ({ what, [side]: value }))
}

function changed(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  shown: boolean,
): readonly Detail[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names
    .filter((what) => before.get(what) !== after.get(what))
    .map((what) => {
      if (!shown) return { what }
      const [one, other] = [before.get(what), after.get(what)]
      return {
        what,
        ...(one === undefined ? {} : { before: one }),
        ...(other === undefined ? {} : { after: other }),
      }
    })
}

function receiverViews({ ruleset }: Loaded): Views {
  const views = new Map<string, View>()
  for (const { ref, message } of ruleset.excluded) {
    views.set(describeRef(ref), { facets: new Map([['class', `none, nobody is told: ${message}`]]), silent: new Map() })
  }
  for (const receiver of ruleset.receivers) views.set(receiver.key, receiverView(receiver))
  return views
}

function receiverView(receiver: CompiledReceiver): View {
  const { resource, config, configReason, tenant, alertSelector, templates, secretNamespace } = receiver
  const facets = new Map([
    ['class', tenant === undefined ? receiver.class : `tenant ${tenant}`],
    ['alerts', alertSelector === undefined ? 'all' : selectorText(alertSelector)],
    ['config', config === undefined ? configReason : `${keyOf(config)} (${configReason})`],
    ['templates', JSON.stringify(templates)],
    ['namespace of Secrets', secretNamespace],
    ['held back', receiver.undeliverable.map(({ message }) => message).join('; ') || 'no'],
  ])
  return { facets, silent: fieldsOf(resource, ['alertSelector']) }
}

function configViews({ configs }: Loaded): Views {
  return new Map(
    configs.map((config) => [
      keyOf(config),
      { facets: new Map([['labels', pairsText(config.metadata.labels)]]), silent: fieldsOf(config, []) },
    ]),
  )
}

/** Each field of a spec as text to compare, never to show: addresses and user names may be private. */
function fieldsOf({ spec }: Resource, except: readonly string[]): ReadonlyMap<string, string> {
  if (!isRecord(spec)) return new Map()
  const fields = Object.entries(spec).filter(([name]) => !except.includes(name))
  return new Map(fields.map(([name, value]) => [`spec.${name}`, canonical(value)]))
}

function managerViews({ ruleset }: Loaded): Views {
  if (ruleset.manager === undefined) return new Map()
  const dumped = ruleset.dump()
  const part = (name: string): unknown => (isRecord(dumped) ? own(dumped, name) : undefined)
  const facets = new Map([...leaves('tenancy', part('tenancy')), ...leaves('options', part('options'))])
  const classes = part('classes')
  const silent = new Map<string, string>()
  for (const rule of Array.isArray(classes) ? classes.filter(isRecord) : []) {
    silent.set(`who is in ${String(own(rule, 'name'))}`, canonical(rule))
  }
  return new Map([[describeRef(ruleset.manager), { facets, silent }]])
}

function ruleViews({ ruleset }: Loaded): Views {
  return new Map(rulesOf(ruleset).map((rule) => [`rule ${String(own(rule, 'name'))}`, ruleView(rule)]))
}

function rulesOf(ruleset: Ruleset): readonly Readonly<Record<string, unknown>>[] {
  const dumped = ruleset.dump()
  const rules = isRecord(dumped) ? own(dumped, 'platformRules') : undefined
  return Array.isArray(rules) ? rules.filter(isRecord) : []
}

function ruleView(rule: Readonly<Record<string, unknown>>): View {
  const facets = new Map([['event', canonical(own(rule, 'event'))]])
  return { facets, silent: new Map([['conditions', canonical(own(rule, 'conditions'))]]) }
}

/** `severity=critical, team in [a, b]`. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const requirements = matchExpressions.map(({ key, operator, values = [] }) =>
    values.length === 0 ? `${key} ${operator}` : `${key} ${operator} [${values.join(', ')}]`,
  )
  const text = [...Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`), ...requirements].join(', ')
  return text === '' ? 'all' : text
}

function pairsText(pairs: Readonly<Record<string, string>>): string {
  const text = Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ')
  return text === '' ? 'none' : text
}

/** Every value inside another, by its path. */
function leaves(path: string, value: unknown): readonly (readonly [string, string])[] {
  if (!isRecord(value)) return value === undefined ? [] : [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([name, below]) => leaves(`${path}.${name}`, below))
}

/** JSON that does not depend on the order in which fields were written. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isRecord(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  )
}
