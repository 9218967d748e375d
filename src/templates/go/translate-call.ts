import { atom, toAtom, type Expression } from './atom.ts'
import { type Frame } from './frame.ts'
import { goFunctions, type GoFunction, type Parameter } from './functions.ts'
import { type Operand } from './nodes.ts'
import { PatternError } from './regexp/nodes.ts'
import { assertPattern } from './regexp/regexp.ts'
import { GoSyntaxError } from './syntax-error.ts'

type Name = Extract<Operand, { readonly kind: 'function' }>

/** A function and what it is applied to; a piped value is the last argument. */
export interface Call {
  readonly name: Name
  readonly args: readonly Operand[]
  readonly piped: Expression | undefined
}

/** Translates one operand, which may add tags before the expression at hand. */
type Translate = (operand: Operand) => Expression

/** Translates `function arguments`. Throws GoSyntaxError for what can only fail. */
export function translateCall(frame: Frame, call: Call, translate: Translate): Expression {
  const { name, args, piped } = call
  if (name.name === 'and' || name.name === 'or') return translateLogic(frame, call, translate)
  const known = goFunctions.get(name.name)
  if (known === undefined) throw new GoSyntaxError(name.at, unknown(name.name))
  checkArguments(name, known, args, piped !== undefined)
  const [first, ...rest] = args
  if (first === undefined) {
    if (piped !== undefined) return filtered(piped.liquid, known, [])
    const empty = known.empty ?? '""'
    return { liquid: empty, isAtom: empty.startsWith('"') }
  }
  // The piped value was there before the arguments, and comes after them.
  const last = piped === undefined ? [] : [toAtom(frame, piped)]
  const input = translate(first).liquid
  return filtered(input, known, [...rest.map((arg) => toAtom(frame, translate(arg))), ...last])
}

function filtered(input: string, known: GoFunction, args: readonly string[]): Expression {
  const list = args.length === 0 ? '' : `: ${args.join(', ')}`
  return { liquid: `${input} | ${known.filter}${list}`, isAtom: false, isBoolean: known.isBoolean === true }
}

function unknown(name: string): string {
  if (name === 'call') return 'the function call is not supported: the data holds no functions'
  return `the function ${name} is not known; there are ${['and', 'or', ...goFunctions.keys()].join(', ')}`
}

function checkArguments(name: Name, known: GoFunction, args: readonly Operand[], isPiped: boolean): void {
  const count = args.length + (isPiped ? 1 : 0)
  const most = known.most ?? (known.rest === undefined ? known.parameters.length : Infinity)
  const least = known.parameters.length
  if (count < least || count > most) {
    const wanted = most === Infinity ? `at least ${least}` : String(count > most ? most : least)
    throw new GoSyntaxError(name.at, `wrong number of arguments for ${name.name}: want ${wanted}, got ${count}`)
  }
  for (const [index, arg] of args.entries()) checkLiteral(arg, known.parameters[index] ?? known.rest ?? 'any')
  checkPattern(known, args)
}

/** Literals of a wrong kind, which Go finds when it gets there. */
function checkLiteral(arg: Operand, parameter: Parameter): void {
  if (parameter === 'any') return
  const isLiteral =
    arg.kind === 'bool' ||
    arg.kind === 'number' ||
    arg.kind === 'nil' ||
    (arg.kind === 'string' && parameter === 'texts')
  if (isLiteral)
    throw new GoSyntaxError(
      arg.at,
      `expected ${parameter === 'text' ? 'a text' : 'a list of texts'}; found a ${arg.kind}`,
    )
}

function checkPattern(known: GoFunction, args: readonly Operand[]): void {
  const pattern = known.pattern === undefined ? undefined : args[known.pattern]
  if (pattern?.kind !== 'string') return
  try {
    assertPattern(pattern.value)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new GoSyntaxError(
      pattern.at,
      `the pattern ${JSON.stringify(pattern.value.slice(0, 60))} cannot be used: ${error.message}`,
    )
  }
}

/** `and` and `or`: the arguments in turn until one decides, which is the value. Later ones are not evaluated. */
function translateLogic(frame: Frame, { name, args, piped }: Call, translate: Translate): Expression {
  const result = frame.names.fresh('t')
  const last = piped === undefined ? undefined : atom(toAtom(frame, piped))
  const steps = args.map((arg) => () => translate(arg))
  if (last !== undefined) steps.push(() => last)
  if (steps.length === 0)
    throw new GoSyntaxError(name.at, `wrong number of arguments for ${name.name}: want at least 1, got 0`)
  const tag = name.name === 'and' ? 'if' : 'unless'
  for (const [index, step] of steps.entries()) {
    if (index > 0) frame.writer.tag(`${tag} ${result} | go_true`)
    frame.writer.tag(`assign ${result} = ${step().liquid}`)
  }
  for (let index = 1; index < steps.length; index += 1) frame.writer.tag(`end${tag}`)
  return atom(result)
}
