import { type WireAlert, type WireGroup, type WirePairs } from '../../model/wire.ts'
import { compareText } from './order.ts'
import { parseTime } from './time.ts'
import { GoMap, GoSlice, GoStruct, type StructType } from './values.ts'

/** Alertmanager's template data (https://prometheus.io/docs/alerting/latest/notifications/). */
const dataType: StructType = {
  name: 'template.Data',
  fields: ['Receiver', 'Status', 'Alerts', 'GroupLabels', 'CommonLabels', 'CommonAnnotations', 'ExternalURL'],
}

const alertType: StructType = {
  name: 'template.Alert',
  fields: ['Status', 'Labels', 'Annotations', 'StartsAt', 'EndsAt', 'GeneratorURL', 'Fingerprint'],
}

const pairType: StructType = { name: 'template.Pair', fields: ['Name', 'Value'] }

const built = new WeakMap<WireGroup, GoStruct>()

/** A notification as Go templates see it. Made once for each group. */
export function toGoData(wire: WireGroup): GoStruct {
  const known = built.get(wire)
  if (known !== undefined) return known
  const data = new GoStruct(dataType, [
    wire.receiver.toWellFormed(),
    wire.status,
    new GoSlice('template.Alerts', wire.alerts.map(toGoAlert)),
    toGoMap(wire.groupLabels),
    toGoMap(wire.commonLabels),
    toGoMap(wire.commonAnnotations),
    wire.externalURL.toWellFormed(),
  ])
  built.set(wire, data)
  return data
}

function toGoAlert(alert: WireAlert): GoStruct {
  return new GoStruct(alertType, [
    alert.status,
    toGoMap(alert.labels),
    toGoMap(alert.annotations),
    parseTime(alert.startsAt),
    parseTime(alert.endsAt),
    alert.generatorURL.toWellFormed(),
    alert.fingerprint.toWellFormed(),
  ])
}

function toGoMap(pairs: WirePairs): GoMap {
  const entries = Object.entries(pairs).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const)
  return new GoMap(new Map(entries.sort(([left], [right]) => compareText(left, right))))
}

const sorted = new WeakMap<GoMap, GoSlice>()

/** Alertmanager's SortedPairs: `alertname` first, then by name. */
export function sortedPairs(map: GoMap): GoSlice {
  const known = sorted.get(map)
  if (known !== undefined) return known
  const names = [...map.entries.keys()]
  const ordered = [...names.filter((name) => name === 'alertname'), ...names.filter((name) => name !== 'alertname')]
  const pairs = ordered.map((name) => new GoStruct(pairType, [name, map.entries.get(name) ?? '']))
  const slice = new GoSlice('template.Pairs', pairs)
  sorted.set(map, slice)
  return slice
}
