import { isCollection, isScalar, visit, type Document, type ErrorCode, type YAMLParseError } from 'yaml'
import { cut } from '../api/text.ts'
import { type Fault } from './decode.ts'
import { placeAt } from './text-lines.ts'

/** The part of the parser's error that is used; its text is not shown, for it quotes the document. */
type ParserError = Pick<YAMLParseError, 'code' | 'message' | 'pos'>

/** What went wrong where, for the diagnoses below. `line` counts from 1. */
interface Scene {
  readonly code: ErrorCode
  readonly line: number
  readonly lines: readonly string[]
  /** A Secret's text is never quoted, not even a word of it. */
  readonly secret: boolean
}

/** A diagnosis: the line that a person must mend, what is wrong there and what would be right. */
type Diagnosis = Pick<Fault, 'line' | 'message' | 'remedy'>

/** Why the text is not YAML, in the words of someone who wrote a manifest, at the line that must be mended. */
export function explainSyntax(text: string, tree: Document, error: ParserError): Fault {
  const { line, column } = placeAt(text, openedAt(tree, error) ?? error.pos[0])
  const lines = text.split(/\r?\n/u)
  const scene: Scene = { code: error.code, line, lines, secret: lines.some((other) => secretKind.test(other)) }
  for (const diagnose of diagnoses) {
    const found = diagnose(scene)
    if (found === undefined) continue
    return { ...found, column: found.line === line ? column : indentOf(lines[found.line - 1] ?? '') + 1 }
  }
  return { line, column, ...explainCode(error) }
}

