import { type GoNumber } from './literals.ts'

/** Place of the first character, in UTF-16 code units from the beginning of the file. */
interface Placed {
  readonly at: number
}

/** A value inside a command. */
export type Operand =
  | ({ readonly kind: 'dot' } & Placed)
  | ({ readonly kind: 'nil' } & Placed)
  | ({ readonly kind: 'bool'; readonly value: boolean } & Placed)
  | ({ readonly kind: 'number'; readonly number: GoNumber } & Placed)
  | ({ readonly kind: 'string'; readonly value: string } & Placed)
  | ({ readonly kind: 'field'; readonly names: readonly string[] } & Placed)
  | ({ readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] } & Placed)
  | ({ readonly kind: 'function'; readonly name: string } & Placed)
  | ({ readonly kind: 'chain'; readonly base: Operand; readonly names: readonly string[] } & Placed)
  | Pipeline

/** `operand argument…`. */
export interface Command extends Placed {
  readonly first: Operand
  readonly args: readonly Operand[]
}

/** `$x := command | command`. */
export interface Pipeline extends Placed {
  readonly kind: 'pipeline'
  /** The variables before `:=` or `=`, with their `$`. */
  readonly variables: readonly string[]
  readonly assigns: boolean
  readonly commands: readonly Command[]
}

/** `if`, `with` and `range`. */
export interface Branch extends Placed {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipeline: Pipeline
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[] | undefined
  /** Places of `else` and `end`; the `end` of an `else if` is that of its parent. */
  readonly elseAt: number
  readonly endAt: number
}

/** A piece of a template. */
export type Node =
  | ({ readonly kind: 'text'; readonly text: string; readonly raw: string } & Placed)
  | ({ readonly kind: 'comment'; readonly text: string } & Placed)
  | ({ readonly kind: 'action'; readonly pipeline: Pipeline } & Placed)
  | ({ readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined } & Placed)
  | ({ readonly kind: 'break' | 'continue' } & Placed)
  | Branch

/** A named template. */
export interface Definition extends Placed {
  readonly name: string
  readonly body: readonly Node[]
  readonly endAt: number
  /** `{{ block }}`: defined where it is used. */
  readonly block: boolean
}

/** A file: what stands outside of definitions, in order with them. */
export interface GoFile {
  readonly root: readonly (Node | Definition)[]
  readonly blocks: readonly Definition[]
}

/** Tells a named template from the pieces that stand around it. */
export function isDefinition(item: Node | Definition): item is Definition {
  return 'block' in item
}

/** Whether there is nothing but white space and comments. */
export function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'comment' || (node.kind === 'text' && /^\s*$/.test(node.text)))
}
