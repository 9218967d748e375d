import { atom, toAtom, toStableAtom, type Expression } from './atom.ts'
import { translateCommands, translateOperand, translatePipeline } from './expression.ts'
import { inner, variableName, type Frame } from './frame.ts'
import { quoteLiquid } from './liquid-text.ts'
import { type Branch, type Command, type Node, type Pipeline } from './nodes.ts'

/** Translates the pieces of a template, one after the other. */
export function translateNodes(frame: Frame, nodes: readonly Node[]): void {
  for (const node of nodes) {
    frame.writer.at(frame.lineOf(node.at))
    translateNode(frame, node)
  }
}

function translateNode(frame: Frame, node: Node): void {
  const { writer } = frame
  switch (node.kind) {
    case 'text':
      writer.text(node.raw, node.text)
      break
    case 'comment':
      writer.tag(commentTag(node.text))
      break
    case 'action':
      translateAction(frame, node.pipeline)
      break
    case 'template':
      translateTemplate(frame, node.name, node.pipeline)
      break
    case 'break':
    case 'continue':
      writer.tag(node.kind)
      break
    case 'if':
    case 'with':
      translateCondition(frame, node)
      break
    case 'range':
      translateRange(frame, node)
      break
  }
}

/** A comment, each line of which must begin with `#`. */
export function commentTag(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `# ${line.trim()}`.trim().replaceAll('%}', '% }'))
    .join('\n')
}

function translateAction(frame: Frame, pipeline: Pipeline): void {
  if (pipeline.variables.length > 0) {
    translatePipeline(frame, pipeline)
    return
  }
  const escaper = escaperOf(pipeline.commands)
  const value = escaper === undefined ? translateCommands(frame, pipeline.commands) : escaper.value(frame)
  const print = escaper === undefined ? 'go_print' : `go_print: ${quoteLiquid(escaper.name)}`
  frame.writer.output(`${value.liquid} | ${print}`)
}

interface FinalEscaper {
  readonly name: string
  value(frame: Frame): Expression
}

/** `html` or `urlquery` at the end of a pipeline: in HTML it takes the place of what the output does by itself. */
function escaperOf(commands: readonly Command[]): FinalEscaper | undefined {
  const last = commands.at(-1)
  if (last?.first.kind !== 'function' || !['html', 'urlquery'].includes(last.first.name)) return undefined
  const { name } = last.first
  const before = commands.slice(0, -1)
  const [only, ...more] = last.args
  if (before.length > 0 && last.args.length === 0) return { name, value: (frame) => translateCommands(frame, before) }
  if (before.length > 0 || only === undefined) return undefined
  if (more.length === 0) return { name, value: (frame) => translateOperand(frame, only) }
  const print = { ...last, first: { ...last.first, name: 'print' } }
  return { name, value: (frame) => translateCommands(frame, [print]) }
}

function translateTemplate(frame: Frame, name: string, pipeline: Pipeline | undefined): void {
  const value = pipeline === undefined ? { liquid: '"" | go_nil', isAtom: false } : translatePipeline(frame, pipeline)
  frame.writer.tag(`render ${quoteLiquid(name)}, dot: ${toAtom(frame, value)}`)
}

/** `if` and `with`; variables of the condition are seen in both branches. */
function translateCondition(frame: Frame, branch: Branch): void {
  const scoped = inner(frame)
  const value = translatePipeline(scoped, branch.pipeline)
  const dot = branch.kind === 'with' ? toStableAtom(scoped, value) : scoped.dot
  const tested = branch.kind === 'with' ? atom(dot) : value
  frame.writer.tag(`if ${tested.liquid}${value.isBoolean === true ? '' : ' | go_true'}`)
  translateNodes(inner(scoped, dot), branch.body)
  translateElse(scoped, branch)
  frame.writer.at(frame.lineOf(branch.endAt))
  frame.writer.tag('endif')
}

function translateElse(frame: Frame, branch: Branch): void {
  if (branch.otherwise === undefined) return
  frame.writer.at(frame.lineOf(branch.elseAt))
  frame.writer.tag('else')
  translateNodes(inner(frame), branch.otherwise)
}

function translateRange(frame: Frame, branch: Branch): void {
  const { writer, names } = frame
  const { pipeline } = branch
  const scoped = inner(frame)
  const value = translateCommands(scoped, pipeline.commands)
  // Before the first turn, and in the else branch, the variables hold the list itself.
  const collection = pipeline.variables.length === 0 ? value.liquid : toStableAtom(scoped, value)
  const withKeys = pipeline.variables.length > 1
  const list = names.fresh('list')
  const turn = names.fresh(withKeys ? 'turn' : 'item')
  const item = withKeys ? `${turn}.value` : turn
  const [first = '', second] = pipeline.variables
  const targets = pipeline.variables.map((variable) => declareFor(scoped, pipeline, variable, collection))
  writer.tag(`assign ${list} = ${collection} | ${withKeys ? 'go_turns' : 'go_range'}`)
  writer.tag(`for ${turn} in ${list}`)
  const body = inner(scoped, item)
  const values = second === undefined ? [item] : [`${turn}.key`, item]
  for (const [index, variable] of [first, second].slice(0, pipeline.variables.length).entries()) {
    const target = targets[index]
    if (target !== undefined) writer.tag(`assign ${target} = ${values[index] ?? ''}`)
    else body.scope.declare(variable ?? '', values[index] ?? '')
  }
  translateNodes(body, branch.body)
  translateElse(scoped, branch)
  writer.at(frame.lineOf(branch.endAt))
  writer.tag('endfor')
}

/**
 * The Liquid variable that each turn must set; none when nothing gives the variable another value, so that it is just another
 * name of the item.
 */
function declareFor(frame: Frame, pipeline: Pipeline, variable: string, collection: string): string | undefined {
  if (pipeline.assigns) {
    const name = frame.scope.resolve(variable, pipeline.at)
    frame.writer.tag(`assign ${name} = ${collection}`)
    return name
  }
  if (!frame.assigned.has(variable)) {
    frame.scope.declare(variable, collection)
    return undefined
  }
  const name = variableName(frame, variable)
  frame.writer.tag(`assign ${name} = ${collection}`)
  frame.scope.declare(variable, name)
  return name
}
