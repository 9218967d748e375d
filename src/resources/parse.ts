import { isScalar, parseDocument, visit, type Document } from 'yaml'
import { type Fault } from './decode.ts'
import { explainSyntax } from './syntax.ts'
import { placeAt } from './text-lines.ts'

/** A parsed document that keeps the places of its nodes. */
export type Tree = Document.Parsed

/** One document's value, or why it has none. */
export type Parsed = { readonly value: unknown } | { readonly fault: Fault }

/** Deeper than any manifest; keeps every later walk over the value within its stack. */
const maxDepth = 100

/** With aliases written out; bounds what an alias bomb can become. A document of the longest text has fewer without aliases. */
const maxNodes = 1_000_000

const maxAliases = 1_000

/**
 * Parses text that `splitDocuments` cut out. Merge keys work where a `%YAML 1.1` directive asks for them. The library's own
 * messages are not used: they quote the text, which may be a Secret's.
 */
export function parse(text: string): Parsed {
  const tree = parseTree(text)
  const first = tree.errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0]
  if (first !== undefined) return { fault: explainSyntax(text, tree, first) }
  const value = toValue(tree)
  if (value === undefined) return { fault: explainAlias(text, tree) }
  const excess = measure(value.js)
  if (excess !== undefined) return { fault: { ...placeAt(text, 0), ...excess } }
  const duplicate = findDuplicateKey(text, tree)
  return duplicate === undefined ? { value: value.js } : { fault: duplicate }
}

/** `uniqueKeys` is off because the library compares each key with all before it: 20,000 keys took five seconds. */
export function parseTree(text: string): Tree {
  return parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'silent',
  })
}

function toValue(tree: Tree): { readonly js: unknown } | undefined {
  try {
    return { js: tree.toJS({ maxAliasCount: maxAliases }) as unknown }
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

function explainAlias(text: string, tree: Tree): Fault {
  let unresolved: number | undefined
  visit(tree, {
    Alias(_key, node) {
      if (node.resolve(tree) !== undefined) return undefined
      unresolved = node.range?.[0] ?? 0
      return visit.BREAK
    },
  })
  if (unresolved === undefined) return { ...placeAt(text, 0), ...tooLarge }
  return {
    ...placeAt(text, unresolved),
    message: 'an alias (`*`) refers to an anchor (`&`) that does not stand before it',
    remedy: 'put the value in quotes if the `*` is meant literally, or define the anchor first',
  }
}

const tooLarge = {
  message: 'the document is too large once its aliases (`*`) are written out',
  remedy: 'write the values out, or split the document at a line `---`',
}
const tooDeep = {
  message: `the document is nested more than ${maxDepth} levels deep`,
  remedy: 'flatten it; an alias (`*`) must not lie inside its own anchor (`&`)',
}

function measure(value: unknown): typeof tooLarge | undefined {
  let nodes = 0
  function walk(node: unknown, depth: number): typeof tooLarge | undefined {
    nodes += 1
    if (nodes > maxNodes) return tooLarge
    if (typeof node !== 'object' || node === null) return undefined
    if (depth >= maxDepth) return tooDeep
    for (const child of Object.values(node)) {
      const excess = walk(child, depth + 1)
      if (excess !== undefined) return excess
    }
    return undefined
  }
  return walk(value, 0)
}

function findDuplicateKey(text: string, tree: Tree): Fault | undefined {
  let fault: Fault | undefined
  visit(tree, {
    Map(_key, map) {
      const seen = new Map<string, number>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        const offset = key.range?.[0] ?? 0
        const before = seen.get(name)
        if (before !== undefined && name !== '<<') fault = duplicateKey(text, name, before, offset)
        if (fault !== undefined) return visit.BREAK
        seen.set(name, offset)
      }
      return undefined
    },
  })
  return fault
}

function duplicateKey(text: string, name: string, before: number, offset: number): Fault {
  const shown = JSON.stringify(name.slice(0, 100))
  return {
    ...placeAt(text, offset),
    message: `the key ${shown} is already there, ${placeAt(text, offset).line - placeAt(text, before).line} lines above`,
    remedy: 'keep one of the two',
  }
}
