import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { parse, parseAllDocuments } from 'yaml'
import { createValidator } from '../../src/api/validator.ts'
import { type Problem } from '../../src/model/problem.ts'
import { ruleDocumentSchema } from '../../src/rules/document.ts'
import { createPlatformReader } from '../../src/rules/platform.ts'
import { createSetTable } from '../../src/rules/sets.ts'
import { aRule, aSnapshot, anAlert } from '../support/resources.ts'
import { compileDeps, compiled, readRule } from '../support/rulesets.ts'
import { createCompile } from '../../src/rules/compile.ts'
import { condition } from './arbitraries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = createPlatformReader()

function problemsOf(document: unknown): readonly Problem[] {
  return read([aRule(document)], createSetTable()).problems
}

const valid = {
  name: 'r',
  conditions: { all: [{ fact: 'labels', path: 'a', operator: 'equal', value: 'b' }] },
  event: { type: 'drop' },
}

describe('the shipped rule documents', () => {
  it('compile without a problem', async () => {
    const { problems } = await compiled(aSnapshot())
    assert.deepEqual(problems, [])
  })

  it('of the platform are valid, and say how they are switched on', async () => {
    let count = 0
    for await (const file of glob('rules/platform/*.yaml', { cwd: root })) {
      const text = readFileSync(`${root}/${file}`, 'utf8')
      assert.deepEqual(problemsOf(parse(text)), [])
      assert.ok(text.includes(`serve --rules ${file}`), file)
      count++
    }
    assert.equal(count, 2)
  })

  it('are not in force unless they are given', async () => {
    const { ruleset } = await compiled(aSnapshot())
    const routing = await ruleset.route(anAlert({ alertname: 'Watchdog' }))
    assert.equal(routing.droppedBy, undefined)
  })

  it('are built into ConfigMaps by kustomize', async (t) => {
    const built = await promisify(execFile)('kubectl', ['kustomize', 'rules'], { cwd: root }).catch(
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      },
    )
    if (built === undefined) {
      t.diagnostic('kubectl is not on PATH: the kustomization is read but not built')
      const { configMapGenerator } = parse(readFileSync(`${root}/rules/kustomization.yaml`, 'utf8')) as {
        configMapGenerator: { files: string[] }[]
      }
      const listed = configMapGenerator.flatMap(({ files }) => files)
      assert.equal(listed.filter((file) => readFileSync(`${root}/rules/${file}`).length > 0).length, 6)
      return
    }
    const maps = parseAllDocuments(built.stdout).map((document) => document.toJS() as { data: Record<string, string> })
    const texts = maps.flatMap(({ data }) => Object.values(data))
    assert.equal(texts.length, 6)
    assert.ok(texts.some((text) => text === readFileSync(`${root}/rules/global-receiver.yaml`, 'utf8')))
  })
})

