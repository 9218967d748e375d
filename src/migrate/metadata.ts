import { isRecord, own } from '../api/json-schema.ts'
import { compact } from './fields.ts'

/** Annotations that programs wrote: kubectl for itself, the predecessor to wake itself up. */
const writtenByPrograms: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'reloadtimestamp',
])

/** What people wrote of an object's metadata: name, labels and annotations. */
export function migrateMetadata(metadata: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(metadata)) return {}
  return compact({
    name: own(metadata, 'name'),
    labels: own(metadata, 'labels') ?? undefined,
    annotations: annotationsOf(own(metadata, 'annotations')),
  })
}

function annotationsOf(annotations: unknown): unknown {
  if (!isRecord(annotations)) return annotations ?? undefined
  const kept = Object.entries(annotations).filter(([name]) => !writtenByPrograms.has(name))
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** The labels of an object, as far as they are text. */
export function labelsOf(metadata: unknown): ReadonlyMap<string, string> {
  const labels = isRecord(metadata) ? own(metadata, 'labels') : undefined
  const pairs = isRecord(labels) ? Object.entries(labels) : []
  return new Map(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
