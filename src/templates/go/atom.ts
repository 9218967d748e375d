import { type Frame } from './frame.ts'

/** A Liquid expression. */
export interface Expression {
  readonly liquid: string
  /** Without filters, so that it can be a filter's argument. */
  readonly isAtom: boolean
  /** True or false, nothing else. */
  readonly isBoolean?: boolean
}

/** An expression without filters. */
export function atom(liquid: string): Expression {
  return { liquid, isAtom: true }
}

/** An expression as a filter's argument: one with filters gets a variable first. */
export function toAtom(frame: Frame, expression: Expression): string {
  if (expression.isAtom) return expression.liquid
  const name = frame.names.fresh('t')
  frame.writer.tag(`assign ${name} = ${expression.liquid}`)
  return name
}

/** The same, held fast: a variable that something may give another value is copied. */
export function toStableAtom(frame: Frame, expression: Expression): string {
  const changes = frame.assigned.size > 0 && expression.liquid.startsWith('v_')
  return toAtom(frame, changes ? { ...expression, isAtom: false } : expression)
}