describe('a platform rule document', () => {
  const comparison = valid.conditions.all[0]!
  const where = (conditions: unknown): unknown => ({ ...valid, conditions })
  const compare = (changes: object): unknown => where({ all: [{ ...comparison, ...changes }] })
  const table: readonly [what: string, document: unknown, path: string, text: RegExp][] = [
    ['an empty all', where({ all: [] }), 'conditions.all', /too few/],
    ['an empty any', where({ any: [] }), 'conditions.any', /too few/],
    ['no combination', where({}), 'conditions.all', /required/],
    ['a comparison at the root', where(comparison), 'conditions.fact', /unknown field/],
    ['two combinations at once', where({ all: [comparison], any: [comparison] }), 'conditions.any', /unknown field/],
    ['a misspelt combination', where({ al: [comparison] }), 'conditions.al', /did you mean `all`/],
    [
      'an unknown operator',
      compare({ operator: 'regex' }),
      'conditions.all[0].operator',
      /"regex".*"equal", "notEqual"/,
    ],
    ['an internal operator', compare({ operator: 'inSet' }), 'conditions.all[0].operator', /inSet/],
    ['an unknown fact', compare({ fact: 'tenants' }), 'conditions.all[0].fact', /"labels", "annotations", "status"/],
    [
      'a label without a path',
      where({ all: [{ ...comparison, path: undefined }] }),
      'conditions.all[0].path',
      /text|required/,
    ],
    ['a fact reference as value', compare({ value: { fact: 'status' } }), 'conditions.all[0].value', /is an object/],
    ['text where a list belongs', compare({ operator: 'in' }), 'conditions.all[0].value', /write a list/],
    ['an empty list', compare({ operator: 'in', value: [] }), 'conditions.all[0].value', /too few/],
    ['false for exists', compare({ operator: 'exists', value: false }), 'conditions.all[0].value', /use true/],
    ['a parameter', where({ all: ['$tenant'] }), 'conditions.all[0]', /is a string/],
    ['an unknown event', { ...valid, event: { type: 'error' } }, 'event.type', /"drop", "label", "notify"/],
    [
      'a label without a value',
      { ...valid, event: { type: 'label', params: { name: 'a' } } },
      'event.params.value',
      /required/,
    ],
    [
      'nobody to notify',
      { ...valid, event: { type: 'notify', params: { receivers: [] } } },
      'event.params.receivers',
      /few/,
    ],
    [
      'a receiver without a kind',
      { ...valid, event: { type: 'notify', params: { receivers: ['x'] } } },
      'event.params.receivers[0]',
      /EmailReceiver/,
    ],
    ['no name', { ...valid, name: '' }, 'name', /too short/],
    ['a priority of zero', { ...valid, priority: 0 }, 'priority', /1 or more/],
    ['nothing', null, '', /is null/],
    ['a list', [valid], '', /is a list/],
  ]
  for (const [what, document, path, text] of table) {
    it(`is refused for ${what}`, () => {
      const problems = problemsOf(document)
      const found = problems.find((problem) => problem.path === path)
      assert.ok(found !== undefined, JSON.stringify(problems))
      assert.match(`${found.message}; ${found.remedy}`, text)
      assert.deepEqual([found.reason, found.severity, found.origin?.file], ['InvalidRule', 'error', 'platform.yaml'])
    })
  }

  it('is refused when it nests without end or refers to itself', () => {
    const deep = Array.from({ length: 1_000 }).reduce<unknown>((inner) => ({ not: inner }), comparison)
    const cyclic: { all: unknown[] } = { all: [comparison] }
    cyclic.all.push(cyclic)
    assert.match(problemsOf(where(deep))[0]!.message, /nested too deeply/)
    assert.match(problemsOf(where(cyclic))[0]!.message, /nested too deeply/)
  })

  it('is refused when it is very large, also by repeating itself', () => {
    const wide = { all: Array.from({ length: 257 }, () => comparison) }
    let shared: object = comparison
    for (let level = 0; level < 6; level++) shared = { all: Array.from({ length: 256 }, () => shared) }
    assert.match(problemsOf(where(wide))[0]!.message, /too many/)
    assert.match(problemsOf(where(shared))[0]!.message, /too large/)
  })

  it('that its schema accepts can always be evaluated', async () => {
    const faults: unknown[] = []
    const logger = { ...compileDeps().logger, error: (fields: object) => void faults.push(fields) }
    const compile = createCompile(compileDeps({ logger }))
    await fc.assert(
      fc.asyncProperty(condition, async (conditions) => {
        const { ruleset, problems } = await compile(
          aSnapshot({ platformRules: [aRule({ ...valid, conditions })] }),
          () => true,
        )
        assert.deepEqual(problems, [])
        await ruleset.route(anAlert({ a: 'b' }))
      }),
      { numRuns: 200 },
    )
    assert.deepEqual(faults, [])
  })

  it('never makes the reader throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, maxDepth: 6 }), (document) => {
        assert.ok(problemsOf(document).length > 0)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the schema of platform rules', () => {
  it('is plain JSON that editors can read', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(ruleDocumentSchema)), { ...ruleDocumentSchema })
    const validate = createValidator(JSON.parse(JSON.stringify(ruleDocumentSchema)) as object)
    assert.equal(validate(readRule('platform/drop-watchdog').document).ok, true)
    assert.equal(validate({}).ok, false)
  })
})
