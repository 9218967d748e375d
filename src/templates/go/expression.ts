import { checkNames } from './check-names.ts'
import { atom, toAtom, type Expression } from './atom.ts'
import { variableName, type Frame } from './frame.ts'
import { quoteLiquid } from './liquid-text.ts'
import { type Command, type Operand, type Pipeline } from './nodes.ts'
import { GoSyntaxError } from './syntax-error.ts'
import { translateCall } from './translate-call.ts'
import { takesArguments } from './methods.ts'

/** Translates a pipeline and declares or sets its variables. */
export function translatePipeline(frame: Frame, pipeline: Pipeline): Expression {
  const value = translateCommands(frame, pipeline.commands)
  if (pipeline.variables.length === 0) return value
  const [variable = ''] = pipeline.variables
  return atom(setVariable(frame, pipeline, variable, value))
}

/** `$x := value` or `$x = value`; gives the Liquid variable. */
function setVariable(frame: Frame, pipeline: Pipeline, variable: string, value: Expression): string {
  const name = pipeline.assigns ? frame.scope.resolve(variable, pipeline.at) : variableName(frame, variable)
  if (pipeline.assigns && !name.startsWith('v_'))
    throw new GoSyntaxError(pipeline.at, `${variable} cannot be given another value`)
  frame.writer.tag(`assign ${name} = ${value.liquid}`)
  if (!pipeline.assigns) frame.scope.declare(variable, name)
  return name
}

/** Translates `command | command`; what a command gives is the last argument of the next. */
export function translateCommands(frame: Frame, commands: readonly Command[]): Expression {
  let value: Expression | undefined
  for (const command of commands) value = translateCommand(frame, command, value)
  return value ?? atom('""')
}

function translateCommand(frame: Frame, command: Command, piped: Expression | undefined): Expression {
  const { first } = command
  switch (first.kind) {
    case 'function':
      return translateCall(frame, { name: first, args: command.args, piped }, (operand) =>
        translateOperand(frame, operand),
      )
    case 'field':
      return translateNames(frame, atom(frame.dot), { ...first, command, piped })
    case 'chain':
      return translateNames(frame, translateOperand(frame, first.base), { ...first, command, piped })
    case 'variable': {
      const base = atom(frame.scope.resolve(first.name, first.at))
      if (first.names.length > 0) return translateNames(frame, base, { ...first, command, piped })
      assertNoArguments(command, piped)
      return base
    }
    case 'nil':
      throw new GoSyntaxError(first.at, 'nil is not a command')
    default:
      assertNoArguments(command, piped)
      return translateOperand(frame, first)
  }
}

function assertNoArguments({ first, args }: Command, piped: Expression | undefined): void {
  if (args.length === 0 && piped === undefined) return
  throw new GoSyntaxError(first.at, `can't give argument to non-function ${describe(first)}`)
}

function describe(operand: Operand): string {
  if (operand.kind === 'variable') return operand.name
  return operand.kind === 'dot' ? '.' : `a ${operand.kind}`
}

/** An operand that has no arguments of its own. */
export function translateOperand(frame: Frame, operand: Operand): Expression {
  switch (operand.kind) {
    case 'dot':
      return atom(frame.dot)
    case 'nil':
      return { liquid: '"" | go_nil', isAtom: false }
    case 'bool':
      return { ...atom(String(operand.value)), isBoolean: true }
    case 'string':
      return atom(quoteLiquid(operand.value))
    case 'number':
      return translateNumber(operand)
    case 'pipeline':
      return translatePipeline(frame, operand)
    case 'field':
    case 'chain':
    case 'variable':
    case 'function':
      return translateCommand(frame, { first: operand, args: [], at: operand.at }, undefined)
  }
}

function translateNumber({ number, at }: Extract<Operand, { readonly kind: 'number' }>): Expression {
  if (number.isFloat) return { liquid: `${quoteLiquid(String(number.float))} | go_float`, isAtom: false }
  if (number.integer === undefined) throw new GoSyntaxError(at, `illegal number syntax: ${number.text}`)
  if (Number.isSafeInteger(Number(number.integer))) return atom(String(number.integer))
  return { liquid: `${quoteLiquid(String(number.integer))} | go_int`, isAtom: false }
}

interface Access {
  readonly names: readonly string[]
  readonly command: Command
  readonly piped: Expression | undefined
  readonly at: number
}

/** `.A.B arguments`: the names in turn, the last one as a method when it has arguments. */
function translateNames(frame: Frame, base: Expression, { names, command, piped, at }: Access): Expression {
  checkNames(names, at)
  const args = command.args.map((arg) => toAtom(frame, translateOperand(frame, arg)))
  if (piped !== undefined) args.push(toAtom(frame, piped))
  const plain = args.length === 0 ? names : names.slice(0, -1)
  const list = plain.map(quoteLiquid).join(', ')
  const value = plain.length === 0 ? base : { liquid: `${base.liquid} | go_get: ${list}`, isAtom: false }
  if (args.length === 0) return value
  const method = names.at(-1) ?? ''
  if (!takesArguments(method))
    throw new GoSyntaxError(at, `.${method} has arguments, but no method of that name takes any`)
  return { liquid: `${value.liquid} | go_call: ${[quoteLiquid(method), ...args].join(', ')}`, isAtom: false }
}
