import { Cursor } from './cursor.ts'
import { lex } from './lexer.ts'
import { unquote } from './literals.ts'
import { isDefinition, isEmpty, type Branch, type Definition, type GoFile, type Node } from './nodes.ts'
import { parsePipeline } from './parse-pipeline.ts'
import { GoSyntaxError } from './syntax-error.ts'
import { describeToken, type Token } from './tokens.ts'

/** Reads a file of Go templates. Throws GoSyntaxError at the first thing that Go's own parser would refuse. */
export function parse(input: string): GoFile {
  const cursor = new Cursor(lex(input))
  const root: (Node | Definition)[] = []
  const blocks: Definition[] = []
  while (cursor.peek().kind !== 'eof') {
    const item = keywordAt(cursor) === 'define' ? parseDefinition(cursor, blocks) : parseNode(cursor, blocks)
    if (isEnding(item)) throw new GoSyntaxError(item.at, `unexpected {{${item.kind}}}: nothing is open here`)
    root.push(item)
  }
  const definitions = [...root.filter(isDefinition), ...blocks]
  return { root: withoutRepeated(root, definitions), blocks: withoutRepeated(blocks, definitions) }
}

/** Go lets an empty definition give way to a full one, and refuses two full ones. */
function withoutRepeated<Item extends Node | Definition>(
  items: readonly Item[],
  all: readonly Definition[],
): readonly Item[] {
  const kept = new Map<string, Definition>()
  for (const definition of all) {
    const other = kept.get(definition.name)
    if (other !== undefined && isEmpty(definition.body)) continue
    if (other !== undefined && !isEmpty(other.body)) {
      throw new GoSyntaxError(definition.at, `multiple definition of template ${JSON.stringify(definition.name)}`)
    }
    kept.set(definition.name, definition)
  }
  return items.filter((item) => !isDefinition(item) || kept.get(item.name) === item)
}

/** `{{ else }}` and `{{ end }}`, which only their block may read. */
interface Ending {
  readonly kind: 'else' | 'end'
  readonly at: number
}

function isEnding(item: Node | Definition | Ending): item is Ending {
  return 'kind' in item && (item.kind === 'else' || item.kind === 'end')
}

/** The keyword that the action at hand begins with. */
function keywordAt(cursor: Cursor): string | undefined {
  if (cursor.peek().kind !== 'left') return undefined
  const ahead = cursor.peek(1).kind === 'space' ? 2 : 1
  const token = cursor.peek(ahead)
  return token.kind === 'keyword' ? token.value : undefined
}

function parseNode(cursor: Cursor, blocks: Definition[]): Node | Ending {
  const token = cursor.next()
  if (token.kind === 'text') return { kind: 'text', text: token.value, raw: token.raw ?? token.value, at: token.at }
  if (token.kind === 'comment') return { kind: 'comment', text: token.value, at: token.at }
  if (token.kind !== 'left') throw cursor.unexpected(token, 'input')
  return parseAction(cursor, token.at, blocks)
}

function parseAction(cursor: Cursor, at: number, blocks: Definition[]): Node | Ending {
  const token = cursor.peekNonSpace()
  const keyword = token.kind === 'keyword' ? token.value : undefined
  switch (keyword) {
    case undefined:
    case 'nil':
      return { kind: 'action', pipeline: parsePipeline(cursor, 'command', 'right'), at }
    case 'if':
    case 'with':
    case 'range':
      cursor.next()
      return cursor.nested(at, () => parseBranch(cursor, keyword, at, blocks))
    case 'template':
      cursor.next()
      return parseCall(cursor, at)
    case 'block':
      cursor.next()
      return cursor.nested(at, () => parseBlock(cursor, at, blocks))
    default:
      cursor.next()
      if (isBare(keyword)) return parseBare(cursor, keyword, at)
      throw new GoSyntaxError(token.at, `unexpected ${describeToken(token)}: it can only stand outside of all blocks`)
  }
}

const bare = ['break', 'continue', 'end', 'else'] as const
type Bare = (typeof bare)[number]

function isBare(keyword: string): keyword is Bare {
  return bare.some((each) => each === keyword)
}

