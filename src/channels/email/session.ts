import { type Socket } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import { isLoopback } from '../address-policy.ts'
import { type Egress } from '../egress.ts'
import { tlsConnectionOptions, type TlsOptions } from '../tls.ts'
import { authenticate, chooseMechanism, type MailCredentials } from './auth.ts'
import { type Envelope } from './message.ts'

/** The server, and everything that makes one connection to it differ from another. */
export interface MailServer {
  readonly host: string
  readonly port: number
  readonly hello: string
  readonly requireTls: boolean | undefined
  readonly tls: TlsOptions
  readonly credentials?: MailCredentials
  readonly dialTimeoutMs: number
}

/** One SMTP connection, ready for mails. */
export interface Session {
  /** False once the connection has ended. */
  readonly alive: boolean
  /** Sends one mail; any error ends the session. Throws StaleSessionError, or the error of the SMTP dialogue. */
  send(envelope: Envelope, mail: Buffer, signal: AbortSignal): Promise<SMTPConnectionSendInfo>
  /** Calls the listener once, when the connection has ended. */
  onEnd(listener: () => void): void
  close(): void
}

/** A mail that was not sent because the connection ended before it could begin: safe to send over another one. */
export class StaleSessionError extends Error {
  override readonly name = 'StaleSessionError'
}

/** The message of the error with which a session ends without a word. */
export const sessionEnd = 'the server closed the connection'

/** A connection that says nothing for this long is closed, in use or idle. RFC 5321, 4.5.3.2 has servers wait for 5 minutes. */
const silenceMs = 30_000

/** TLS from the first byte: https://www.rfc-editor.org/rfc/rfc8314#section-7.3 */
const implicitTlsPort = 465

/**
 * Connects, starts TLS and authenticates. With `requireTls` a server that offers no STARTTLS gets nothing. Otherwise TLS is used
 * when offered, and its certificate is checked when there is a password to protect (unless `requireTls` is explicitly false) or
 * when TLS settings were given. AUTH is left out when the server offers none, as a relay that trusts its network does.
 */
export async function openSession(server: MailServer, egress: Egress, signal: AbortSignal): Promise<Session> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(server.dialTimeoutMs)])
  const implicit = server.port === implicitTlsPort
  const tls = { ...tlsConnectionOptions(server.host, server.tls), rejectUnauthorized: verifies(server) }
  const socket = await egress.connect(server, bounded)
  const connection: SMTPConnection = new SMTPConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: implicit,
    requireTLS: !implicit && server.requireTls === true,
    opportunisticTLS: server.requireTls !== true && server.credentials === undefined,
    name: server.hello,
    tls,
    connectionTimeout: server.dialTimeoutMs,
    greetingTimeout: server.dialTimeoutMs,
    socketTimeout: silenceMs,
    socketCloseTimeout: 0,
    logger: false,
    customAuth: { NEGOTIATED: (exchange) => negotiate(exchange, connection, server, socket) },
  })
  // Errors between two mails only end the session; during a step they reach it as well.
  connection.on('error', () => undefined)
  await step<undefined>(connection, signal, (done) => connection.connect((error) => done(error ?? null)))
  if (server.credentials !== undefined && connection.allowsAuth) {
    await step<boolean>(connection, signal, (done) => connection.login({ method: 'NEGOTIATED' }, done))
  }
  return sessionOver(connection)
}

function sessionOver(connection: SMTPConnection): Session {
  let mails = 0
  return {
    get alive() {
      return !connection.destroyed
    },
    async send(envelope, mail, signal) {
      const content = Readable.from([mail])
      mails += 1
      try {
        return await step<SMTPConnectionSendInfo>(connection, signal, (done) =>
          connection.send({ from: envelope.from, to: [...envelope.to], size: mail.length }, content, done),
        )
      } catch (error) {
        const reply = error instanceof Error && 'responseCode' in error && error.responseCode !== 421
        const stale = mails > 1 && !content.readableDidRead && !reply && !signal.aborted
        throw stale ? new StaleSessionError('the server had closed the idle connection', { cause: error }) : error
      }
    },
    onEnd(listener) {
      connection.once('end', listener)
    },
    close() {
      if (connection.destroyed) return
      connection.quit()
      connection.close()
    },
  }
}

async function negotiate(
  exchange: Parameters<typeof authenticate>[0],
  connection: SMTPConnection,
  server: MailServer,
  socket: Socket,
): Promise<void> {
  const { credentials } = server
  if (credentials === undefined) return
  const plaintextAllowed = server.requireTls === false || isLoopback(socket.remoteAddress ?? '')
  const mechanism = chooseMechanism(exchange.authMethods, credentials, {
    encrypted: connection.secure,
    plaintextAllowed,
  })
  await authenticate(exchange, mechanism, credentials)
}

function verifies({ tls, requireTls, port, credentials }: MailServer): boolean {
  if (tls.insecureSkipVerify === true) return false
  if (requireTls === true || port === implicitTlsPort || tls.ca !== undefined || tls.serverName !== undefined)
    return true
  return credentials !== undefined && requireTls !== false
}

/** One step of the dialogue as a promise; an abort, an error or the connection's end ends it, and the connection with it. */
async function step<Result>(
  connection: SMTPConnection,
  signal: AbortSignal,
  run: (done: (error: Error | null, result?: Result) => void) => void,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const onAbort = (): void => reject(new DOMException('aborted', 'AbortError'))
  const onEnd = (): void => reject(new Error(sessionEnd))
  connection.once('error', reject)
  connection.once('end', onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (signal.aborted) onAbort()
    else run((error, result) => (error === null ? resolve(result as Result) : reject(error)))
    return await promise
  } catch (error) {
    connection.close()
    throw error
  } finally {
    connection.off('error', reject)
    connection.off('end', onEnd)
    signal.removeEventListener('abort', onAbort)
  }
}
