import { createHash } from 'node:crypto'
import { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import { type Egress } from '../egress.ts'
import { type Envelope } from './message.ts'
import { openSession, StaleSessionError, type MailServer, type Session } from './session.ts'

/** One mail, ready to be sent. */
export interface Mail {
  readonly envelope: Envelope
  readonly content: Buffer
}

/** Connections to mail servers, kept for the next mail. */
export interface MailServers {
  /** Sends one mail over a pooled connection. Throws what opening and speaking throw. */
  send(server: MailServer, mail: Mail, signal: AbortSignal): Promise<SMTPConnectionSendInfo>
  close(): void
}

export interface MailServerLimits {
  /** How many servers (with one set of credentials each) are remembered; the least used one is let go first. */
  readonly maxServers: number
  readonly maxConnectionsPerServer: number
  /** After so many mails a connection is closed: servers count, too. */
  readonly maxMailsPerConnection: number
}

const defaults: MailServerLimits = { maxServers: 64, maxConnectionsPerServer: 5, maxMailsPerConnection: 100 }

/**
 * Pools of SMTP connections, one for each server, settings and credentials: a rotated Secret makes a new pool, and the old one
 * ends with its last connection.
 */
export function createMailServers(egress: Egress, limits: MailServerLimits = defaults): MailServers {
  const pools = new Map<string, ConnectionPool>()

  function poolOf(server: MailServer): ConnectionPool {
    // A hash, so that no credential stays in a map's keys.
    const key = createHash('sha256').update(JSON.stringify(server)).digest('base64')
    const forget = (): void => {
      if (pools.get(key) === pool) pools.delete(key)
    }
    const pool = pools.get(key) ?? new ConnectionPool((signal) => openSession(server, egress, signal), limits, forget)
    pools.delete(key)
    pools.set(key, pool)
    const [oldest] = pools
    if (pools.size > limits.maxServers && oldest !== undefined) {
      pools.delete(oldest[0])
      oldest[1].close()
    }
    return pool
  }

  return {
    send: (server, mail, signal) => poolOf(server).send(mail, signal),
    close() {
      for (const pool of pools.values()) pool.close()
      pools.clear()
    },
  }
}

/** Connections to one server. A mail waits for a free one when all are busy, until its signal aborts. */
class ConnectionPool {
  readonly #open: (signal: AbortSignal) => Promise<Session>
  readonly #limits: MailServerLimits
  readonly #onEmpty: () => void
  readonly #mails = new Map<Session, number>()
  readonly #waiting: (() => void)[] = []
  readonly #idle: Session[] = []
  /** Mails being sent or waiting. */
  #users = 0
  /** Connections that are open or being opened. */
  #taken = 0
  #closed = false

  constructor(open: (signal: AbortSignal) => Promise<Session>, limits: MailServerLimits, onEmpty: () => void) {
    this.#open = open
    this.#limits = limits
    this.#onEmpty = onEmpty
  }

  async send(mail: Mail, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    this.#users += 1
    try {
      return await this.#sendOverLive(mail, signal)
    } finally {
      this.#users -= 1
      this.#tellWhenEmpty()
    }
  }

  close(): void {
    this.#closed = true
    for (const session of this.#idle.splice(0)) this.#drop(session)
  }

  /** A connection may turn out stale only when it is used; each idle one may be, a fresh one is not. */
  async #sendOverLive(mail: Mail, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    for (let attempt = 0; attempt < this.#limits.maxConnectionsPerServer; attempt += 1) {
      try {
        return await this.#sendOnce(mail, signal)
      } catch (error) {
        if (!(error instanceof StaleSessionError)) throw error
      }
    }
    return await this.#sendOnce(mail, signal)
  }

  async #sendOnce(mail: Mail, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    const session = await this.#acquire(signal)
    try {
      return await session.send(mail.envelope, mail.content, signal)
    } finally {
      this.#release(session)
    }
  }

  async #acquire(signal: AbortSignal): Promise<Session> {
    while (this.#idle.length === 0 && this.#taken >= this.#limits.maxConnectionsPerServer) await this.#turn(signal)
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    this.#taken += 1
    try {
      const session = await this.#open(signal)
      session.onEnd(() => this.#ended(session))
      return session
    } catch (error) {
      this.#gone()
      throw error
    }
  }

  #ended(session: Session): void {
    const index = this.#idle.indexOf(session)
    if (index < 0) return
    this.#idle.splice(index, 1)
    this.#drop(session)
  }

  #release(session: Session): void {
    const mails = (this.#mails.get(session) ?? 0) + 1
    this.#mails.set(session, mails)
    if (this.#closed || !session.alive || mails >= this.#limits.maxMailsPerConnection) {
      this.#drop(session)
      return
    }
    this.#idle.push(session)
    this.#waiting.shift()?.()
  }

  #drop(session: Session): void {
    this.#mails.delete(session)
    session.close()
    this.#gone()
  }

  #gone(): void {
    this.#taken -= 1
    this.#waiting.shift()?.()
    this.#tellWhenEmpty()
  }

  #tellWhenEmpty(): void {
    if (this.#users === 0 && this.#taken === 0) this.#onEmpty()
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const wake = (): void => resolve(undefined)
    signal.addEventListener('abort', wake, { once: true })
    this.#waiting.push(wake)
    await promise
    signal.removeEventListener('abort', wake)
    if (!signal.aborted) return
    const index = this.#waiting.indexOf(wake)
    if (index >= 0) this.#waiting.splice(index, 1)
    else this.#waiting.shift()?.()
    signal.throwIfAborted()
  }
}
