import { type Condition, type Conditions, type EngineRule } from './conditions.ts'
import { type RuleTemplate } from './document.ts'

/** What `$name` stands for: text, or the conditions of a selector. Absent or undefined: not set. */
export type Parameters = Readonly<Record<string, string | readonly Condition[] | undefined>>

/** A parameter that is needed and not set. */
const unset = Symbol('unset')

/** The rule with every parameter filled in, or undefined when it needs one that is not set. Values are never read as templates. */
export function instantiate(template: RuleTemplate, parameters: Parameters): EngineRule | undefined {
  const name = fill(template.name, parameters)
  const conditions = fill(template.conditions, parameters)
  const event = fill(template.event, parameters)
  if (name === unset || conditions === unset || event === unset) return undefined
  return {
    name: name as string,
    priority: template.priority,
    conditions: conditions as Conditions,
    event: event as EngineRule['event'],
  }
}

function fill(node: unknown, parameters: Parameters): unknown {
  if (typeof node === 'string') return node.startsWith('$') ? (lookUp(node.slice(1), parameters) ?? unset) : node
  if (Array.isArray(node)) return fillList(node, parameters)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, fill(value, parameters)] as const)
  return entries.some(([, value]) => value === unset) ? unset : Object.fromEntries(entries)
}

/**
 * A list; the conditions of a selector take the place of its parameter. One that is left empty counts as not set, because
 * json-rules-engine takes an empty list of conditions for true.
 */
function fillList(items: readonly unknown[], parameters: Parameters): unknown {
  const filled: unknown[] = []
  for (const item of items) {
    const optional = typeof item === 'string' && item.startsWith('$') && item.endsWith('?')
    const value = optional ? (lookUp(item.slice(1, -1), parameters) ?? []) : fill(item, parameters)
    if (value === unset) return unset
    if (Array.isArray(value)) filled.push(...(value as unknown[]))
    else filled.push(value)
  }
  return filled.length === 0 ? unset : filled
}

function lookUp(name: string, parameters: Parameters): string | readonly Condition[] | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined
}
