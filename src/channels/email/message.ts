import { domainToASCII } from 'node:url'
import addressparser from 'nodemailer/lib/addressparser'
import MailComposer from 'nodemailer/lib/mail-composer'
import { type EmailRequest } from './request.ts'

/** What is said to the server: the sender and the addresses of one mail. */
export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/** An address and the name before it, as in `Alerts <alerts@example.com>`. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** The first mailbox in a text, or undefined when there is none with an address. */
export function parseMailbox(text: string): Mailbox | undefined {
  return addressparser(oneLine(text), { flatten: true })
    .map(({ name, address }) => ({ name, address }))
    .find(({ address }) => /^[^\s@<>]+@[^\s@<>]+$/u.test(address))
}

/** An address with its domain in ASCII, which needs no SMTPUTF8; the part before the @ stays as it is. */
export function wireAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  return domain === '' ? address : `${address.slice(0, at)}@${domain}`
}

/** Line ends, tabs and other control characters as single spaces: no value starts a header of its own. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

/** The sender and the addresses of a request as the server is told them. */
export function envelopeOf(request: EmailRequest): Envelope {
  const from = parseMailbox(request.config.from)?.address ?? oneLine(request.config.from)
  return { from: wireAddress(from), to: request.to.map(wireAddress) }
}

/** The mail as bytes: headers, then text and HTML as alternatives. `now` is milliseconds since the epoch. */
export async function composeMail(request: EmailRequest, now: number): Promise<Buffer> {
  const from = parseMailbox(request.config.from) ?? { name: '', address: oneLine(request.config.from) }
  const composer = new MailComposer({
    from: { ...from },
    to: request.to.map((address) => ({ name: '', address })),
    subject: oneLine(request.subject),
    date: new Date(now),
    messageId: request.messageId,
    inReplyTo: request.threadId,
    references: [request.threadId],
    headers: {
      'X-Notification-Id': oneLine(request.notificationId),
      'X-Alert-Status': request.status,
      // No out-of-office answers: https://www.rfc-editor.org/rfc/rfc3834#section-5
      'Auto-Submitted': 'auto-generated',
      ...(request.important ? { Importance: 'high', 'X-Priority': '1 (Highest)' } : {}),
    },
    text: request.text,
    html: request.html,
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return await composer.compile().build()
}
