import {
  counters,
  gauges,
  histograms,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricSpec,
} from '../../src/model/metric-names.ts'
import { type Metrics } from '../../src/model/ports.ts'

type LabelValues = Readonly<Record<string, string>>

/** Metrics in memory. It refuses labels that metric-names.ts does not list, as the real registry does. */
export interface MemoryMetrics extends Metrics {
  /** A counter's sum over every series that has these labels; 0 when it was never counted. */
  counted(name: CounterName, labels?: LabelValues): number
  /** The value last set, or undefined. */
  level(name: GaugeName, labels?: LabelValues): number | undefined
  /** Every value observed with these labels, in order. */
  observed(name: HistogramName, labels?: LabelValues): readonly number[]
}

interface Sample<Name extends string> {
  readonly name: Name
  readonly labels: LabelValues
  readonly value: number
}

export function createMemoryMetrics(): MemoryMetrics {
  const counts: Sample<CounterName>[] = []
  const levels: Sample<GaugeName>[] = []
  const observations: Sample<HistogramName>[] = []
  return {
    count: (name, labels = {}, by = 1) => void counts.push(checked(counters[name], { name, labels, value: by })),
    gauge: (name, value, labels = {}) => void levels.push(checked(gauges[name], { name, labels, value })),
    observe: (name, value, labels = {}) => void observations.push(checked(histograms[name], { name, labels, value })),
    counted: (name, labels = {}) => valuesOf(counts, name, labels).reduce((sum, value) => sum + value, 0),
    level: (name, labels = {}) => valuesOf(levels, name, labels).at(-1),
    observed: (name, labels = {}) => valuesOf(observations, name, labels),
  }
}

function valuesOf<Name extends string>(
  samples: readonly Sample<Name>[],
  name: Name,
  labels: LabelValues,
): readonly number[] {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .map((sample) => sample.value)
}

function checked<Name extends string>(spec: MetricSpec, sample: Sample<Name>): Sample<Name> {
  const wanted = [...(spec.labels ?? [])].sort().join(', ')
  const given = Object.keys(sample.labels).sort().join(', ')
  if (wanted !== given) throw new Error(`${sample.name} takes the labels [${wanted}], was given [${given}]`)
  if (!Number.isFinite(sample.value)) throw new Error(`${sample.name} was given ${sample.value}`)
  return sample
}
