import { type ResourceKey } from '../model/object.ts'
import { takeTexts } from './channel.ts'
import { isRecord } from '../api/json-schema.ts'
import { countOf, shown, type Fields } from './fields.ts'
import { type Words } from './finding.ts'
import { allOf, conditionsOf, type Condition } from './rules.ts'
import { takeSelector } from './selector.ts'

/** A receiver that was carried over. */
export interface MigratedReceiver {
  readonly key: ResourceKey
  readonly channel: string
  readonly alertSelector: unknown
}

/** What became of the Receivers: by name, what they made; nothing where they are disabled or left out. */
export type MigratedReceivers = ReadonlyMap<string, readonly MigratedReceiver[]>

/**
 * Rule documents that add the receivers which a Router names. A receiver's own alertSelector holds for what Routers send it, too,
 * but not for what rules add: so it becomes a part of the conditions.
 */
export function migrateRouter(name: string, source: Fields, receivers: MigratedReceivers): readonly object[] {
  const enabled = source.take('enabled') !== false
  const selector = takeSelector(source, 'alertSelector')
  const part = source.below('receivers')
  if (!enabled || part === undefined || selector === 'untranslatable' || !isRecord(selector.selector)) {
    source.ignore()
    source.tell(enabled ? 'lost' : 'changed', enabled ? without : disabled)
    return []
  }
  giveUnnamed(part)
  const groups = groupReceivers(part, conditionsOf(selector.selector), receivers)
  return groups.map(({ conditions, keys }, place) => ({
    name: place === 0 ? `router-${name}` : `router-${name}-${place + 1}`,
    description: `Router ${name} of v2beta2`,
    conditions: allOf(conditions),
    event: { type: 'notify', params: { receivers: keys } },
  }))
}

/** Receivers with the same conditions, which one rule can add. */
interface Group {
  readonly conditions: readonly Condition[]
  readonly keys: ResourceKey[]
}

function groupReceivers(part: Fields, ofRouter: readonly Condition[], receivers: MigratedReceivers): readonly Group[] {
  const channel = part.take('type')
  const isWanted = (receiver: MigratedReceiver): boolean =>
    typeof channel !== 'string' || channel === '' || receiver.channel === channel
  const groups = new Map<string, Group>()
  for (const wanted of takeTexts(part, 'name')) {
    const made = receivers.get(wanted)
    if (made === undefined) part.tell('lost', absent(wanted))
    for (const receiver of (made ?? []).filter(isWanted)) {
      const conditions = [...ofRouter, ...conditionsOf(receiver.alertSelector)]
      const id = JSON.stringify(conditions)
      const group = groups.get(id) ?? { conditions, keys: [] }
      groups.set(id, group)
      group.keys.push(receiver.key)
    }
  }
  return [...groups.values()]
}

/** Receivers that are found by something else than their name. */
function giveUnnamed(part: Fields): void {
  for (const name of ['regexName', 'selector', 'channels']) {
    if (name !== 'regexName') part.take(name)
    part.give('lost', name, (value) => ({
      was:
        name === 'regexName'
          ? `the names that match ${shown(value)}`
          : `receivers by ${countOf(value, name.replace(/s$/u, ''))}`,
      became: 'a rule names each receiver',
      remedy: 'list the names in receivers.name, and migrate again, or write a rule with event notify',
    }))
  }
}

const disabled: Words = { was: 'enabled: false', became: 'left out', remedy: 'nothing, unless it should work again' }

const without: Words = {
  was: 'a Router',
  became: 'left out',
  remedy: 'write a rule with event notify: its conditions say which alerts, its receivers who is told',
}

function absent(name: string): Words {
  return {
    was: `the receiver ${shown(name)}`,
    became: 'not in the rule: no such Receiver was carried over, so its own alertSelector is not known',
    remedy: 'migrate it together with its Receiver, or add it to the rule',
  }
}
