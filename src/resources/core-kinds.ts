import { isRecord, own } from '../api/json-schema.ts'
import { cut, formatPath } from '../api/text.ts'
import { type ObjectRef, type Origin } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { SecretText } from '../model/secret.ts'
import { type NamespaceLabels, type RoleBinding } from '../rules/snapshot.ts'

/** An object as it was written, and where, when that was in a file. */
export interface WrittenObject {
  readonly value: unknown
  /** The place of a path such as `data.key`. */
  originOf(path: string): Origin | undefined
}

/** A Secret's values; `undecodable` where the value is not base64, `binary` where it is no text. */
export interface SecretObject {
  readonly namespace: string
  readonly name: string
  readonly values: ReadonlyMap<string, SecretText | 'undecodable' | 'binary'>
}

/** A ConfigMap's texts. */
export interface ConfigMapObject {
  readonly namespace: string
  readonly name: string
  readonly data: ReadonlyMap<string, string>
  originOf(path: string): Origin | undefined
}

/** One of Kubernetes' own objects that our kinds refer to. */
export type CoreEntity =
  | { readonly type: 'secret'; readonly secret: SecretObject }
  | { readonly type: 'configMap'; readonly configMap: ConfigMapObject }
  | { readonly type: 'roleBinding'; readonly roleBinding: RoleBinding }
  | { readonly type: 'namespace'; readonly namespace: NamespaceLabels }

/** A core object, checked as far as we read it. `entity` is absent when it is refused. */
export interface CoreObject {
  readonly ref: ObjectRef
  readonly entity?: CoreEntity
  readonly problems: readonly Problem[]
}

/** What the maker of an entity may use. */
interface Draft {
  readonly value: Readonly<Record<string, unknown>>
  readonly name: string
  readonly namespace: string
  readonly originOf: WrittenObject['originOf']
  /** Says what is wrong; an error refuses the object. Never shows a value. */
  say(path: readonly (string | number)[], message: string, remedy: string, severity?: Problem['severity']): void
}

const makers: Readonly<Record<string, { readonly namespaced: boolean; readonly make: (draft: Draft) => CoreEntity }>> =
  {
    'v1/Secret': { namespaced: true, make: makeSecret },
    'v1/ConfigMap': { namespaced: true, make: makeConfigMap },
    'v1/Namespace': { namespaced: false, make: makeNamespace },
    'rbac.authorization.k8s.io/v1/RoleBinding': { namespaced: true, make: makeRoleBinding },
    'rbac.authorization.k8s.io/v1beta1/RoleBinding': { namespaced: true, make: makeRoleBinding },
  }

/** The kinds above by name: what a broken document must be about to keep one of them. */
export const namespacedKinds: ReadonlySet<string> = new Set(['Secret', 'ConfigMap', 'RoleBinding'])

/** More errors or warnings of one object help nobody, and each is looked up in the file. */
const maxProblems = 50

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const maxNameLength = 253

/** Reads an object of one of the core kinds; undefined for all others. A missing namespace means `ownNamespace`. */
export function readCoreObject(written: WrittenObject, ownNamespace: string): CoreObject | undefined {
  const { value } = written
  if (!isRecord(value)) return undefined
  const kind = textOr(own(value, 'kind'), '')
  const type = `${textOr(own(value, 'apiVersion'), '')}/${kind}`
  const maker = Object.hasOwn(makers, type) ? makers[type] : undefined
  if (maker === undefined) return undefined
  const metadata = own(value, 'metadata')
  const named = isRecord(metadata) ? metadata : {}
  const name = textOr(own(named, 'name'), '')
  const namespace = textOr(own(named, 'namespace'), ownNamespace)
  const ref: ObjectRef = {
    kind,
    name: cut(name, maxNameLength),
    ...(maker.namespaced ? { namespace: cut(namespace, maxNameLength) } : {}),
  }
  const problems: Problem[] = []
  const counts = { error: 0, warning: 0 }
  function say(
    path: readonly (string | number)[],
    message: string,
    remedy: string,
    severity: Problem['severity'] = 'error',
  ): void {
    counts[severity] += 1
    if (counts[severity] > maxProblems) return
    const at = formatPath(path)
    const origin = written.originOf(at)
    problems.push({
      severity,
      reason: 'InvalidObject',
      object: ref,
      path: at,
      message,
      remedy,
      ...(origin === undefined ? {} : { origin }),
    })
  }
  if (name === '') say(['metadata', 'name'], 'the object has no name', 'set metadata.name')
  for (const [field, text] of Object.entries({ name, namespace })) {
    if (text.length <= maxNameLength) continue
    say(['metadata', field], 'is too long', `write at most ${maxNameLength} characters`)
  }
  const entity = maker.make({ value, name, namespace, originOf: written.originOf, say })
  return counts.error > 0 ? { ref, problems } : { ref, entity, problems }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}

