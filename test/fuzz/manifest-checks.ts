import assert from 'node:assert/strict'
import { type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isRecord, own } from '../../src/api/json-schema.ts'
import { formatProblem, type Problem } from '../../src/model/problem.ts'
import { type MadeFile } from './manifest-mutations.ts'
import { type Row } from './manifest-row.ts'
import { goodReceiver, type Fed, type FolderWorld } from './manifest-world.ts'

/** Far above what any file takes, far below what a quadratic or exponential one would. */
const hangMs = 10_000
/** The longest line of a Problem: two places, a name of 253 characters and a list of what is allowed. */
const maxLine = 2_000
/** Of one object: what its schema refuses, what its selectors, and unknown fields. */
export const maxProblemsOfOne = 100
const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Gives back the milliseconds of CPU that it took. */
export async function checkRow(world: FolderWorld, row: Row): Promise<number> {
  const text = row.text()
  const before = process.threadCpuUsage()
  const fed = await world.feed(new Map([['a-hostile.yaml', text]]))
  const { user, system } = process.threadCpuUsage(before)
  const ms = (user + system) / 1_000
  assert.ok(ms < hangMs, `${row.name}: ${ms} ms of CPU are as good as for ever`)
  checkProblems(fed.problems)
  assert.ok(fed.routed.includes(goodReceiver), row.name)
  if (row.harmless !== true) assert.notEqual(fed.problems.length, 0, row.name)
  return ms
}

/** Each is a line that a terminal shows as it is. */
export function checkProblems(problems: readonly Problem[]): void {
  checkLines(problems.map(formatProblem))
}

/** Nothing that is printed may be endless or move a terminal's cursor. */
export function checkLines(lines: readonly string[]): void {
  for (const line of lines) {
    assert.ok(line.length <= maxLine, line.slice(0, 3_000))
    assert.doesNotMatch(line, control)
  }
}

/** Every object of ours is in force, or a Problem says of its file why it is not. */
export function checkFile(
  folder: string,
  fed: Fed,
  { name, text, trees = [] }: MadeFile & { name: string },
): 'taken' | 'refused' {
  const path = `${folder}/${name}`
  const problems = fed.problems.filter(({ origin }) => origin?.file === path)
  const { managers, configs, receivers } = fed.snapshot
  const taken = [...managers, ...configs, ...receivers].filter(({ origin }) => origin?.file === path)
  const ours = trees.filter(
    (tree) => isRecord(tree) && own(tree, 'apiVersion') === 'notification.kubesphere.io/v2alpha1',
  )
  assert.ok(
    taken.length + problems.length >= ours.length || isTwice(fed, ours),
    `nothing is said of ${String(text).slice(0, 2_000)}`,
  )
  assert.ok(
    trees.length === 0 || problems.length <= maxProblemsOfOne,
    `so much is said of ${String(text).slice(0, 2_000)}`,
  )
  return problems.some(({ severity }) => severity === 'error') ? 'refused' : 'taken'
}

/** The same object with the same content in another file is no fault. */
function isTwice({ snapshot }: Fed, trees: readonly unknown[]): boolean {
  const names = new Set(
    [...snapshot.managers, ...snapshot.configs, ...snapshot.receivers].map(({ metadata }) => metadata.name),
  )
  return trees.every((tree) => {
    const metadata = isRecord(tree) ? own(tree, 'metadata') : undefined
    return isRecord(metadata) && names.has(String(own(metadata, 'name')))
  })
}

/** Runs `work` so many times, and sees that what is held at the end is what was held early on. */
export async function steadily(context: TestContext, times: number, work: () => void | Promise<void>): Promise<void> {
  const startedAt = performance.now()
  let early = 0
  for (let time = 0; time < times; time += 1) {
    await work()
    if (time === Math.floor(times / 4)) early = heldMiB()
  }
  const late = heldMiB()
  const seconds = (performance.now() - startedAt) / 1_000
  context.diagnostic(
    `${times} rounds in ${seconds.toFixed(1)} s; ${early.toFixed(0)} MiB held early, ${late.toFixed(0)} MiB late`,
  )
  assert.ok(late < early * 1.5 + 32, `memory grows: ${early.toFixed(0)} MiB, then ${late.toFixed(0)} MiB`)
}

function heldMiB(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed / 1_048_576
}
