import { describeRef, keyOf } from '../model/object.ts'
import { type Sets } from './operators.ts'
import { compareText, sortFields } from './order.ts'
import { type RoutableReceiver, type RulesetParts } from './parts.ts'

/** A ruleset as plain data in a fixed order: same resources, same bytes. References to Secrets stay out as values do. */
export function dump(parts: RulesetParts): unknown {
  const { version, manager, tenancy, platform } = parts
  return sortFields({
    version,
    manager: keyOf(manager),
    options: manager.spec.receivers.options ?? {},
    tenancy: { tenantKey: tenancy.tenantKey, sources: tenancy.sources, subjectKinds: tenancy.subjectKinds },
    classes: parts.members,
    platformRules: platform.rules.map(({ rule, event }) => ({ ...rule, event })),
    receivers: parts.receivers.map(dumpReceiver),
    excluded: parts.excluded
      .map(({ ref, reason, message }) => ({ receiver: describeRef(ref), reason, message }))
      .toSorted((one, other) => compareText(one.receiver, other.receiver)),
    sets: dumpSets(parts.sets),
  })
}

function dumpReceiver({ receiver, rule, configRule }: RoutableReceiver): unknown {
  const { key, resource, channel, tenant, config, configReason, templates, secretNamespace, undeliverable } = receiver
  return {
    receiver: key,
    class: receiver.class,
    tenant,
    channel: channel.name,
    rule,
    config: { reason: configReason, name: config === undefined ? undefined : keyOf(config), rule: configRule },
    templates,
    secretNamespace,
    undeliverable: undeliverable.map(({ reason, path, message }) => ({ reason, path, message })),
    stale: resource.stale,
  }
}

function dumpSets(sets: Sets): unknown {
  return Object.fromEntries([...sets].map(([id, values]) => [id, [...values]]))
}