function makeSecret({ value, name, namespace, say }: Draft): CoreEntity {
  const values = new Map<string, SecretText | 'undecodable' | 'binary'>()
  for (const [key, encoded] of texts(value, 'data', say)) {
    const decoded = decodeBase64(encoded)
    if (decoded === 'undecodable') {
      const remedy = 'encode it with `base64 -w0`, or write it as it is under `stringData`'
      say(['data', key], 'the value is not base64, so this key cannot be used', remedy, 'warning')
    }
    values.set(key, decoded)
  }
  for (const [key, text] of texts(value, 'stringData', say)) values.set(key, new SecretText(text))
  return { type: 'secret', secret: { namespace, name, values } }
}

/** As Kubernetes decodes it: standard alphabet, padded, line breaks ignored. Node's own decoder takes anything. */
function decodeBase64(encoded: string): SecretText | 'undecodable' | 'binary' {
  const compact = encoded.replace(/[\r\n]/gu, '')
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(compact)) return 'undecodable'
  try {
    return new SecretText(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64')))
  } catch {
    return 'binary'
  }
}

function makeConfigMap({ value, name, namespace, originOf, say }: Draft): CoreEntity {
  return { type: 'configMap', configMap: { namespace, name, data: texts(value, 'data', say), originOf } }
}

function makeNamespace({ value, name, say }: Draft): CoreEntity {
  const metadata = own(value, 'metadata')
  const labels = texts(isRecord(metadata) ? metadata : {}, 'labels', (path, ...words) =>
    say(['metadata', ...path], ...words),
  )
  return { type: 'namespace', namespace: { name, labels: Object.fromEntries(labels) } }
}

function makeRoleBinding({ value, name, namespace, say }: Draft): CoreEntity {
  const written = own(value, 'subjects') ?? []
  const subjects: { kind: string; name: string }[] = []
  if (!Array.isArray(written)) say(['subjects'], 'subjects is not a list', 'write a list of subjects')
  for (const [place, subject] of (Array.isArray(written) ? (written as unknown[]) : []).entries()) {
    const kind = isRecord(subject) ? own(subject, 'kind') : undefined
    const of = isRecord(subject) ? own(subject, 'name') : undefined
    if (typeof kind === 'string' && typeof of === 'string') subjects.push({ kind, name: of })
    else say(['subjects', place], 'a subject lacks its kind or name', 'give it `kind` and `name`')
  }
  return { type: 'roleBinding', roleBinding: { namespace, name, subjects } }
}

/** A field that maps names to texts; null counts as empty, as it does for Kubernetes. */
function texts(value: Readonly<Record<string, unknown>>, field: string, say: Draft['say']): Map<string, string> {
  const map = own(value, field) ?? {}
  const found = new Map<string, string>()
  if (!isRecord(map)) {
    say([field], `${field} is not a map`, 'write `key: value` lines below it')
    return found
  }
  for (const [key, text] of Object.entries(map)) {
    if (text === null) found.set(key, '')
    else if (typeof text === 'string') found.set(key, text)
    else say([field, key], 'the value is not text', 'put it in quotes')
  }
  return found
}
