import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isRecord, type JsonSchema } from '../../src/api/json-schema.ts'
import { type Kind } from '../../src/api/kind.ts'
import { kinds, object } from '../api/objects.ts'
import { hostileValues } from './crds-hostile.ts'
import { judge, startCrdWorld, type CrdWorld, type Verdict } from './crds-world.ts'

type Path = readonly (string | number)[]

/** A field of a kind. */
interface Field {
  readonly schema: JsonSchema
  readonly path: Path
}

/** What the three say to one object. */
interface Opinions {
  readonly value: Readonly<Record<string, unknown>>
  readonly refusals: readonly string[]
  readonly current: Verdict
  readonly old: Verdict
}

/** Where they may differ, and why that is right. Each must happen, or it is no difference. */
const differences: readonly { readonly why: string; explains(opinions: Opinions): boolean }[] = [
  {
    why: 'the API servers drop a null; offline it is refused, because a selector left empty would select everything',
    explains: ({ refusals, current, old }) =>
      current.taken && old.taken && refusals.some((message) => message === 'is null'),
  },
  {
    why: 'whether a host is one is told by the parser of addresses, which only we have',
    explains: ({ refusals, current, old }) =>
      current.taken && old.taken && refusals.every((message) => message === 'not an address'),
  },
  {
    why: '1.20 has no CEL, and takes what only our rules refuse',
    explains: ({ refusals, current, old }) => refusals.length > 0 && isOurRule(current) && old.taken,
  },
  {
    why: '1.20, built with a newer Go than it was written for, takes an empty text for a null',
    explains: ({ refusals, current, old, value }) =>
      refusals.length === 0 &&
      current.taken &&
      old.faults.every(({ message }) => message.includes('must be of type') && message.includes('"null"')) &&
      JSON.stringify(value).includes('""'),
  },
]

const ourRules = /needs? at least one value|take no values|must be given|needs both|is required beside/u

function isOurRule(verdict: Verdict): boolean {
  return !verdict.taken && verdict.faults.every(({ message }) => ourRules.test(message))
}

/** A spec with every field that the schema knows. */
function everyField(schema: JsonSchema): unknown {
  const { properties, items, additionalProperties, examples, enum: values } = schema
  if (properties !== undefined)
    return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, everyField(field)]))
  if (items !== undefined) return [everyField(items)]
  if (typeof additionalProperties === 'object') return { a: everyField(additionalProperties) }
  return (examples ?? values)?.[0] ?? { string: 'abc', integer: 5, boolean: true, object: {} }[schema.type ?? '']
}

function* fieldsOf(schema: JsonSchema, path: Path): Generator<Field> {
  yield { schema, path }
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* fieldsOf(field, [...path, name])
  if (schema.items !== undefined) yield* fieldsOf(schema.items, [...path, 0])
  if (typeof schema.additionalProperties === 'object') yield* fieldsOf(schema.additionalProperties, [...path, 'a'])
}

/** A spec with the value at a path, and beside the path what must be there. */
function withField(schema: JsonSchema, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (schema.items !== undefined) return [withField(schema.items, rest, value)]
  const { properties = {}, additionalProperties, required = [] } = schema
  const field = properties[step] ?? (typeof additionalProperties === 'object' ? additionalProperties : {})
  const needed = required.map((name) => [name, everyField(properties[name] ?? {})])
  return { ...(Object.fromEntries(needed) as object), [step]: withField(field, rest, value) }
}

/** Fields of the same schema behave the same in all kinds. */
const swept = new Set<string>()

function newFields(kind: Kind): readonly Field[] {
  return [...fieldsOf(kind.spec, [])].flatMap(({ schema, path }) => {
    const signature = JSON.stringify(schema, (key, value: unknown) => (key === 'description' ? undefined : value))
    if (swept.has(signature)) return []
    swept.add(signature)
    return [{ schema, path }]
  })
}

const plans = kinds.list.map((kind) => ({ kind, fields: newFields(kind) }))

