import { type ObjectRef } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { isRecord, own } from './json-schema.ts'
import { apiVersion, group } from './kind.ts'
import { cut, listed, nearest, typeOf } from './text.ts'
import { problemsOf, type OriginOf, type ProblemAt, type Validation } from './validate.ts'

/** The refusal of a document that is no object at all. */
export function notAnObject(object: unknown, origin: OriginOf | undefined): Validation {
  const fault = {
    path: '',
    message: `is ${typeOf(object)}`,
    remedy: 'write an object with `apiVersion`, `kind` and `metadata`',
  }
  return { problems: [problemsOf(undefined, origin)(fault)] }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const maxNameLength = 253

/** What an object calls itself, as far as it does. */
export function refOf(object: Readonly<Record<string, unknown>>): ObjectRef | undefined {
  const kind = own(object, 'kind')
  const metadata = own(object, 'metadata')
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined
  if (typeof kind !== 'string') return undefined
  return { kind: cut(kind), name: typeof name === 'string' && name !== '' ? cut(name, maxNameLength) : '(unnamed)' }
}

/** Why an object is of no kind that is served. */
export function strangerProblem(
  object: Readonly<Record<string, unknown>>,
  served: readonly string[],
  problemAt: ProblemAt,
): readonly Problem[] | undefined {
  const [writtenVersion, kind] = [own(object, 'apiVersion'), own(object, 'kind')]
  if (typeof writtenVersion !== 'string' || typeof kind !== 'string') {
    const path = typeof writtenVersion === 'string' ? 'kind' : 'apiVersion'
    const found = own(object, path)
    const message = found === undefined ? 'is required' : `is ${typeOf(found)}`
    return [
      problemAt({
        path,
        message,
        remedy: path === 'kind' ? `write one of ${listed(served, 'or')}` : `write ${apiVersion}`,
      }),
    ]
  }
  const as = { reason: 'UnknownKind' } as const
  if (writtenVersion !== apiVersion) {
    const ours = writtenVersion.startsWith(`${group}/`)
    const message = `${JSON.stringify(cut(writtenVersion))} is not ${ours ? 'a version that is served' : 'our group'}`
    return [
      problemAt({ path: 'apiVersion', message, remedy: `write ${apiVersion}, which is the one that is served` }, as),
    ]
  }
  if (served.includes(kind)) return undefined
  const meant = nearest(kind, served)
  const remedy = meant === undefined ? `use one of ${listed(served, 'or')}` : `did you mean \`${meant}\`?`
  return [problemAt({ path: 'kind', message: `${JSON.stringify(cut(kind))} is not a kind of ${group}`, remedy }, as)]
}
