import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { builtInTemplates } from '../../src/assets.ts'
import { isRecord, own } from '../../src/api/json-schema.ts'
import { exitCode } from '../../src/cli/exit-code.ts'
import { type ApiObject } from '../../src/kubernetes/cluster.ts'
import { createObjects } from '../../src/kubernetes/objects.ts'
import { createRulesReader } from '../../src/kubernetes/rules-config-map.ts'
import { assemble } from '../../src/resources/assemble.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { program } from '../cli/terminal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { checkFile, checkLines, checkProblems, checkRow, maxProblemsOfOne, steadily } from './manifest-checks.ts'
import { mutateFile, type MadeFile } from './manifest-mutations.ts'
import { rows } from './manifest-rows.ts'
import { manifestSeeds, routingTestSeeds, ruleSeeds, templateSeeds } from './manifest-seeds.ts'
import { alert, createFolderWorld, createFuzzBuilder, goodReceiver } from './manifest-world.ts'
import { mutateBytes, mutateTree } from './mutate.ts'
import { createDice, type Dice } from './random.ts'

/** A body of the door is cheaper than a file, so `FUZZ_CASES=1000000` tries a twentieth of that of files, and of each other sort. */
const wanted = Number(process.env['FUZZ_CASES'] ?? 4_000)
const cases = Math.ceil(wanted / 20)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)
const timeout = 120_000 + cases * 20
const filesAtOnce = 20

for (const [what, files] of Object.entries(rows)) {
  it(
    `takes files of ${what} without a throw or a hang, and says what is wrong with each`,
    { timeout },
    async (context) => {
      const world = await createFolderWorld(await temporaryFolder(context))
      const slowest = { name: '', ms: 0 }
      for (const row of files) {
        const ms = await checkRow(world, row)
        if (ms > slowest.ms) Object.assign(slowest, { name: row.name, ms })
      }
      context.diagnostic(`${files.length} files; the slowest took ${slowest.ms.toFixed(0)} ms of CPU: ${slowest.name}`)
    },
  )
}

it(`takes ${cases} mutated files beside good ones (seed ${seed})`, { timeout }, async (context) => {
  const world = await createFolderWorld(await temporaryFolder(context))
  const dice = createDice(seed)
  const tally = { taken: 0, refused: 0 }
  await steadily(context, Math.ceil(cases / filesAtOnce), async () => {
    const files = new Map<string, MadeFile>()
    for (let count = 0; count < filesAtOnce; count += 1) {
      files.set(`${dice.chance(0.5) ? 'a' : 'z'}-${count}.yaml`, mutateFile(dice.pick(manifestSeeds), dice))
    }
    const fed = await world.feed(new Map([...files].map(([name, { text }]) => [name, text])))
    checkProblems(fed.problems)
    assert.ok(fed.routed.includes(goodReceiver), `seed ${seed}`)
    for (const [name, file] of files) tally[checkFile(world.folder, fed, { name, ...file })] += 1
  })
  assert.ok(tally.taken > cases / 20 && tally.refused > cases / 20, JSON.stringify(tally))
})

it(`takes ${cases} mutated objects of an API server (seed ${seed})`, { timeout }, async (context) => {
  const builder = createFuzzBuilder()
  const dice = createDice(seed)
  const trees = manifestSeeds
    .flatMap((one) => one.trees)
    .filter((tree) => isRecord(tree) && builder.kinds.find(String(own(tree, 'kind'))) !== undefined)
  const objects = createObjects(builder.kinds)
  await steadily(context, Math.ceil(cases / filesAtOnce), async () => {
    for (let count = 0; count < filesAtOnce; count += 1) {
      const object = asApiObject(mutateTree(dice.pick(trees), dice), String(count))
      objects.note(object.kind, [object.metadata.name], new Map([[object.metadata.name, object]]))
    }
    const judged = await objects.judge()
    const snapshot = assemble({ ...judged, roleBindings: [], namespaces: [], platformRules: [], templateFiles: [] })
    const built = await builder.build(snapshot)
    if (built.ruleset.manager !== undefined) await built.ruleset.route(alert)
    checkProblems(built.problems)
    assert.ok(judged.refused.size <= judged.problems.length, `seed ${seed}`)
  })
})

