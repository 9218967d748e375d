import { type Fault } from '../fault.ts'
import { type Problem } from '../../model/problem.ts'
import { assignedVariables } from './assigned.ts'
import { Names, Scope, type Frame } from './frame.ts'
import { quoteLiquid } from './liquid-text.ts'
import { createLines, type Lines } from './lines.ts'
import { isDefinition, isEmpty, type Definition, type GoFile, type Node } from './nodes.ts'
import { parse } from './parser.ts'
import { commentTag, translateNodes } from './statements.ts'
import { GoSyntaxError } from './syntax-error.ts'
import { Writer } from './writer.ts'

/** Longest Go file that is read at all. */
const maxChars = 262_144

/** Most faults of one file that are told. */
const maxFaults = 20

/** The Liquid of a Go file, or where and why there is none. */
export type Translation = { readonly liquid: string } | { readonly faults: readonly Fault[] }

/**
 * Translates a file of Go templates (https://pkg.go.dev/text/template, with Alertmanager's functions and data) into Liquid with the
 * tag `go` and the filters `go_…`. What stands outside of all definitions becomes a template named `rootName`. Never throws.
 */
export function translateGo(text: string, rootName: string): Translation {
  if (text.length > maxChars) {
    return { faults: [{ message: `the file has more than ${maxChars} characters`, line: 1, column: 1, excerpt: '' }] }
  }
  const lines = createLines(text)
  try {
    return new FileTranslation(lines, rootName).translate(parse(text))
  } catch (error) {
    return { faults: [faultOf(lines, error)] }
  }
}

/** Translates a file for people: what cannot be translated is a Problem with its file, line, column and construct. */
export function translate(
  text: string,
  file: string,
): { readonly liquid: string } | { readonly problems: readonly Problem[] } {
  const translation = translateGo(text, file.slice(file.lastIndexOf('/') + 1) || 'template')
  if ('liquid' in translation) return translation
  return { problems: translation.faults.map((fault) => toProblem(file, fault)) }
}

function toProblem(file: string, { message, line, column, excerpt }: Fault): Problem {
  return {
    severity: 'error',
    reason: 'TemplateInvalid',
    path: '',
    message: `line ${line}, column ${column}: ${message}${excerpt === '' ? '' : `, near ${JSON.stringify(excerpt)}`}`,
    remedy: 'mend the Go template, or write this part in Liquid',
    origin: { file, line, column },
  }
}

/** A fault from what the parser or the translation threw; anything unexpected is a bug and goes on. */
function faultOf(lines: Lines, error: unknown): Fault {
  if (!(error instanceof GoSyntaxError)) throw error
  return { message: error.message, ...lines.describe(error.at) }
}

class FileTranslation {
  readonly #lines: Lines
  readonly #rootName: string
  readonly #writer = new Writer()
  readonly #faults: Fault[] = []

  constructor(lines: Lines, rootName: string) {
    this.#lines = lines
    this.#rootName = rootName
  }

  translate({ root, blocks }: GoFile): Translation {
    const definitions = root.filter(isDefinition)
    const loose = root.filter((item): item is Node => !isDefinition(item))
    const isLoose = !isEmpty(loose)
    if (isLoose && definitions.length === 0)
      this.#define({ name: this.#rootName, body: loose, at: 0, endAt: this.#lines.end })
    else for (const item of root) this.#translateItem(item)
    if (isLoose && definitions.length > 0) {
      this.#writer.text('\n', '\n')
      this.#define({ name: this.#rootName, body: loose, at: this.#lines.end, endAt: this.#lines.end })
    }
    for (const block of blocks) {
      this.#writer.text('\n', '\n')
      this.#define(block)
    }
    return this.#faults.length > 0 ? { faults: this.#faults } : { liquid: this.#writer.build() }
  }

  /** A definition, or the white space and the comments around it. */
  #translateItem(item: Node | Definition): void {
    this.#writer.at(this.#lines.lineOf(item.at))
    if (isDefinition(item)) this.#define(item)
    else if (item.kind === 'comment') this.#writer.tag(commentTag(item.text))
    else if (item.kind === 'text' && item.text.trim() === '') this.#writer.text(item.raw, item.text)
  }

  /** One template. A fault in it does not hide those of the others. */
  #define({ name, body, at, endAt }: Pick<Definition, 'name' | 'body' | 'at' | 'endAt'>): void {
    this.#writer.at(this.#lines.lineOf(at))
    this.#writer.tag(`define ${quoteLiquid(name)}`)
    this.#writer.tag('go')
    try {
      translateNodes(this.#frameOf(body), body)
    } catch (error) {
      const fault = faultOf(this.#lines, error)
      if (this.#faults.length < maxFaults) this.#faults.push(fault)
    }
    this.#writer.at(this.#lines.lineOf(endAt))
    this.#writer.tag('endgo')
    this.#writer.tag('enddefine')
  }

  #frameOf(body: readonly Node[]): Frame {
    const scope = new Scope()
    scope.declare('$', 'dot')
    const lineOf = (at: number): number => this.#lines.lineOf(at)
    return { writer: this.#writer, names: new Names(), scope, dot: 'dot', assigned: assignedVariables(body), lineOf }
  }
}
