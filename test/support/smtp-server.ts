import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { type KeyPair } from './tls.ts'

/** A mail that the server took. */
export interface CapturedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
  /** Numbers connections from 1: equal numbers prove reuse. */
  readonly connection: number
  readonly hello: string
  readonly raw: string
  readonly parsed: ParsedMail
}

/** A reply other than the usual one: its code and text. */
export interface Reply {
  readonly code: number
  readonly text: string
}

/** How the server differs from a kind one. May be changed while it runs. */
export interface SmtpBehaviour {
  connect?: Reply | undefined
  mail?: Reply | undefined
  /** By address. */
  rcpt?: Readonly<Record<string, Reply>>
  data?: Reply | undefined
  auth?: Reply | undefined
  /** Called when a mail begins; the mail is not answered before it resolves. */
  holdData?: (() => Promise<void>) | undefined
}

export interface SmtpServerFixture {
  readonly port: number
  readonly mails: readonly CapturedMail[]
  /** Mechanisms used, in order. */
  readonly logins: readonly string[]
  readonly connections: () => number
  readonly behaviour: SmtpBehaviour
  /** Destroys all connections. */
  drop(): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface SmtpServerFixtureOptions {
  readonly tls?: 'none' | 'starttls' | 'implicit'
  readonly keyPair?: KeyPair
  /** Require a client certificate of this CA. */
  readonly clientCa?: string
  readonly auth?: { readonly user: string; readonly password: string; readonly methods?: readonly string[] }
  readonly server?: SMTPServerOptions
}

/** A real SMTP server on loopback that keeps the mails it takes. */
export async function startSmtpServer(options: SmtpServerFixtureOptions = {}): Promise<SmtpServerFixture> {
  const { tls = 'none', keyPair, clientCa, auth } = options
  const mails: CapturedMail[] = []
  const logins: string[] = []
  const behaviour: SmtpBehaviour = {}
  const numbers = new Map<string, number>()

  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    secure: tls === 'implicit',
    allowInsecureAuth: true,
    authOptional: auth === undefined,
    disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(auth === undefined ? ['AUTH'] : [])],
    ...(auth === undefined ? {} : { authMethods: [...(auth.methods ?? ['PLAIN', 'LOGIN', 'CRAM-MD5'])] }),
    ...(keyPair === undefined ? {} : { cert: keyPair.cert, key: keyPair.key }),
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    onConnect(session, done) {
      numbers.set(session.id, numbers.size + 1)
      done(failure(behaviour.connect))
    },
    onAuth(login, _session, done) {
      const refused = failure(behaviour.auth)
      if (refused !== null || auth === undefined) {
        done(refused ?? new Error('no AUTH'))
        return
      }
      logins.push(login.method)
      const { user, password } = auth
      const proven = login.method === 'CRAM-MD5' ? login.validatePassword(password) : login.password === password
      const right = login.username === user && proven
      if (right) done(null, { user: login.username ?? '' })
      else done(failure({ code: 535, text: `5.7.8 wrong: ${login.password ?? ''}` }))
    },
    onMailFrom: (_address, _session, done) => done(failure(behaviour.mail)),
    onRcptTo: ({ address }, _session, done) => done(failure(behaviour.rcpt?.[address])),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void take(session, Buffer.concat(chunks)).then(() => done(failure(behaviour.data)))
      })
    },
    ...options.server,
  })
  server.on('error', () => undefined)

  async function take(session: SMTPServerSession, raw: Buffer): Promise<void> {
    await behaviour.holdData?.()
    if (behaviour.data !== undefined) return
    const { mailFrom, rcptTo } = session.envelope
    mails.push({
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
      user: session.user === undefined ? undefined : String(session.user),
      secure: session.secure,
      connection: numbers.get(session.id) ?? 0,
      hello: session.hostNameAppearsAs,
      raw: raw.toString('utf8'),
      parsed: await simpleParser(raw),
    })
  }

  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.listen(0, '127.0.0.1', () => resolve(undefined))
  await promise
  const sockets = new Set<Socket>()
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    mails,
    logins,
    behaviour,
    connections: () => numbers.size,
    drop: () => sockets.forEach((socket) => socket.destroy()),
    [Symbol.asyncDispose]: () => new Promise((stopped) => server.close(stopped)),
  }
}

function failure(reply: Reply | undefined): Error | null {
  return reply === undefined ? null : Object.assign(new Error(reply.text), { responseCode: reply.code })
}

/** What a raw server says at one command; `drop` closes the connection, `hang` says nothing. */
export type RawReply = string

export interface RawSmtpServer {
  readonly port: number
  /** Every line received, message content included. */
  readonly lines: readonly string[]
  readonly connections: () => number
  /** Destroys all connections. */
  drop(): void
  [Symbol.asyncDispose](): Promise<void>
}

const usual: Readonly<Record<string, RawReply>> = {
  greeting: '220 raw.test ESMTP',
  EHLO: '250-raw.test\r\n250 8BITMIME',
  HELO: '250 raw.test',
  MAIL: '250 2.1.0 OK',
  RCPT: '250 2.1.5 OK',
  DATA: '354 go on',
  '.': '250 2.0.0 taken',
  RSET: '250 OK',
  QUIT: '221 bye',
}

/** A server that says exactly what a test tells it to, for what no sane server does. Keys are verbs, `greeting` and `.`. */
export async function startRawSmtpServer(replies: Readonly<Record<string, RawReply>> = {}): Promise<RawSmtpServer> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  function serve(socket: Socket): void {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    const say = (key: string): void => {
      const reply = replies[key] ?? usual[key] ?? '502 5.5.1 unknown command'
      if (reply === 'drop') socket.destroy()
      else if (reply !== 'hang') socket.write(`${reply}\r\n`)
    }
    let rest = ''
    let inData = false
    say('greeting')
    socket.on('data', (chunk) => {
      const received = `${rest}${chunk.toString('latin1')}`.split('\r\n')
      rest = received.pop() ?? ''
      for (const line of received) {
        lines.push(line)
        const verb = line.split(' ')[0]?.toUpperCase() ?? ''
        if (inData && line !== '.') {
          if (replies['content'] === 'drop') socket.destroy()
          continue
        }
        say(verb)
        inData = !inData && verb === 'DATA' && (replies['DATA'] ?? '354').startsWith('354')
      }
    })
  }

  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    connections: () => connections,
    drop,
    async [Symbol.asyncDispose]() {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
