import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { counters, gauges, histograms, type MetricSpec } from '../model/metric-names.ts'
import { type RenderedMetrics } from './deps.ts'

const prefix = 'notification_manager_'

/** A registry of its own with every metric of the table, and the process's own metrics under their usual names. */
export function createMetrics(): RenderedMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const made = {
    counters: mapValues(counters, (name, spec) => new Counter(configuration(name, spec, registry))),
    gauges: mapValues(gauges, (name, spec) => new Gauge(configuration(name, spec, registry))),
    histograms: mapValues(
      histograms,
      (name, spec) => new Histogram({ ...configuration(name, spec, registry), buckets: [...(spec.buckets ?? [])] }),
    ),
  }
  return {
    count: (name, labels = {}, by = 1) => made.counters[name].inc(labels, by),
    gauge(name, value, labels = {}) {
      // An info metric says what is, so its former label values must go.
      if (name.endsWith('_info')) made.gauges[name].reset()
      made.gauges[name].set(labels, value)
    },
    observe: (name, value, labels = {}) => made.histograms[name].observe(labels, value),
    render: () => registry.metrics(),
  }
}

function configuration(name: string, spec: MetricSpec, registry: Registry) {
  return { name: `${prefix}${name}`, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [registry] }
}

function mapValues<Name extends string, Metric>(
  table: Readonly<Record<Name, MetricSpec>>,
  make: (name: Name, spec: MetricSpec) => Metric,
): Readonly<Record<Name, Metric>> {
  const names = Object.keys(table) as Name[]
  return Object.fromEntries(names.map((name) => [name, make(name, table[name])])) as Record<Name, Metric>
}