/** An API server gives every object a kind and a name; everything else may be whatever was written. */
function asApiObject(tree: unknown, name: string): ApiObject {
  const object = isRecord(tree) ? tree : { spec: tree }
  const metadata = own(object, 'metadata')
  const kind = own(object, 'kind')
  return {
    ...object,
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: typeof kind === 'string' ? kind : 'EmailReceiver',
    metadata: { ...(isRecord(metadata) ? metadata : {}), name, generation: 1 },
  }
}

it(`takes ${cases} mutated rule documents (seed ${seed})`, { timeout }, async (context) => {
  const builder = createFuzzBuilder()
  const dice = createDice(seed)
  const manager = {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'NotificationManager',
    metadata: { name: 'm' },
    spec: { receivers: { tenantKey: 'namespace' } },
  }
  const { resource } = builder.kinds.validate(manager)
  assert.ok(resource !== undefined)
  const readRules = createRulesReader({ namespace: 'notifications', name: 'rules' })
  await steadily(context, Math.ceil(cases / filesAtOnce), async () => {
    const data = new Map(
      Array.from({ length: filesAtOnce }, (_, place) => [
        `${place}.yaml`,
        textOf(mutateFile(dice.pick(ruleSeeds), dice)),
      ]),
    )
    const rules = readRules({ namespace: 'notifications', name: 'rules', data, originOf: () => undefined })
    const platformRules = [...rules.rules, ...loose(dice)]
    const snapshot = assemble({
      resources: [resource],
      refused: new Map(),
      roleBindings: [],
      namespaces: [],
      platformRules,
      templateFiles: [],
      problems: rules.problems,
    })
    const built = await builder.build(snapshot)
    await built.ruleset.route(alert)
    checkProblems(built.problems)
  })
})

function textOf({ text }: MadeFile): string {
  return Buffer.from(text).toString('utf8')
}

/** Rule documents as a source that parses by itself would hand them over. */
function loose(dice: Dice): readonly { document: unknown; origin: { file: string; line: number } }[] {
  const [tree] = dice.pick(ruleSeeds).trees
  return [{ document: mutateTree(tree, dice), origin: { file: 'rules.yaml', line: 1 } }]
}

it(
  `prints what is wrong with mutated manifests and routing tests in plain lines (seed ${seed})`,
  { timeout },
  async (context) => {
    const folder = await temporaryFolder(context)
    const [manifests, tests] = [join(folder, 'manifests.yaml'), join(folder, 'tests.yaml')]
    const dice = createDice(seed)
    await steadily(context, Math.ceil(cases / 500), async () => {
      for (const [file, seeds] of [
        [manifests, manifestSeeds],
        [tests, routingTestSeeds],
      ] as const) {
        const texts = Array.from({ length: filesAtOnce }, () => textOf(mutateFile(dice.pick(seeds), dice)))
        await writeFile(file, texts.join('\n---\n').replaceAll('\0', ''))
      }
      for (const argv of [
        ['validate', manifests],
        ['test', tests, '--manifests', manifests],
      ]) {
        const { code, out, err } = await program(argv)
        assert.ok(code === exitCode.ok || code === exitCode.problems || code === exitCode.usage, `seed ${seed}: ${err}`)
        checkLines(`${out}${err}`.split('\n'))
      }
    })
  },
)

it(`takes ${cases} mutated template files (seed ${seed})`, { timeout }, async (context) => {
  const templates = createTemplates({ builtin: builtInTemplates() })
  const dice = createDice(seed)
  let faults = 0
  await steadily(context, cases, () => {
    const { name, text } = dice.pick(templateSeeds)
    const bytes = Array.from({ length: 1 + dice.below(3) }).reduce<Buffer>(
      (given) => mutateBytes(given, dice),
      Buffer.from(text),
    )
    const path = `/templates/${name.replaceAll('/', '-')}`
    const { problems } = templates.load([{ path, text: bytes.toString('utf8') }])
    faults += Math.min(1, problems.length)
    checkProblems(problems)
    assert.ok(problems.length <= maxProblemsOfOne, `seed ${seed}`)
  })
  assert.ok(faults > cases / 10, 'hardly any template was hostile')
})
