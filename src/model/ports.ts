import { type CounterName, type GaugeName, type HistogramName } from './metric-names.ts'
import { type SecretKeyRef } from './fragments.ts'
import { type SecretText } from './secret.ts'

/** Time, handed in so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds from some moment on, which run forward at an even pace whatever the machine's time is set to. */
  steady?(): number
  /** Resolves after `ms`; resolves early, without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Randomness, handed in so that tests can own it. */
export interface Random {
  /** In [0, 1). */
  next(): number
  uuid(): string
}

/** Structured log: a static message and facts in fields. pino fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

/** What is counted and measured; names and labels are the table in metric-names.ts. */
export interface Metrics {
  count(name: CounterName, labels?: Readonly<Record<string, string>>, by?: number): void
  gauge(name: GaugeName, value: number, labels?: Readonly<Record<string, string>>): void
  /** Seconds (or bytes) into a histogram. */
  observe(name: HistogramName, value: number, labels?: Readonly<Record<string, string>>): void
}

/** Where credentials live. */
export interface Secrets {
  /** The value now in force. Throws SecretNotFoundError, which names the Secret, the key and the remedy. */
  read(ref: SecretKeyRef & { readonly namespace: string }, signal: AbortSignal): Promise<SecretText>
}
