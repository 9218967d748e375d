import { type Classes } from './classes.ts'
import { shown, type Fields } from './fields.ts'
import { type Words } from './finding.ts'
import { allOf, conditionsOf } from './rules.ts'
import { takeSelector } from './selector.ts'

/** The rule document that drops what a Silence mutes, if it mutes it always and for everybody. */
export function migrateSilence(
  name: string,
  source: Fields,
  about: { readonly labels: ReadonlyMap<string, string>; readonly classes: Classes },
): object | undefined {
  const enabled = source.take('enabled') !== false
  const refusal = enabled ? refusalOf(source, about) : disabled
  if (refusal !== undefined) {
    source.ignore()
    source.tell(enabled ? 'lost' : 'changed', refusal)
    return undefined
  }
  const matcher = takeSelector(source, 'matcher')
  const conditions = matcher === 'untranslatable' ? [] : conditionsOf(matcher.selector)
  if (conditions.length === 0) {
    source.ignore()
    source.tell('lost', {
      was: 'a Silence whose matcher cannot be said here, or matches every alert',
      became: 'left out: alerts are told about',
      remedy: 'write a rule with event drop, or a silence in Alertmanager',
    })
    return undefined
  }
  return {
    name: `silence-${name}`,
    description: `Silence ${name} of v2beta2`,
    conditions: allOf(conditions),
    event: { type: 'drop', params: { reason: `Silence ${name}` } },
  }
}

function refusalOf(
  source: Fields,
  { labels, classes }: { readonly labels: ReadonlyMap<string, string>; readonly classes: Classes },
): Words | undefined {
  const timed = ['startsAt', 'schedule', 'duration'].filter((field) => source.has(field))
  if (timed.length > 0) {
    return {
      was: `a Silence with ${timed.join(' and ')}`,
      became: 'left out: alerts are told about at any time',
      remedy: 'silence it in Alertmanager, or give its route mute_time_intervals',
    }
  }
  if (classes.isGlobalSilence(labels)) return undefined
  const tenant = classes.tenantKey === undefined ? undefined : labels.get(classes.tenantKey)
  return {
    was:
      tenant === undefined
        ? 'a Silence that is not known to hold for everybody'
        : `a Silence of tenant ${shown(tenant)}`,
    became: 'left out: a rule would silence the alerts for everybody',
    remedy:
      tenant === undefined
        ? 'migrate it together with its NotificationManager, or write a rule with event drop'
        : "exclude the alerts by alertSelector of the tenant's receivers, with NotIn",
  }
}

const disabled: Words = { was: 'enabled: false', became: 'left out', remedy: 'nothing, unless it should work again' }
