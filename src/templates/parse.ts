import { TypeGuards, type Template } from 'liquidjs'
import { type Format } from '../channels/channel.ts'
import { type TemplateFile } from '../model/template-file.ts'
import { type Engines } from './engine.ts'
import { faultAt, faultOf, type Fault } from './fault.ts'
import { translateGo } from './go/translate.ts'
import { inspect } from './inspect.ts'
import { baseName } from './name.ts'
import { syntaxOf } from './syntax.ts'
import { DefineTag } from './tags/define-tag.ts'
import { type RenderTag } from './tags/render-tag.ts'

/** One named template. */
export interface NamedTemplate {
  readonly name: string
  readonly file: TemplateFile
  /** Where the template begins. */
  readonly at: Fault
  /** What it was parsed to for a format: what is escaped is decided by parsing. Throws when it nests too deep for the stack at hand. */
  nodesFor(format: Format): Template[]
  readonly calls: readonly RenderTag[]
}

/** A file's templates, or why it cannot be used. */
export type ParsedFile =
  | { readonly templates: readonly NamedTemplate[]; readonly warnings: readonly Fault[] }
  | { readonly faults: readonly Fault[] }

/** Parses a file, of Go templates too. It is good as a whole or not at all. Other formats than text are parsed when they are needed. */
export function parseFile(file: TemplateFile, engines: Engines): ParsedFile {
  const maxChars = engines.text.options.parseLimit
  const tooLong = tooLongFault(file.text, maxChars) ?? tooManyFault(file.text)
  if (tooLong !== undefined) return { faults: [tooLong] }
  const source = syntaxOf(file.text) === 'go' ? translateGo(file.text, goName(file.path)) : { liquid: file.text }
  if ('faults' in source) return source
  const tooLongNow = tooLongFault(source.liquid, maxChars) ?? tooManyFault(source.liquid)
  if (tooLongNow !== undefined)
    return { faults: [{ ...tooLongNow, message: `translated to Liquid, ${tooLongNow.message}` }] }
  return parseLiquid(file, source.liquid, engines)
}

/** The name that Go gives to what stands outside of a file's definitions. */
function goName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path
}

function tooLongFault(text: string, maxChars: number): Fault | undefined {
  if (text.length <= maxChars) return undefined
  const message = `the file has ${text.length} characters, and at most ${maxChars} are read; split it into several`
  return { message, line: 1, column: 1, excerpt: '' }
}

/** Liquid takes its tokens off the front of a list one by one, which is quick for lists of at most about ten thousand. */
const maxTags = 4_000

function tooManyFault(text: string): Fault | undefined {
  const tags = text.split(/\{[{%]/).length - 1
  if (tags <= maxTags) return undefined
  const message = `the file has ${tags} tags and outputs, and at most ${maxTags} are read; split it into several`
  return { message, line: 1, column: 1, excerpt: '' }
}

function parseLiquid(file: TemplateFile, liquid: string, engines: Engines): ParsedFile {
  try {
    const text = collect(file, engines.text.parse(liquid, file.path))
    const checks = text.found.map(({ nodes }) => inspect(nodes))
    const faults = checks.flatMap((check) => check.faults)
    if (faults.length > 0) return { faults }
    const parsed = new Map<Format, Collected>([['text', text]])
    function parsedFor(format: Format): Collected {
      const known = parsed.get(format) ?? collect(file, engines[format].parse(liquid, file.path))
      parsed.set(format, known)
      return known
    }
    const templates = text.found.map(({ name, at }, index) => ({
      name,
      file,
      at,
      nodesFor: (format: Format) => parsedFor(format).found[index]?.nodes ?? [],
      calls: checks[index]?.calls ?? [],
    }))
    return { templates, warnings: [...text.stray, ...repeated(templates)] }
  } catch (error) {
    // Whatever a parser throws over a hostile text is that text's fault.
    return { faults: [faultOf(error)] }
  }
}

interface Collected {
  readonly found: readonly { readonly name: string; readonly at: Fault; readonly nodes: Template[] }[]
  /** What stands outside of all defines and is therefore never sent. */
  readonly stray: readonly Fault[]
}

function collect(file: TemplateFile, nodes: Template[]): Collected {
  const defines = nodes.filter((node) => node instanceof DefineTag)
  if (defines.length === 0) {
    const at = { message: '', line: 1, column: 1, excerpt: '' }
    return { found: [{ name: baseName(file.path), at, nodes }], stray: [] }
  }
  const found = defines.map((define) => ({ name: define.title, at: faultAt(define.token, ''), nodes: define.nodes }))
  const stray = nodes
    .filter((node) => !(node instanceof DefineTag) && !isBlank(node))
    .map((node) => faultAt(node.token, 'what stands outside of a define is never sent'))
  return { found, stray: stray.slice(0, 1) }
}

function isBlank(node: Template): boolean {
  const { token } = node
  if (TypeGuards.isHTMLToken(token)) return token.getContent().trim() === ''
  return TypeGuards.isTagToken(token) && (token.name === 'comment' || token.name === '#')
}

function repeated(templates: readonly NamedTemplate[]): readonly Fault[] {
  const last = new Map(templates.map((template) => [template.name, template]))
  return templates
    .filter((template) => last.get(template.name) !== template)
    .map(({ name, at }) => ({ ...at, message: `"${name}" is defined once more further down, and that one is used` }))
}
