import { LiquidError, type Token } from 'liquidjs'

/** What is wrong with a template, and where. Lines and columns count from 1. */
export interface Fault {
  readonly message: string
  readonly line: number
  readonly column: number
  /** The line of the template that is meant, cut to a readable length. */
  readonly excerpt: string
  /** The file that Liquid named; a rendering may fail in another file than it began in. */
  readonly file?: string
}

/** A fault at a token. */
export function faultAt(token: Token, message: string): Fault {
  const [line = 1, column = 1] = token.getPosition()
  const source = token.input.split('\n', line)[line - 1] ?? ''
  return {
    message,
    line,
    column,
    excerpt: cut(source.trim(), 80),
    ...(token.file === undefined ? {} : { file: token.file }),
  }
}

/** A fault from whatever was thrown while a template was parsed or rendered. */
export function faultOf(error: unknown): Fault {
  if (!LiquidError.is(error)) return { message: messageOf(error), line: 1, column: 1, excerpt: '' }
  return faultAt(error.token, messageOf(error.originalError ?? error))
}

/** One line for the reader of a message: `alerts.liquid:3: undefined filter: foo`. */
export function describeFault(fault: Fault): string {
  const place = fault.file === undefined ? '' : `${fault.file}:${fault.line}: `
  return cut(`${place}${fault.message}`.replace(/\s+/g, ' '), 300)
}

/** Liquid appends the place to its messages, which we tell in fields of their own. */
function withoutPlace(message: string): string {
  return message.replace(/(?:, file:.*)?, line:\d+, col:\d+$/s, '')
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError && /call stack/.test(error.message)) return 'the template nests too deep'
  return cut(withoutPlace(error instanceof Error ? error.message : String(error)), 200)
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
