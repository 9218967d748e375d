import { type Cursor } from './cursor.ts'
import { readNumber, unquote, unquoteChar } from './literals.ts'
import { type Command, type Operand, type Pipeline } from './nodes.ts'
import { GoSyntaxError } from './syntax-error.ts'

/** Reads a pipeline up to and including its end: `}}` or `)`. */
export function parsePipeline(cursor: Cursor, context: string, end: 'right' | 'close'): Pipeline {
  const { at } = cursor.peekNonSpace()
  const { variables, assigns } = parseVariables(cursor, context)
  const commands: Command[] = []
  do {
    commands.push(parseCommand(cursor, context))
  } while (takePipe(cursor))
  const closing = cursor.nextNonSpace()
  if (closing.kind !== end) throw cursor.unexpected(closing, context)
  assertExecutable(commands)
  return { kind: 'pipeline', at, variables, assigns, commands }
}

function takePipe(cursor: Cursor): boolean {
  if (cursor.peekNonSpace().kind !== 'pipe') return false
  cursor.next()
  return true
}

interface Variables {
  readonly variables: readonly string[]
  readonly assigns: boolean
}

/** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
function parseVariables(cursor: Cursor, context: string): Variables {
  const variables: string[] = []
  while (cursor.peekNonSpace().kind === 'variable') {
    const after = cursor.peek(1).kind === 'space' ? 2 : 1
    const { kind, at } = cursor.peek(after)
    if (kind !== 'assign' && kind !== 'declare' && kind !== 'comma') break
    variables.push(cursor.next().value)
    cursor.nextNonSpace()
    if (kind !== 'comma') return { variables, assigns: kind === 'assign' }
    if (context !== 'range' || variables.length > 1) throw new GoSyntaxError(at, `too many declarations in ${context}`)
    if (cursor.peekNonSpace().kind !== 'variable') throw new GoSyntaxError(at, 'range can only initialize variables')
  }
  if (variables.length > 0) throw new GoSyntaxError(cursor.peek().at, '":=" is expected after the variables of a range')
  return { variables, assigns: false }
}

/** Only the first command of a pipeline may be a plain value. */
function assertExecutable(commands: readonly Command[]): void {
  for (const [index, { first }] of commands.entries()) {
    const plain =
      first.kind === 'bool' ||
      first.kind === 'dot' ||
      first.kind === 'nil' ||
      first.kind === 'number' ||
      first.kind === 'string'
    if (index > 0 && plain) throw new GoSyntaxError(first.at, `non executable command in pipeline stage ${index + 1}`)
  }
}

function parseCommand(cursor: Cursor, context: string): Command {
  const { at } = cursor.peekNonSpace()
  const operands: Operand[] = []
  for (;;) {
    const operand = parseOperand(cursor)
    if (operand !== undefined) operands.push(operand)
    const { kind } = cursor.peek()
    if (operand !== undefined && kind === 'space') {
      cursor.skipSpace()
      continue
    }
    if (kind === 'right' || kind === 'close' || kind === 'pipe') break
    throw cursor.unexpected(cursor.peek(), operands.length === 0 ? context : 'operand')
  }
  const [first, ...args] = operands
  if (first === undefined) throw new GoSyntaxError(at, `missing value for ${context}`)
  return { at, first, args }
}

/** A term and the fields that follow it; nothing when the next token starts no operand. */
function parseOperand(cursor: Cursor): Operand | undefined {
  const term = parseTerm(cursor)
  if (term === undefined) return undefined
  const names: string[] = []
  while (cursor.peek().kind === 'field') names.push(cursor.next().value.slice(1))
  return names.length === 0 ? term : withNames(term, names)
}

function withNames(term: Operand, names: readonly string[]): Operand {
  switch (term.kind) {
    case 'field':
    case 'variable':
      return { ...term, names: [...term.names, ...names] }
    case 'function':
    case 'pipeline':
    case 'chain':
      return { kind: 'chain', base: term, names, at: term.at }
    case 'dot':
    case 'nil':
    case 'bool':
    case 'number':
    case 'string':
      throw new GoSyntaxError(term.at, `unexpected .${names[0] ?? ''} after a ${term.kind}`)
  }
}

function parseTerm(cursor: Cursor): Operand | undefined {
  const { kind, value, at } = cursor.peekNonSpace()
  const read = terms[kind as keyof typeof terms] as ((value: string, at: number) => Operand) | undefined
  if (read !== undefined) {
    cursor.next()
    return read(value, at)
  }
  if (kind === 'keyword' && value === 'nil') {
    cursor.next()
    return { kind: 'nil', at }
  }
  if (kind !== 'open') return undefined
  cursor.next()
  return cursor.nested(at, () => parsePipeline(cursor, 'parenthesized pipeline', 'close'))
}

const terms = {
  identifier: (name: string, at: number): Operand => ({ kind: 'function', name, at }),
  dot: (_value: string, at: number): Operand => ({ kind: 'dot', at }),
  variable: (name: string, at: number): Operand => ({ kind: 'variable', name, names: [], at }),
  field: (value: string, at: number): Operand => ({ kind: 'field', names: [value.slice(1)], at }),
  bool: (value: string, at: number): Operand => ({ kind: 'bool', value: value === 'true', at }),
  string: (value: string, at: number): Operand => ({ kind: 'string', value: unquote(value, at), at }),
  rawString: (value: string, at: number): Operand => ({ kind: 'string', value: unquote(value, at), at }),
  number: (value: string, at: number): Operand => ({ kind: 'number', number: readNumber(value, at), at }),
  char: (value: string, at: number): Operand => {
    const code = unquoteChar(value, at)
    return { kind: 'number', number: { text: value, integer: BigInt(code), float: code, isFloat: false }, at }
  },
}
