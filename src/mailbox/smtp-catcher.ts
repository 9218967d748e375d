import { type Readable } from 'node:stream'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { type CaughtMessage } from '../model/mailbox.ts'
import { type Clock } from '../model/ports.ts'
import { redactHeader } from './redact.ts'

/** Largest mail that is taken, bytes. */
export const maxMailBytes = 5 * 1024 * 1024
const maxClients = 64
const socketTimeoutMs = 60_000
/** How long `close()` waits for mails that are on their way. */
const closeTimeoutMs = 500

/** An SMTP server that takes every mail from everybody, with any credentials, and keeps none of these. */
export function createSmtpCatcher(deps: {
  readonly clock: Clock
  add(message: Omit<CaughtMessage, 'id'>): CaughtMessage
  /** A session broke; nothing was caught. */
  onBroken(error: Error): void
}): SMTPServer {
  const server = new SMTPServer({
    banner: 'Notification Manager mailbox',
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: maxMailBytes,
    maxClients,
    socketTimeout: socketTimeoutMs,
    closeTimeout: closeTimeoutMs,
    onAuth: (_auth, _session, callback) => callback(null, { user: 'anyone' }),
    onData(stream, session, callback) {
      void receive(stream, session).then(
        () => callback(),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      )
    },
  })
  server.on('error', deps.onBroken)
  return server

  async function receive(stream: Readable, session: SMTPServerSession): Promise<void> {
    const source = await collect(stream)
    if (source === undefined) throw Object.assign(new Error('The mail is too large'), { responseCode: 552 })
    const mail = await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true })
    const { mailFrom, rcptTo } = session.envelope
    deps.add({
      at: deps.clock.now(),
      channel: 'email',
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map((recipient) => recipient.address),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: typeof mail.html === 'string' ? mail.html : '',
      headers: headersOf(mail),
      path: '',
      raw: source.toString('utf8'),
    })
  }
}

/** Undefined when there was more than the limit; the rest is read all the same, as SMTP wants it. */
async function collect(stream: Readable): Promise<Buffer | undefined> {
  let chunks: Buffer[] = []
  let received = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    received += chunk.length
    if (received > maxMailBytes) chunks = []
    else chunks.push(chunk)
  }
  return received > maxMailBytes ? undefined : Buffer.concat(chunks)
}

function headersOf(mail: ParsedMail): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const { key, line } of mail.headerLines) {
    const value = redactHeader(
      key,
      line
        .slice(key.length + 1)
        .replaceAll(/\r?\n\s+/gu, ' ')
        .trim(),
    )
    const earlier = headers.get(key)
    headers.set(key, earlier === undefined ? value : `${earlier}\n${value}`)
  }
  return headers
}
