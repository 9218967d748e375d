import { stringify } from 'yaml'
import { mutateBytes, mutateTree } from './mutate.ts'
import { type Dice } from './random.ts'
import { type Seed } from './manifest-seeds.ts'

/** A hostile file, and the objects that it was written from when nothing was done to its text. */
export interface MadeFile {
  readonly text: string | Uint8Array
  readonly trees?: readonly unknown[]
}

/** Written where a value stands. */
const oddValues = [
  '&a [*a]',
  '*nobody',
  '!!binary aGVsbG8=',
  "!!js/function 'x'",
  '!!set { a }',
  '!!timestamp x',
  '|',
  '>-',
  '{',
  '"',
  "'",
]
const oddLines = [
  '\t- a',
  '<<: *a',
  '  <<: { a: 1 }',
  '---',
  '...',
  '%YAML 1.1',
  '? [a]',
  '- - - a',
  '# ',
  '\u2028',
  '__proto__: {}',
  'kind: List',
]

/** A file made of a real one: its objects changed, its lines changed, or its bytes. */
export function mutateFile(seed: Seed, dice: Dice): MadeFile {
  if (seed.trees.length > 0 && dice.chance(0.6)) return mutateTrees(seed, dice)
  if (dice.chance(0.5)) return { text: mutateLines(seed.text, dice) }
  return { text: mutateBytes(Buffer.from(seed.text), dice) }
}

function mutateTrees(seed: Seed, dice: Dice): MadeFile {
  const trees = [mutateTree(dice.pick(seed.trees), dice)]
  if (dice.chance(0.1)) return { text: writeTree({ apiVersion: 'v1', kind: 'List', items: trees }, dice), trees }
  return { text: trees.map((tree) => writeTree(tree, dice)).join('\n---\n'), trees }
}

function writeTree(tree: unknown, dice: Dice): string {
  if (dice.chance(0.8)) return JSON.stringify(tree)
  if (dice.chance(0.5)) return JSON.stringify(tree, undefined, 2).replaceAll('\n', dice.pick(['\n', '\r\n']))
  return stringify(tree)
}

function mutateLines(text: string, dice: Dice): string {
  const lines = text.split('\n')
  for (let time = 0; time <= dice.below(4); time += 1) {
    const place = dice.below(lines.length)
    const line = lines[place] ?? ''
    const [changed] = dice.pick<() => readonly string[]>([
      () => [`${line}\n${line}`],
      () => [` ${line}`],
      () => [line.trimStart()],
      () => [line.replace(/:.*$/u, `: ${dice.pick(oddValues)}`)],
      () => [`${line}\n${dice.pick(oddLines)}`],
      () => [line.replaceAll(' ', '\t')],
    ])()
    lines[place] = changed ?? ''
  }
  return lines.join(dice.chance(0.1) ? '\r\n' : '\n')
}
