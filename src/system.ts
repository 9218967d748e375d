import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { type Clock, type Logger, type Random } from './model/ports.ts'

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(Math.min(ms, maxTimerMs), undefined, { signal, ref: true })
    } catch (error) {
      if (signal?.aborted !== true) throw error
    }
  },
}

/** Above this Node fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const maxTimerMs = 2_147_483_647

/** The machine's randomness. */
export const systemRandom: Random = { next: () => Math.random(), uuid: () => randomUUID() }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFormat = 'logfmt' | 'json'

/** A logger that writes one line a record to `write`, as logfmt (the field's habit) or JSON. */
export function createLogger(options: {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly write: (line: string) => void
}): Logger {
  const { level, format, write } = options
  const base = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line: string) => write(toLogfmt(line)) },
  )
  return wrap(base)
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  }
}

function toLogfmt(line: string): string {
  const record = JSON.parse(line) as Record<string, unknown>
  const { time, level, msg, ...fields } = record
  const pairs = Object.entries({ ts: time, level, msg, ...fields })
  return `${pairs.map(([name, value]) => `${name}=${logfmtValue(value)}`).join(' ')}\n`
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/u.test(text) ? text : JSON.stringify(text)
}
