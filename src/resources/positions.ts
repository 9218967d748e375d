import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import { type Tree } from './parse.ts'

const quotedName = /^\[("(?:[^"\\]|\\.)*")\]/u
const place = /^\[(\d+)\]/u

/**
 * The offset of a Problem's path such as `spec.to[0]`, or of the nearest thing above it that exists: a field's key, a list's item.
 * Names may hold dots themselves, so the longest key that fits is taken.
 */
export function offsetOf(tree: Tree, path: string): number | undefined {
  let node: unknown = tree.contents
  let rest = path
  let offset: number | undefined
  while (rest !== '') {
    if (isAlias(node)) node = node.resolve(tree)
    const step = isMap(node) ? stepIntoMap(node.items, rest) : isSeq(node) ? stepIntoList(node.items, rest) : undefined
    if (step === undefined) break
    node = step.node
    rest = step.rest
    offset = step.offset ?? offset
  }
  return offset
}

interface Step {
  readonly node: unknown
  readonly rest: string
  readonly offset: number | undefined
}

function stepIntoMap(
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  path: string,
): Step | undefined {
  const quoted = quotedName.exec(path)?.[1]
  const rest = path.startsWith('.') ? path.slice(1) : path
  let best: Step | undefined
  for (const { key, value } of items) {
    if (!isScalar(key)) continue
    const name = String(key.value)
    const after = quoted === undefined ? remainder(rest, name) : quotedRemainder(path, quoted, name)
    if (after === undefined || (best !== undefined && after.length >= best.rest.length)) continue
    best = { node: value, rest: after, offset: key.range?.[0] }
  }
  return best
}

function remainder(path: string, name: string): string | undefined {
  if (!path.startsWith(name)) return undefined
  const after = path.slice(name.length)
  return after === '' || after.startsWith('.') || after.startsWith('[') ? after : undefined
}

function quotedRemainder(path: string, quoted: string, name: string): string | undefined {
  return quoted === JSON.stringify(name) ? path.slice(quoted.length + 2) : undefined
}

function stepIntoList(items: readonly unknown[], path: string): Step | undefined {
  const index = place.exec(path)
  if (index === null) return undefined
  const node = items[Number(index[1])]
  if (node === undefined) return undefined
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[] | null) : null
  return { node, rest: path.slice(index[0].length), offset: range?.[0] }
}
