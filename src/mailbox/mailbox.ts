import { type MailboxView } from '../model/mailbox.ts'
import { type Clock, type Logger } from '../model/ports.ts'
import { createHttpCatcher } from './http-catcher.ts'
import { listen } from './listen.ts'
import { createShelf, noShelf } from './shelf.ts'
import { createSmtpCatcher } from './smtp-catcher.ts'
import { createStore, type MessageStore } from './store.ts'

/** Where the mailbox listens and how much it keeps. */
export interface MailboxOptions {
  /** 0 takes a free one. */
  readonly smtpPort?: number
  /** 0 takes a free one. */
  readonly httpPort?: number
  readonly host?: string
  readonly maxMessages?: number
  /** Where messages outlive the process; without it they live in memory only. */
  readonly directory?: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Both ports, as they were taken. */
export interface MailboxPorts {
  readonly smtpPort: number
  readonly httpPort: number
}

/** An embedded mailbox: catches over SMTP and HTTP what channels send, so that no account anywhere is needed. */
export interface Mailbox extends MailboxView, Pick<MessageStore, 'waitFor'> {
  /** Throws SettingsError, which names the flag, when a port is taken. */
  start(): Promise<MailboxPorts>
  stop(): Promise<void>
}

/** The ports that the demo's manifests name. */
export const mailboxDefaults = { smtpPort: 19_025, httpPort: 19_080, host: '127.0.0.1', maxMessages: 500 } as const
/** All messages together, characters. */
const maxBytes = 64 * 1024 * 1024

/** Makes a mailbox; nothing listens before `start()`. */
export function createMailbox(options: MailboxOptions): Mailbox {
  const { clock, logger } = options
  const { smtpPort, httpPort, host, maxMessages } = { ...mailboxDefaults, ...options }
  const { directory } = options
  const store = createStore(
    { maxMessages, maxBytes },
    directory === undefined ? noShelf : createShelf({ directory, logger }),
  )
  const deps = {
    clock,
    add: store.add,
    onBroken: (error: Error) => logger.debug({ reason: error.message }, 'Mailbox session broke'),
  }
  const smtp = createSmtpCatcher(deps)
  const http = createHttpCatcher(deps)

  async function stop(): Promise<void> {
    const { promise: smtpClosed, resolve } = Promise.withResolvers<undefined>()
    smtp.close(() => resolve(undefined))
    const { promise: httpClosed, resolve: resolveHttp } = Promise.withResolvers<undefined>()
    http.close(() => resolveHttp(undefined))
    http.closeAllConnections()
    await Promise.all([smtpClosed, httpClosed])
  }

  return {
    list: store.list,
    get: store.get,
    clear: store.clear,
    waitFor: store.waitFor,
    stop,
    async start() {
      try {
        const ports = {
          smtpPort: await listen(smtp.server, { host, port: smtpPort, flag: '--mailbox-smtp-port' }),
          httpPort: await listen(http, { host, port: httpPort, flag: '--mailbox-http-port' }),
        }
        logger.info({ host, ...ports }, 'Mailbox listens')
        return ports
      } catch (error) {
        await stop()
        throw error
      }
    },
  }
}
