import { type Delivery } from '../../model/delivery.ts'
import { oneLine } from '../../model/readable.ts'
import { redact } from '../../model/redact.ts'
import { type HttpResponse } from '../http-client.ts'
import { classifyStatus, retryAfterMs } from '../http-status.ts'
import { slackErrors } from './errors.ts'

/** Slack's answer, as far as it is read: https://docs.slack.dev/apis/web-api/#evaluating-responses */
interface SlackAnswer {
  readonly ok: boolean
  readonly error: string
  readonly warning: string
  /** What exactly is wrong with blocks or arguments. */
  readonly messages: readonly string[]
}

/**
 * How an attempt ended. Slack answers 200 also when it refuses a message, so the body decides; where there is none of Slack's, the
 * status does. `now` is milliseconds since the epoch, for a Retry-After that is a date. The detail quotes Slack, which may repeat the
 * token that it was sent.
 */
export function classify(
  answer: HttpResponse,
  { now, token }: { readonly now: number; readonly token: string },
): Delivery {
  const { status, headers, body } = answer
  const said = withoutToken(readAnswer(body), token)
  if (said === undefined || status === 429 || status >= 500) return classifyWithout(answer, said, now)
  if (!said.ok) return classifyError(said, retryAfterMs(headers.get('retry-after'), now))
  if (status >= 300) return classifyWithout(answer, said, now)
  const warning = quote('warning', said.warning)
  return { outcome: 'sent', detail: warning === '' ? 'took the message' : `took the message; ${warning}` }
}

/** Before anything is cut: half a token might be left of one. */
function withoutToken(said: SlackAnswer | undefined, token: string): SlackAnswer | undefined {
  if (said === undefined) return undefined
  const [error = '', warning = '', ...messages] = [said.error, said.warning, ...said.messages].map((text) =>
    redact(text, [token]),
  )
  return { ok: said.ok, error, warning, messages }
}

/** An error that no table has is final, as most are: retrying it would hold up what comes after it. */
function classifyError({ error, messages }: SlackAnswer, afterMs: number | undefined): Delivery {
  const { outcome, reason, remedy = '' } = slackErrors.get(error) ?? { outcome: 'failed', reason: 'clientError' }
  const words = [`refused the message: ${wordOf(error)}`, quote('it says', messages.join(' ')), remedy]
  const detail = words.filter((word) => word !== '').join('; ')
  return outcome === 'failed' || afterMs === undefined
    ? { outcome, reason, detail }
    : { outcome, reason, detail, afterMs }
}

/** The error in an answer, or an empty text: what a sender looks at before it gives up. */
export function errorOf({ body }: HttpResponse): string {
  return readAnswer(body)?.error ?? ''
}

/** Only a status to go by; a 2xx without Slack's word that it took the message is not a success. */
function classifyWithout({ status, headers }: HttpResponse, said: SlackAnswer | undefined, now: number): Delivery {
  const delivery = classifyStatus(status, headers, now)
  if (delivery.outcome === 'sent') {
    return {
      outcome: 'retry',
      reason: 'serverError',
      detail: `${delivery.detail ?? ''} with a body that is not Slack's`,
    }
  }
  const error = said?.error ?? ''
  return error === '' ? delivery : { ...delivery, detail: `${delivery.detail}: ${wordOf(error)}` }
}

/** Slack repeats the message in its answer, which may be longer than is read; its verdict stands before it. */
const taken = /^\s*\{\s*"ok"\s*:\s*true\s*,/u

function readAnswer(body: string): SlackAnswer | undefined {
  const answer = parseObject(body)
  if (answer === undefined) return taken.test(body) ? { ok: true, error: '', warning: '', messages: [] } : undefined
  if (typeof answer['ok'] !== 'boolean') return undefined
  const metadata = asObject(answer['response_metadata'])
  const messages: unknown = metadata['messages']
  return {
    ok: answer['ok'],
    error: textOf(answer['error']),
    warning: textOf(answer['warning']),
    messages: Array.isArray(messages) ? messages.map(textOf) : [],
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** An error's code; anything longer or stranger is not shown. */
function wordOf(error: string): string {
  return /^\w{1,64}$/u.test(error) ? error : 'an error without a code'
}

function quote(name: string, text: string): string {
  const line = oneLine(text)
  return line === '' ? '' : `${name}: ${line.slice(0, 200).toWellFormed()}`
}
