import { printable } from './printable.ts'
import { formatProblem, type Problem } from '../model/problem.ts'
import { type Terminal } from './toolbox.ts'

/** ANSI SGR codes: https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const

/** Colours `text` on a terminal, and leaves it alone elsewhere. */
export function paint(terminal: Terminal, colour: keyof typeof codes, text: string): string {
  return terminal.colour ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text
}

/** JSON for machines: two spaces, a line feed at the end; whatever a terminal would obey is escaped. */
export function printJson(terminal: Terminal, value: unknown): void {
  const lines = JSON.stringify(value, undefined, 2).split('\n')
  terminal.out(`${lines.map(printable).join('\n')}\n`)
}

/** One line a problem, errors first, each with where, what and the remedy. */
export function printProblems(terminal: Terminal, problems: readonly Problem[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error')
  const warnings = problems.filter((problem) => problem.severity === 'warning')
  for (const problem of errors) terminal.out(`${paint(terminal, 'red', '✗')} ${formatProblem(problem)}\n`)
  for (const problem of warnings) terminal.out(`${paint(terminal, 'yellow', '!')} ${formatProblem(problem)}\n`)
}

/** `3 problems`, `1 problem`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
