import { isAlias, isCollection, isMap, isScalar, isSeq, Lexer, visit, type Document } from 'yaml'

/** What is too much about a document, and what would be right. */
export interface Excess {
  readonly message: string
  readonly remedy: string
}

/** Deeper than any manifest; keeps every later walk over the value within its stack. */
const maxDepth = 100

/** With aliases written out; bounds what an alias bomb can become. A document of the longest text has fewer without aliases. */
const maxNodes = 1_000_000

/** Characters, keys included, with aliases written out: a text that a thousand aliases repeat is a gigabyte to whoever joins it. */
const maxChars = 8_000_000

const maxAliases = 1_000

/** Words, signs and line ends. An object of the most values that are read has fewer, and parsing is what they cost: 3 µs each. */
const maxLexemes = 300_000

/** A document that aliases make too large. */
export const tooLarge: Excess = {
  message: 'the document is too large once its aliases (`*`) are written out',
  remedy: 'write the values out, or split the document at a line `---`',
}
const tooMuch: Excess = {
  message: `the document holds more than ${maxLexemes} words, signs and line ends`,
  remedy: 'split it into several documents with lines `---`',
}
const tooDeep: Excess = {
  message: `the document is nested more than ${maxDepth} levels deep`,
  remedy: 'flatten it; an alias (`*`) must not lie inside its own anchor (`&`)',
}

/** Before it is parsed: whether that would take too long. */
export function lexBeyondBounds(text: string): Excess | undefined {
  if (text.length <= maxLexemes) return undefined
  const lexemes = new Lexer().lex(text)
  for (let count = 0; count <= maxLexemes; count += 1) if (lexemes.next().done === true) return undefined
  return tooMuch
}

/** Before its value is made: whether aliases and merge keys would make too much of it. */
export function treeBeyondBounds(text: string, tree: Document): Excess | undefined {
  if (!text.includes('*')) return undefined
  let aliases = 0
  visit(tree, { Alias: () => void (aliases += 1) })
  return aliases > maxAliases || weigh(tree.contents, new Map()) > maxNodes ? tooLarge : undefined
}

/**
 * How many values a node gives. An alias shares its anchor's value, but the library makes that anew for each merge key that names
 * it, so merges of merges double and double again.
 */
function weigh(node: unknown, anchors: Map<string, number>): number {
  let weight = 1
  if (isSeq(node)) for (const item of node.items) weight += weigh(item, anchors)
  else if (isMap(node)) {
    for (const { key, value } of node.items) {
      const isMerge = isScalar(key) && key.source === '<<'
      weight += isMerge ? weighMerged(value, anchors) : weigh(value, anchors)
    }
  }
  if ((isCollection(node) || isScalar(node)) && node.anchor !== undefined) anchors.set(node.anchor, weight)
  return weight
}

function weighMerged(value: unknown, anchors: Map<string, number>): number {
  const sources: readonly unknown[] = isSeq(value) ? value.items : [value]
  let weight = 0
  for (const source of sources) weight += isAlias(source) ? (anchors.get(source.source) ?? 1) : weigh(source, anchors)
  return weight
}

/** Before others walk over it: whether a value is too deep or too large. */
export function valueBeyondBounds(value: unknown): Excess | undefined {
  let [nodes, chars] = [0, 0]
  function walk(node: unknown, depth: number): Excess | undefined {
    nodes += 1
    if (typeof node === 'string') chars += node.length
    if (nodes > maxNodes || chars > maxChars) return tooLarge
    if (typeof node !== 'object' || node === null) return undefined
    if (depth >= maxDepth) return tooDeep
    for (const [key, child] of Object.entries(node)) {
      chars += key.length
      const excess = walk(child, depth + 1)
      if (excess !== undefined) return excess
    }
    return undefined
  }
  return walk(value, 0)
}
