import { inspect } from 'node:util'
import { type Logger } from '../../src/model/ports.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of log, with the fields of the child loggers it came through. */
export interface LogLine {
  readonly level: LogLevel
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A Logger that keeps what it is told. */
export interface LogCapture extends Logger {
  readonly lines: readonly LogLine[]
  /** The messages of one level, in order. */
  messages(level: LogLevel): readonly string[]
  /** Everything, fields and nested errors included, as one text: what a test searches for a leaked credential. */
  text(): string
}

export function createLogCapture(): LogCapture {
  const lines: LogLine[] = []

  function capture(bound: object): LogCapture {
    function keep(level: LogLevel): (fields: object, message: string) => void {
      return (fields, message) => void lines.push({ level, fields: { ...bound, ...fields }, message })
    }
    return {
      lines,
      debug: keep('debug'),
      info: keep('info'),
      warn: keep('warn'),
      error: keep('error'),
      child: (fields) => capture({ ...bound, ...fields }),
      messages: (level) => lines.filter((line) => line.level === level).map((line) => line.message),
      text: () => lines.map((line) => inspect(line, { depth: null, maxStringLength: null })).join('\n'),
    }
  }

  return capture({})
}