/** An action that is one word; `else if` leaves its `if` unread. */
function parseBare(cursor: Cursor, keyword: Bare, at: number): Node | Ending {
  if (keyword === 'else') {
    const token = cursor.peekNonSpace()
    if (token.kind === 'keyword' && token.value === 'if') return { kind: 'else', at }
  }
  cursor.expect('right', `{{${keyword}}}`)
  if (keyword === 'end' || keyword === 'else') return { kind: keyword, at }
  if (cursor.ranges === 0) throw new GoSyntaxError(at, `{{${keyword}}} outside {{range}}`)
  return { kind: keyword, at }
}

/** The nodes up to the next `else` or `end`, which is read too. */
function parseBody(
  cursor: Cursor,
  open: { readonly at: number; readonly what: string },
  blocks: Definition[],
): { nodes: Node[]; ending: Ending } {
  const nodes: Node[] = []
  while (cursor.peek().kind !== 'eof') {
    const node = parseNode(cursor, blocks)
    if (isEnding(node)) return { nodes, ending: node }
    nodes.push(node)
  }
  throw new GoSyntaxError(open.at, `{{${open.what}}} is not closed with {{end}}`)
}

function parseBranch(cursor: Cursor, kind: Branch['kind'], at: number, blocks: Definition[]): Branch {
  const open = { at, what: kind }
  const pipeline = parsePipeline(cursor, kind, 'right')
  if (kind === 'range') cursor.ranges += 1
  const { nodes, ending } = parseBody(cursor, open, blocks)
  if (kind === 'range') cursor.ranges -= 1
  const branch = { kind, at, pipeline, body: nodes, elseAt: ending.at, endAt: ending.at }
  if (ending.kind === 'end') return { ...branch, otherwise: undefined }
  const token = cursor.peekNonSpace()
  if (token.kind === 'keyword' && token.value === 'if') {
    if (kind !== 'if') throw new GoSyntaxError(ending.at, `{{else if}} cannot follow {{${kind}}}`)
    cursor.next()
    const chained = cursor.nested(ending.at, () => parseBranch(cursor, 'if', ending.at, blocks))
    return { ...branch, otherwise: [chained], endAt: chained.endAt }
  }
  const rest = parseBody(cursor, open, blocks)
  if (rest.ending.kind !== 'end') throw new GoSyntaxError(rest.ending.at, 'expected end; found {{else}}')
  return { ...branch, otherwise: rest.nodes, endAt: rest.ending.at }
}

function parseCall(cursor: Cursor, at: number): Node {
  const name = parseName(cursor, 'template clause')
  if (cursor.peekNonSpace().kind !== 'right') {
    return { kind: 'template', name, pipeline: parsePipeline(cursor, 'template clause', 'right'), at }
  }
  cursor.next()
  return { kind: 'template', name, pipeline: undefined, at }
}

function parseBlock(cursor: Cursor, at: number, blocks: Definition[]): Node {
  const name = parseName(cursor, 'block clause')
  const pipeline = parsePipeline(cursor, 'block clause', 'right')
  const definition = parseDefinitionBody(cursor, { name, at, block: true }, blocks)
  blocks.push(definition)
  return { kind: 'template', name, pipeline, at }
}

function parseDefinition(cursor: Cursor, blocks: Definition[]): Definition {
  const { at } = cursor.next()
  cursor.nextNonSpace()
  const name = parseName(cursor, 'define clause')
  cursor.expect('right', 'define clause')
  return parseDefinitionBody(cursor, { name, at, block: false }, blocks)
}

type Head = Pick<Definition, 'name' | 'at' | 'block'>

function parseDefinitionBody(cursor: Cursor, head: Head, blocks: Definition[]): Definition {
  const { ranges } = cursor
  cursor.ranges = 0
  const what = `${head.block ? 'block' : 'define'} ${JSON.stringify(head.name)}`
  const { nodes, ending } = parseBody(cursor, { at: head.at, what }, blocks)
  cursor.ranges = ranges
  if (ending.kind !== 'end') throw new GoSyntaxError(ending.at, `unexpected {{else}} in {{${what}}}`)
  return { ...head, body: nodes, endAt: ending.at }
}

function parseName(cursor: Cursor, context: string): string {
  const token: Token = cursor.nextNonSpace()
  if (token.kind !== 'string' && token.kind !== 'rawString') throw cursor.unexpected(token, context)
  const name = unquote(token.value, token.at)
  if (name === '') throw new GoSyntaxError(token.at, 'a template needs a name that is not empty')
  return name
}
