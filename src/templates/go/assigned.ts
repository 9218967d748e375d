import { type Node, type Operand, type Pipeline } from './nodes.ts'

/** The variables that some `=` in a template gives a new value. */
export function assignedVariables(nodes: readonly Node[]): ReadonlySet<string> {
  const found = new Set<string>()
  inNodes(nodes, found)
  return found
}

function inNodes(nodes: readonly Node[], found: Set<string>): void {
  for (const node of nodes) {
    if ('pipeline' in node && node.pipeline !== undefined) inPipeline(node.pipeline, found)
    if (!('body' in node)) continue
    inNodes(node.body, found)
    inNodes(node.otherwise ?? [], found)
  }
}

function inPipeline(pipeline: Pipeline, found: Set<string>): void {
  if (pipeline.assigns) for (const variable of pipeline.variables) found.add(variable)
  for (const { first, args } of pipeline.commands) for (const operand of [first, ...args]) inOperand(operand, found)
}

function inOperand(operand: Operand, found: Set<string>): void {
  if (operand.kind === 'pipeline') inPipeline(operand, found)
  if (operand.kind === 'chain') inOperand(operand.base, found)
}
