import { type Resource } from '../model/object.ts'
import { configKind, managerKind, receiverKind, type ChannelSchemas } from './channel-kinds.ts'
import { notAnObject, refOf, strangerProblem } from './envelope.ts'
import { isRecord, own } from './json-schema.ts'
import { type Kind } from './kind.ts'
import { secretRefsOf, type SecretRefs } from './references.ts'
import { createKindValidator, problemsOf, type OriginOf, type Validation } from './validate.ts'

/** Every kind that is served: one NotificationManager, and two kinds a channel. */
export interface Kinds {
  readonly list: readonly Kind[]
  find(kind: string): Kind | undefined
  /**
   * Checks one object, whatever it is, and takes from it what its kind knows. Never throws. `origin` says where a path of the
   * object was written.
   */
  validate(object: unknown, origin?: OriginOf): Validation
  readonly secretRefs: SecretRefs
}

/** The kinds of these channels. Throws when two of them share a name, which is a bug. */
export function createKinds(channels: readonly ChannelSchemas[]): Kinds {
  const list = [managerKind(channels), ...channels.flatMap((channel) => [configKind(channel), receiverKind(channel)])]
  refuseDuplicates(list)
  const entries = new Map(list.map((kind) => [kind.kind, { kind, validate: createKindValidator(kind) }]))
  return {
    list,
    find: (kind) => entries.get(kind)?.kind,
    validate(object, origin) {
      if (!isRecord(object)) return notAnObject(object, origin)
      const problemAt = problemsOf(refOf(object), origin)
      const kind = own(object, 'kind')
      const entry = typeof kind === 'string' ? entries.get(kind) : undefined
      const stranger = strangerProblem(object, [...entries.keys()], problemAt)
      if (stranger !== undefined || entry === undefined) return { problems: stranger ?? [] }
      const validation = entry.validate(object, problemAt)
      const written = origin?.('')
      if (validation.resource === undefined || written === undefined) return validation
      return { ...validation, resource: { ...validation.resource, origin: written } }
    },
    secretRefs(resource: Resource) {
      const kind = entries.get(resource.kind)?.kind
      return kind === undefined ? [] : secretRefsOf(kind.spec, resource.spec)
    },
  }
}

function refuseDuplicates(list: readonly Kind[]): void {
  const names = list.flatMap(({ kind, plural, shortNames }) => [kind, plural, ...shortNames])
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) throw new Error(`Two kinds are called ${twice}`)
}
