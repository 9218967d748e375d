import { type Delivery, type Refusal } from '../../model/delivery.ts'
import { redact } from '../../model/redact.ts'
import { MailAuthError } from './auth.ts'
import { oneLine } from './message.ts'
import { sessionEnd } from './session.ts'

/** One address of a mail: as it was written, and as the server was told it. */
export interface Recipient {
  readonly mark: string
  readonly address: string
  readonly wire: string
}

/** What is known about one attempt besides its error or result. */
export interface Attempt {
  /** `host:port`. */
  readonly server: string
  readonly recipients: readonly Recipient[]
  /** Credentials that must not be shown: a hostile server may send them back in its replies. */
  readonly secrets: readonly string[]
}

/** A refusal of the server, as nodemailer reports it. */
interface Reply {
  readonly recipient?: string | undefined
  readonly responseCode?: number | undefined
  readonly response?: string | undefined
}

/** How a mail ended whose data the server has taken, although perhaps not for every address. */
export function classifyAccepted(rejected: readonly Reply[], attempt: Attempt): Delivery {
  const count = attempt.recipients.length
  if (rejected.length === 0) {
    return {
      outcome: 'sent',
      detail: `${attempt.server} took the mail for ${count} ${count === 1 ? 'address' : 'addresses'}`,
    }
  }
  return settleRecipients(rejected, attempt)
}

/**
 * How a mail ended that the server did not take. A reply from 400 to 499 is retried and one from 500 on is final, except before
 * the first command, where it says that the server is not well: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
 */
export function classifyFailure(error: unknown, attempt: Attempt): Delivery {
  if (error instanceof MailAuthError) {
    const detail = `${attempt.server}: ${error.summary}`
    return { outcome: error.temporary ? 'retry' : 'failed', reason: 'authError', detail }
  }
  const failure = readFailure(error)
  if (failure === undefined) throw error
  if (failure.rejectedErrors !== undefined) return settleRecipients(failure.rejectedErrors, attempt)
  return failure.responseCode === undefined || isBeforeMail(failure)
    ? classifyBroken(failure, attempt)
    : classifyReply(failure, failure.responseCode, attempt)
}

/** The connection failed, or the SMTP client itself refused to write the envelope. */
function classifyBroken(failure: Failure, attempt: Attempt): Delivery {
  if (failure.code === 'EENVELOPE' || failure.code === 'EMESSAGE') {
    const detail = `${attempt.server}: ${shorten(failure.message, attempt)}`
    return { outcome: 'failed', reason: 'clientError', detail }
  }
  return { outcome: 'retry', reason: 'connectionError', detail: `${attempt.server}: ${withoutReply(failure, attempt)}` }
}

function isBeforeMail({ command = '' }: Failure): boolean {
  return ['CONN', 'STARTTLS', 'EHLO', 'HELO'].includes(command)
}

function classifyReply(failure: Failure, code: number, attempt: Attempt): Delivery {
  const detail = `${attempt.server} refused the mail at ${failure.command ?? 'an unknown step'}: ${replyText(failure, attempt)}`
  if (isAuthCode(code)) return { outcome: 'failed', reason: 'authError', detail }
  if (code >= 500) return { outcome: 'failed', reason: 'clientError', detail }
  return { outcome: 'retry', reason: code === 421 ? 'connectionError' : 'serverError', detail }
}

/** 530, 534, 535 and 538 ask for other credentials: https://www.rfc-editor.org/rfc/rfc4954#section-6 */
function isAuthCode(code: number): boolean {
  return code === 530 || code === 534 || code === 535 || code === 538
}

/** Addresses refused for now remain; those taken and those refused for good are settled. */
function settleRecipients(rejected: readonly Reply[], attempt: Attempt): Delivery {
  const replies = new Map(rejected.map((reply) => [reply.recipient ?? '', reply]))
  const settled = attempt.recipients.filter(({ wire }) => !isTemporary(replies.get(wire)))
  const waiting = attempt.recipients.filter(({ wire }) => isTemporary(replies.get(wire)))
  const refusals = settled.flatMap(({ address, wire }): readonly Refusal[] => {
    const reply = replies.get(wire)
    return reply === undefined ? [] : [{ target: address, reason: 'clientError', detail: replyText(reply, attempt) }]
  })
  const [first] = waiting
  if (first !== undefined) {
    const detail = `${attempt.server} refused ${waiting.length} of ${attempt.recipients.length} addresses for now: ${replyText(replies.get(first.wire) ?? {}, attempt)}`
    return { outcome: 'retry', reason: 'serverError', detail, done: settled.map(({ mark }) => mark), refusals }
  }
  const detail = `${attempt.server} refused ${refusals.length} of ${attempt.recipients.length} addresses: ${refusals[0]?.detail ?? ''}`
  if (refusals.length < attempt.recipients.length) return { outcome: 'sent', detail, refusals }
  return { outcome: 'failed', reason: 'clientError', detail, refusals }
}

/** A refusal without a code (the client's own, of an address that cannot be written) is final. */
function isTemporary(reply: Reply | undefined): boolean {
  return reply?.responseCode !== undefined && reply.responseCode < 500
}

interface Failure extends Reply {
  readonly command?: string | undefined
  readonly rejectedErrors?: readonly Reply[] | undefined
  readonly message: string
  readonly code: string
}

/** The fields of nodemailer's errors; undefined for an error that is none of the dialogue. */
function readFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', ...rest } = error as Error & Partial<Failure>
  const { command, response, responseCode, rejectedErrors } = rest
  const known = code !== '' || error.message === sessionEnd
  return known ? { message: error.message, code, command, response, responseCode, rejectedErrors } : undefined
}

const codeWords: Readonly<Record<string, string>> = {
  ECONNECTION: sessionEnd,
  ETIMEDOUT: 'the server did not answer in time',
  ESOCKET: 'the connection broke',
  ETLS: 'TLS could not be started',
  EPROTOCOL: 'the server does not speak SMTP as expected',
}

function withoutReply(failure: Failure, attempt: Attempt): string {
  const words =
    codeWords[failure.code] ?? (failure.code === '' ? sessionEnd : `the connection failed (${failure.code})`)
  if (failure.response !== undefined) return `${words}: ${replyText(failure, attempt)}`
  return failure.code === 'ETLS' || failure.code === 'ESOCKET'
    ? `${words}: ${shorten(failure.message, attempt)}`
    : words
}

/** The server's own words: one line, bounded, without credentials. */
function replyText({ response, responseCode }: Reply, attempt: Attempt): string {
  return shorten(response ?? String(responseCode ?? 'refused'), attempt)
}

/** Before it is cut: half a credential might be left of one. */
function shorten(text: string, { secrets }: Attempt): string {
  return oneLine(redact(text, secrets)).slice(0, 200)
}
