import { TypeGuards, type Template, type Token } from 'liquidjs'
import { faultAt, type Fault } from './fault.ts'
import { DefineTag } from './tags/define-tag.ts'
import { RenderTag } from './tags/render-tag.ts'

/** What can be said about a parsed template without rendering it. */
export interface Inspection {
  readonly faults: readonly Fault[]
  /** The templates that it calls. */
  readonly calls: readonly RenderTag[]
}

/** The fields of Liquid's nodes that lead out of the template: to the engine, and to the text that it was parsed from. */
const elsewhere: ReadonlySet<string> = new Set(['liquid', 'parser', 'tokenizer', 'token', 'input', 'context'])

/** Bound of a range such as `(1..10)`. */
const largestBound = 1_000_000

/** Most faults of one template that are told. */
const maxFaults = 20

/** Walks the nodes of a template, whatever tags they belong to. */
export function inspect(nodes: readonly Template[]): Inspection {
  const faults: Fault[] = []
  const calls: RenderTag[] = []
  const seen = new Set<object>()
  const open: unknown[] = [...nodes]
  for (let node = open.pop(); node !== undefined && faults.length < maxFaults; node = open.pop()) {
    if (typeof node !== 'object' || node === null || seen.has(node)) continue
    seen.add(node)
    if (node instanceof RenderTag) calls.push(node)
    if (node instanceof DefineTag) faults.push(faultAt(node.token, 'a define cannot stand inside another tag'))
    const fault = rangeFault(node)
    if (fault !== undefined) faults.push(fault)
    open.push(...partsOf(node))
  }
  return { faults, calls }
}

function partsOf(node: object): readonly unknown[] {
  return Object.entries(node as Readonly<Record<string, unknown>>)
    .filter(([name, value]) => !elsewhere.has(name) && typeof value === 'object' && value !== null)
    .map(([, value]) => value)
}

/**
 * A range whose bounds are not small literals. Liquid counts a range up by 1 from its lower bound, which from 2^53 on never
 * reaches the upper: one label value would hang the process.
 */
function rangeFault(node: object): Fault | undefined {
  if (!TypeGuards.isRangeToken(node)) return undefined
  if (isSmallNumber(node.lhs) && isSmallNumber(node.rhs)) return undefined
  return faultAt(
    node,
    `a range takes whole numbers up to ${largestBound}, as in (1..10); to loop over a part of a list, use limit: and offset:`,
  )
}

function isSmallNumber(token: Token): boolean {
  return TypeGuards.isNumberToken(token) && Number.isInteger(token.content) && Math.abs(token.content) <= largestBound
}
