import { isRecord, own } from '../api/json-schema.ts'
import { cut } from '../api/text.ts'
import { type ObjectRef } from '../model/object.ts'
import { labelsOf } from './metadata.ts'

/** What an object calls itself. */
export function refOf(value: unknown): ObjectRef {
  const metadata = isRecord(value) ? own(value, 'metadata') : undefined
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined
  const kind = isRecord(value) ? own(value, 'kind') : undefined
  return {
    kind: typeof kind === 'string' ? cut(kind) : '(no kind)',
    name: typeof name === 'string' && name !== '' ? cut(name, 253) : '(unnamed)',
  }
}

/** What makes one kind out of another takes the names of both: those of Receivers count for every kind of receiver. */
export function namesOf(values: readonly unknown[], receiverKinds: readonly string[]): readonly ObjectRef[] {
  return values
    .map(refOf)
    .flatMap((ref) => (ref.kind === 'Receiver' ? receiverKinds.map((kind) => ({ kind, name: ref.name })) : [ref]))
}

/** The namespace of Secrets that a NotificationManager names. */
export function secretNamespaceOf(manager: unknown): string | undefined {
  const spec = isRecord(manager) ? own(manager, 'spec') : undefined
  const namespace = isRecord(spec) ? own(spec, 'defaultSecretNamespace') : undefined
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined
}

/** `channel tenant` for each channel of a tenant's Config. */
export function configsOf(value: unknown, tenantKey: string | undefined): readonly string[] {
  if (!isRecord(value) || own(value, 'kind') !== 'Config' || tenantKey === undefined) return []
  const tenant = labelsOf(own(value, 'metadata')).get(tenantKey)
  const spec = own(value, 'spec')
  return tenant === undefined || !isRecord(spec) ? [] : Object.keys(spec).map((channel) => `${channel} ${tenant}`)
}
