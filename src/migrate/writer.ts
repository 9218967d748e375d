import { apiVersion } from '../api/kind.ts'
import { type Kinds } from '../api/kinds.ts'
import { prune } from '../api/prune.ts'
import { type OriginOf } from '../api/validate.ts'
import { type ObjectRef, type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type Spec } from './channel.ts'
import { type Tell, type Words } from './finding.ts'

/** An object of v2alpha1 to be written. */
export interface Written {
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly spec: Spec
}

/** Gathers what is printed. */
export interface Writer {
  readonly manifests: readonly object[]
  /** Writes an object that was made here; undefined when it is refused or already there, which is reported. */
  write(object: Written, tell: Tell, before: readonly object[]): Resource | undefined
  /** Writes an object of v2alpha1 as it is. */
  pass(object: Readonly<Record<string, unknown>>, tell: Tell, originOf: OriginOf): void
  /** A name that no object of the kind has, nor will have: `base`, or `base` with a suffix. */
  freeName(kind: string, base: string): string
}

/** A writer; `taken` are the names of what was read. */
export function createWriter(kinds: Kinds, taken: readonly ObjectRef[]): Writer {
  const manifests: object[] = []
  const written = new Set<string>()
  const names = new Set(taken.map(({ kind, name }) => `${kind}/${name}`))

  function isNew(kind: string, name: string, tell: Tell): boolean {
    const key = `${kind}/${name}`
    if (!written.has(key)) {
      written.add(key)
      return true
    }
    tell('lost', '', {
      was: `a second ${key}`,
      became: 'left out: the first one is printed',
      remedy: 'keep one of the two, or give one another name',
    })
    return false
  }

  return {
    manifests,
    write({ kind, metadata, spec }, tell, before) {
      const schema = kinds.find(kind)?.spec ?? {}
      const known = prune(schema, spec)
      for (const { path } of known.unknown) tell('lost', '', unknown(kind, path.join('.')))
      const object = { apiVersion, kind, metadata, spec: known.value }
      const { resource, problems } = kinds.validate(object)
      if (resource === undefined) {
        for (const problem of problems.filter(isError)) tell('lost', '', refused(kind, problem))
        return undefined
      }
      if (!isNew(kind, resource.metadata.name, tell)) return undefined
      manifests.push(...before, object)
      return resource
    },
    pass(object, tell, originOf) {
      const { resource, problems } = kinds.validate(object, originOf)
      for (const problem of problems) tell(isError(problem) ? 'lost' : 'changed', problem.path, passed(problem))
      if (resource !== undefined && isNew(resource.kind, resource.metadata.name, tell)) manifests.push(object)
    },
    freeName(kind, base) {
      const room = base.slice(0, maxBase)
      for (let place = 1; ; place++) {
        const name = place === 1 ? room : `${room}-${place}`
        if (names.has(`${kind}/${name}`)) continue
        names.add(`${kind}/${name}`)
        return name
      }
    },
  }
}

/** Names have at most 253 characters; a suffix must fit behind. */
const maxBase = 245

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

function unknown(kind: string, path: string): Words {
  return {
    was: `spec.${path} of the ${kind} to be made, a field that there is not`,
    became: 'left out',
    remedy: 'check how it is spelled',
  }
}

function refused(kind: string, { path, message, remedy }: Problem): Words {
  return { was: `written so that its ${kind} would be refused: ${path} ${message}`, became: 'left out', remedy }
}

function passed({ severity, message, remedy }: Problem): Words {
  return { was: `wrong: ${message}`, became: severity === 'error' ? 'left out' : 'printed as it is', remedy }
}
