import { isScalar, parseDocument, visit, type Document } from 'yaml'
import { lexBeyondBounds, treeBeyondBounds, valueBeyondBounds, tooLarge } from './bounds.ts'
import { type Fault } from './decode.ts'
import { explainSyntax } from './syntax.ts'
import { placeAt } from './text-lines.ts'

/** A parsed document that keeps the places of its nodes. */
export type Tree = Document.Parsed

/** One document's value, or why it has none. */
export type Parsed = { readonly value: unknown } | { readonly fault: Fault }

/**
 * Parses text that `splitDocuments` cut out. Merge keys work where a `%YAML 1.1` directive asks for them. The library's own
 * messages are not used: they quote the text, which may be a Secret's.
 */
export function parse(text: string): Parsed {
  const tooMuch = lexBeyondBounds(text)
  if (tooMuch !== undefined) return { fault: { ...placeAt(text, 0), ...tooMuch } }
  const tree = parseTree(text)
  const first = tree.errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0]
  if (first !== undefined) return { fault: explainSyntax(text, tree, first) }
  const growing = treeBeyondBounds(text, tree)
  if (growing !== undefined) return { fault: { ...placeAt(text, 0), ...growing } }
  const value = toValue(tree)
  if ('reason' in value) return { fault: value.reason === 'alias' ? explainAlias(text, tree) : mergeFault(text) }
  const excess = valueBeyondBounds(value.js)
  if (excess !== undefined) return { fault: { ...placeAt(text, 0), ...excess } }
  const duplicate = findDuplicateKey(text, tree)
  return duplicate === undefined ? { value: value.js } : { fault: duplicate }
}

/**
 * `uniqueKeys` is off because the library compares each key with all before it: 20,000 keys took five seconds. Each of its errors
 * takes a stack trace, which nobody reads: 400,000 wrong escapes took five seconds.
 */
export function parseTree(text: string): Tree {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return parseDocument(text, {
      prettyErrors: false,
      uniqueKeys: false,
      stringKeys: true,
      resolveKnownTags: false,
      logLevel: 'silent',
    })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The library's own count of aliases looks at the whole tree for each alias inside an anchor; ours look once. */
const uncounted = -1

/** Whatever the library throws over a hostile text is that text's fault: ReferenceErrors of aliases, others of merge keys. */
function toValue(tree: Tree): { readonly js: unknown } | { readonly reason: 'alias' | 'merge' } {
  try {
    return { js: tree.toJS({ maxAliasCount: uncounted }) as unknown }
  } catch (error) {
    return { reason: error instanceof ReferenceError ? 'alias' : 'merge' }
  }
}

function mergeFault(text: string): Fault {
  const place = placeAt(text, Math.max(0, text.indexOf('<<')))
  return {
    ...place,
    message: 'a merge key (`<<`) has a value that is no map',
    remedy: 'give it an alias (`*`) of a map',
  }
}

/** Anchors are collected on the way, because an alias that looks for its own walks the whole tree. */
function explainAlias(text: string, tree: Tree): Fault {
  const anchors = new Set<string>()
  let unresolved: number | undefined
  visit(tree, {
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.add(node.anchor)
    },
    Alias(_key, node) {
      if (anchors.has(node.source)) return undefined
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
