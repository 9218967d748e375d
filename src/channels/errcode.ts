import { type Delivery, type DeliveryReason } from '../model/delivery.ts'
import { redact } from '../model/redact.ts'
import { type HttpResponse } from './http-client.ts'
import { classifyStatus } from './http-status.ts'

/** What one error code of a vendor means for a delivery. */
export interface ErrcodeRow {
  readonly code: number
  readonly outcome: 'retry' | 'failed'
  readonly reason: DeliveryReason
  /** What the code says, for people. */
  readonly means: string
  /** What would mend it. */
  readonly remedy?: string
  /** How long the vendor keeps refusing, milliseconds. */
  readonly afterMs?: number
  /** It is the access token that was refused: with a new one the same request may do. */
  readonly token?: true
  /** Where the vendor says so. */
  readonly source: string
}

/** The fields of a JSON answer. */
export type AnswerFields = Readonly<Record<string, unknown>>

/** What an answer says; code 0 is success. */
export interface Said {
  readonly code: number
  /** The vendor's own words; never shown before they are redacted. */
  readonly words: string
  /** How long the vendor asks to wait, milliseconds. */
  readonly afterMs?: number
}

/** An API that answers 200 to everything and says in a numeric field whether it did what was asked. */
export interface ErrcodeVendor {
  readonly name: string
  readonly rows: readonly ErrcodeRow[]
  /** Undefined for JSON that is no answer of this API. */
  read(fields: AnswerFields): Said | undefined
}

/** What is known about a request besides its answer. */
export interface Asked {
  /** `scheme://host:port`, for people. */
  readonly origin: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Credentials that the far side may repeat: they are taken out of its words. */
  readonly secrets: readonly string[]
  /** More to say about a refusal, from what the vendor said: `the clock here is 2 h ahead`. */
  readonly remark?: (said: Said) => string | undefined
}

/** What an answer means. */
export interface Judgement {
  readonly delivery: Delivery
  readonly tokenRefused: boolean
  /** Empty when the answer was not JSON. */
  readonly fields: AnswerFields
}

/**
 * Judges an answer: first its status, then its body, for in these APIs 200 is not yet success. What is not the API's JSON (a
 * proxy's page, half an answer) is retried; a code that is in no table is final, as WeChat Work and DingTalk ask for.
 */
export function judge(answer: HttpResponse, vendor: ErrcodeVendor, asked: Asked): Judgement {
  const { origin } = asked
  if (answer.status < 200 || answer.status > 299) {
    const delivery = classifyStatus(answer.status, answer.headers, asked.now)
    return { delivery: { ...delivery, detail: `${origin} ${delivery.detail ?? ''}` }, tokenRefused: false, fields: {} }
  }
  const fields = readFields(answer.body)
  const said = fields === undefined ? undefined : vendor.read(fields)
  if (fields === undefined || said === undefined) {
    const detail = `${origin} answered ${answer.status}, but not in the JSON of ${vendor.name}`
    return { delivery: { outcome: 'retry', reason: 'serverError', detail }, tokenRefused: false, fields: {} }
  }
  if (said.code === 0) return { delivery: { outcome: 'sent' }, tokenRefused: false, fields }
  const row = vendor.rows.find(({ code }) => code === said.code)
  return { delivery: refusal(row, said, asked), tokenRefused: row?.token === true, fields }
}

function refusal(row: ErrcodeRow | undefined, said: Said, asked: Asked): Delivery {
  const means = row === undefined ? 'an error that is not known here' : row.means
  const words = quote(said.words, asked.secrets)
  const detail = [
    `${asked.origin} answered errcode ${said.code}: ${means}`,
    row?.remedy,
    asked.remark?.(said),
    words === '' ? undefined : `it said: ${words}`,
  ]
    .filter((part) => part !== undefined)
    .join('; ')
  const { outcome = 'failed', reason = 'clientError' } = row ?? {}
  if (outcome === 'failed') return { outcome, reason, detail }
  const afterMs = said.afterMs ?? row?.afterMs
  return { outcome, reason, detail, ...(afterMs === undefined ? {} : { afterMs }) }
}

function readFields(body: string): AnswerFields | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** A field that is a whole number, or the text of one. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  return typeof value === 'string' && /^-?\d{1,15}$/u.test(value) ? Number(value) : undefined
}

/** A field that is text; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** How much of the far side's words is shown, characters. */
const maxWords = 300

/** The far side's words in one line, bounded, and without the credentials that it may have repeated. */
export function quote(words: string, secrets: readonly string[]): string {
  const line = redact(words, secrets)
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
  return Array.from(line).slice(0, maxWords).join('')
}
