import { Ajv, type ErrorObject } from 'ajv'
import { toFault, type SchemaFault } from './fault.ts'
import { kubernetesKeywords, type JsonSchema } from './json-schema.ts'

/** A value that its schema accepts, or everything that it refuses. */
export type Validated<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly SchemaFault[] }

/** More faults than this in one object help nobody and may be an attempt to fill the log. */
const maxFaults = 50

/** Keywords that only tell which branch the other errors are of. */
const branching: ReadonlySet<string> = new Set(['if', 'anyOf', 'oneOf', 'allOf', 'propertyNames'])

/** A check against `schema`. Values are neither coerced nor changed. Compile once and keep: compiling is the costly part. */
export function createValidator<T>(schema: object): (value: unknown) => Validated<T> {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    // An integer or text of a certain pattern: the pattern stands beside `anyOf`, as Kubernetes wants it.
    strictTypes: false,
    allowUnionTypes: true,
    formats: { uri: true, 'uri-reference': true, 'date-time': true },
  })
  ajv.addVocabulary([...kubernetesKeywords])
  const validate = ajv.compile<T>(schema)
  return (value) => {
    if (validate(value)) return { ok: true, value }
    return {
      ok: false,
      faults: telling(validate.errors ?? [])
        .slice(0, maxFaults)
        .map(toFault),
    }
  }
}

/**
 * The errors that say something: of an integer-or-text the branch as a whole, of other branches what is inside them, and of a
 * value of the wrong type nothing but that.
 */
function telling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const wholes = errors.filter(isIntOrText)
  const others = notAt(errors, wholes)
  const plain = others.filter((error) => !branching.has(error.keyword))
  const kept = new Set([...wholes, ...(plain.length + wholes.length > 0 ? plain : others)])
  const types = [...kept].filter(({ keyword }) => keyword === 'type')
  const told = new Set([...types, ...notAt([...kept], types)])
  return errors.filter((error) => told.has(error))
}

/** The errors about other values than those of `decided`. */
function notAt(errors: readonly ErrorObject[], decided: readonly ErrorObject[]): readonly ErrorObject[] {
  const places = new Set(decided.map(({ instancePath }) => instancePath))
  return errors.filter(({ instancePath }) => !places.has(instancePath))
}

function isIntOrText(error: ErrorObject): boolean {
  const parent = error.parentSchema as JsonSchema | undefined
  return error.keyword === 'anyOf' && parent?.['x-kubernetes-int-or-string'] === true
}