/** In a list, in JSON and beside a mistake in the kind, too. */
const secretKind = /(?:^|[\s{,-])["']?(?:kind["']?:\s*["']?Secret\b|stringData["']?:|secretGenerator["']?:)/u

/** Where the quote or bracket was opened that the error says is not closed. */
function openedAt(tree: Document, error: ParserError): number | undefined {
  if (!isUnclosedQuote(error) && !isUnclosedFlow(error)) return undefined
  let opened: number | undefined
  visit(tree, {
    Node(_key, node) {
      const wanted = isUnclosedQuote(error)
        ? isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
        : isCollection(node) && node.flow === true
      const [start, end] = node.range ?? [0, -1]
      if (wanted && start <= error.pos[0] && end >= error.pos[0]) opened = start
    },
  })
  return opened
}

function isUnclosedQuote(error: ParserError): boolean {
  return error.code === 'MISSING_CHAR' && error.message.includes('quote')
}

function isUnclosedFlow(error: ParserError): boolean {
  return error.message.startsWith('Flow ') || /expected a.*flow/iu.test(error.message)
}

const diagnoses: readonly ((scene: Scene) => Diagnosis | undefined)[] = [
  findHereDocument,
  findConflictMarker,
  findTab,
  findTemplate,
  findMissingSpace,
  findMissingColon,
  findTooDeep,
  findColonInValue,
]

const hereDocument = /^\s*(?:[$#>]\s+)?cat\s+<<|\|\s*kubectl\s+(?:apply|create|replace)\b/u
const hereDocumentEnd = /^(?:EOF|EOT|EOL|END)\s*$/u

/** A line that belongs to a shell command that was copied along with the manifest, near `line` or, without one, anywhere. */
export function findHereDocument({
  lines,
  line,
}: {
  readonly lines: readonly string[]
  readonly line?: number
}): Diagnosis | undefined {
  const isPasted = (text: string): boolean => hereDocument.test(text) || hereDocumentEnd.test(text)
  const place = lines.findIndex((text, at) => (line === undefined || Math.abs(at + 1 - line) <= 1) && isPasted(text))
  if (place === -1) return undefined
  return {
    line: place + 1,
    message:
      'this line belongs to a shell here-document (`cat <<EOF | kubectl apply -f -` … `EOF`), not to the manifest',
    remedy: 'delete the lines `cat <<EOF …` and `EOF`, and keep what stands between them',
  }
}

function findConflictMarker({ lines }: Scene): Diagnosis | undefined {
  const place = lines.findIndex((line) => /^(?:<{7}|={7}|>{7})(?:\s|$)/u.test(line))
  if (place === -1) return undefined
  return {
    line: place + 1,
    message: 'a Git merge conflict is not resolved',
    remedy: 'keep one side and delete the markers',
  }
}

function findTab({ code, line, lines }: Scene): Diagnosis | undefined {
  const near = [line, line + 1].find((number) => /^ *\t/u.test(lines[number - 1] ?? ''))
  if (code !== 'TAB_AS_INDENT' && near === undefined) return undefined
  return { line: near ?? line, message: 'a tab stands in the indentation', remedy: 'indent with spaces' }
}

function findTemplate({ line, lines }: Scene): Diagnosis | undefined {
  if (!/\{\{|\{%/u.test(lines[line - 1] ?? '')) return undefined
  return {
    line,
    message: 'the line holds a template expression (`{{ … }}`), which is no YAML',
    remedy: 'render the template first (for example with `helm template`), or put the value in quotes',
  }
}

/** Codes that the parser gives when it takes a line, or what follows it, for a key. */
const keyCodes: ReadonlySet<ErrorCode> = new Set(['MULTILINE_IMPLICIT_KEY', 'MISSING_CHAR', 'BLOCK_AS_IMPLICIT_KEY'])
const entry = /^\s*(?:- +)*["']?([A-Za-z_][\w./-]*)["']?/u

function findMissingSpace({ code, line, lines, secret }: Scene): Diagnosis | undefined {
  const key = /^\s*(?:- +)*([A-Za-z_][\w.-]*):(?!\/\/)[^\s:]/u.exec(lines[line - 1] ?? '')?.[1]
  if (!keyCodes.has(code) || key === undefined) return undefined
  const name = secret ? 'key' : cut(key)
  return { line, message: 'a space is missing after the colon', remedy: `write \`${name}: …\`` }
}

function findMissingColon({ code, line, lines, secret }: Scene): Diagnosis | undefined {
  const text = lines[line - 1] ?? ''
  const key = entry.exec(text)?.[1]
  if (!keyCodes.has(code) || key === undefined || /:(?:\s|$)/u.test(text)) return undefined
  const alone = withoutComment(text.replace(entry, '')).trim() === ''
  if (secret) return { line, message: 'a key has no colon after it', remedy: 'write `key: value`' }
  const name = cut(key)
  const remedy = alone ? `write \`${name}:\`` : `write \`${name}: …\``
  return { line, message: `the key \`${name}\` has no colon after it`, remedy }
}

function withoutComment(text: string): string {
  const comment = text.search(/\s#/u)
  return comment === -1 ? text : text.slice(0, comment)
}

/** `key: value`, and `key:` with or without one. */
const complete = /^\s*(?:- +)*["']?[\w./-]+["']?:\s+[^\s#]/u
const started = /^\s*(?:- +)*["']?[\w./-]+["']?:(?:\s|$)/u

/** A key that stands deeper than the complete `key: value` above it. */
function findTooDeep({ code, line, lines }: Scene): Diagnosis | undefined {
  const next = line + 1 + lines.slice(line).findIndex((other) => other.trim() !== '' && !/^\s*#/u.test(other))
  const above = lines[line - 1] ?? ''
  const below = lines[next - 1] ?? ''
  const deeper = next > line && indentOf(below) > indentOf(above)
  if (!keyCodes.has(code) || !deeper || !complete.test(above) || !started.test(below)) return undefined
  return {
    line: next,
    message: 'the line is indented deeper than the line above it, which already has its value',
    remedy: 'give both lines the same indentation',
  }
}

function findColonInValue({ code, line, lines }: Scene): Diagnosis | undefined {
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' || !/:\s.*:\s/u.test(`${lines[line - 1] ?? ''} `)) return undefined
  return { line, message: 'the value itself holds `: `', remedy: 'put the value in quotes' }
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

const generic = {
  message: 'this is not valid YAML',
  remedy: 'check indentation, colons and quotes here and in the line above',
}

function explainCode(error: ParserError): Pick<Fault, 'message' | 'remedy'> {
  if (isUnclosedQuote(error)) return { message: 'a quote is opened here and never closed', remedy: 'close the quote' }
  if (isUnclosedFlow(error)) {
    return {
      message: 'a bracket is opened here and not closed',
      remedy: 'close it with `]` or `}`, indented deeper than its key',
    }
  }
  return byCode[error.code] ?? generic
}

const byCode: Readonly<Partial<Record<ErrorCode, Pick<Fault, 'message' | 'remedy'>>>> = {
  BAD_INDENT: {
    message: 'the line is indented differently from the lines that it belongs to',
    remedy: 'give lines of one level the same indentation',
  },
  BAD_SCALAR_START: {
    message: 'a value must not begin with `@`, `%` or a backtick',
    remedy: 'put the value in quotes',
  },
  BAD_DQ_ESCAPE: {
    message: 'a backslash in double quotes begins an escape that does not exist',
    remedy: 'write the backslash twice, or use single quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a key stands where a value was expected',
    remedy: 'give keys of one level the same indentation, and put a value that holds `: ` in quotes',
  },
  BLOCK_IN_FLOW: {
    message: 'a comma is missing between two entries, or lines are mixed into a list or map in brackets',
    remedy: 'separate entries inside `{}` and `[]` with commas',
  },
  MISSING_CHAR: { message: 'a colon or a closing sign is missing', remedy: 'complete the line' },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a colon is missing after a key, or a comma between two entries in brackets',
    remedy: 'write `key: value`, and separate entries inside `{}` and `[]` with commas',
  },
  NON_STRING_KEY: {
    message: 'a list or map stands where a key was expected',
    remedy: 'write a plain word as the key, and put a value that begins with `{` or `[` in quotes',
  },
  RESOURCE_EXHAUSTION: { message: 'the document is nested too deeply', remedy: 'flatten it' },
  TAB_AS_INDENT: { message: 'a tab stands in the indentation', remedy: 'indent with spaces' },
  UNEXPECTED_TOKEN: {
    message: 'something stands here that YAML does not expect, such as text after a closing quote or a second comma',
    remedy: 'double a single quote inside single quotes, and take superfluous signs away',
  },
}