/** Needs kube-apiserver, etcd and apiextensions-apiserver (test/cluster/build-api-servers.sh), curl and openssl. */
describe('both API servers and the offline validation', () => {
  let world: CrdWorld
  const explained = new Set<string>()
  before(async () => {
    world = await startCrdWorld()
  })
  after(() => world.stop())

  async function opinionsOn(written: object): Promise<Opinions> {
    const value = JSON.parse(JSON.stringify(written)) as Readonly<Record<string, unknown>>
    const verdicts = await Promise.all(world.servers.map((server) => judge(server, value)))
    const [old, current] = verdicts
    assert.ok(old && current)
    const { problems } = kinds.validate(value)
    return { value, old, current, refusals: problems.filter((p) => p.severity === 'error').map((p) => p.message) }
  }

  /** Nothing, or what they disagree about and no listed difference explains. */
  function disagreement(kind: Kind, opinions: Opinions): string | undefined {
    const { value, refusals, current, old } = opinions
    const ours = refusals.length === 0
    if (ours === current.taken && ours === old.taken) {
      if (!ours) return undefined
      const kept = [current.spec, old.spec].map((spec) => kind.complete(spec ?? {}))
      const wanted = kinds.validate(value).resource?.spec
      return kept.every((spec) => sameValue(spec, wanted)) ? undefined : 'they keep different fields'
    }
    const difference = differences.find(({ explains }) => explains(opinions))
    if (difference === undefined) return JSON.stringify({ refusals, current: current.faults, old: old.faults })
    explained.add(difference.why)
    return undefined
  }

  for (const { kind, fields } of plans) {
    it(`agree on ${kind.kind} with any hostile value in any of its fields`, { timeout: 120_000 }, async () => {
      const full = object(kind.kind, everyField(kind.spec))
      assert.deepEqual((await opinionsOn(full)).refusals, [])
      const cases = fields.flatMap(({ schema, path }) => hostileValues(schema).map((value) => ({ path, value })))
      for (let next = 0; next < cases.length; next += 16) {
        await Promise.all(
          cases.slice(next, next + 16).map(async ({ path, value }) => {
            const found = disagreement(kind, await opinionsOn(object(kind.kind, withField(kind.spec, path, value))))
            assert.equal(found, undefined, `${['spec', ...path].join('.')}: ${JSON.stringify(value).slice(0, 100)}`)
          }),
        )
      }
    })

    it(`prune unknown fields of ${kind.kind} alike, wherever they stand, and warn of the same ones`, async () => {
      const strewn = object(kind.kind, withStrangers(everyField(kind.spec), kind.spec))
      const opinions = await opinionsOn(strewn)
      assert.equal(disagreement(kind, opinions), undefined)
      assert.deepEqual(opinions.refusals, [])
      const theirs = opinions.current.warnings
      const ours = kinds.validate(opinions.value).problems
      const named = ours.filter(({ path }) => path !== '').map(({ path }) => `unknown field "${path}"`)
      assert.deepEqual(theirs.filter((warning) => named.includes(warning)).toSorted(), named.toSorted())
      const more = theirs.length - named.length
      assert.deepEqual(
        ours.filter(({ path }) => path === '').map(({ message }) => message),
        more === 0 ? [] : [`${more} more unknown fields`],
      )
    })
  }

  it('differ for every one of the reasons that are listed', () => {
    assert.deepEqual([...explained].toSorted(), differences.map(({ why }) => why).toSorted())
  })
})

/** The value with a field that no schema knows in each of its objects that have a fixed set of fields. */
function withStrangers(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => withStrangers(item, schema.items ?? {}))
  if (!isRecord(value) || schema.properties === undefined) return value
  const known = Object.entries(value).map(([name, field]) => [
    name,
    withStrangers(field, schema.properties?.[name] ?? {}),
  ])
  return { ...(Object.fromEntries(known) as object), stranger: { deep: [null, { er: 1 }] } }
}

/** Equal, whatever the order of fields. */
function sameValue(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other)
    return true
  } catch {
    return false
  }
}
