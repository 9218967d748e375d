import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type SenderDeps } from '../../src/channels/channel.ts'
import { type Lookup } from '../../src/channels/egress.ts'
import { type Clock } from '../../src/model/ports.ts'
import { startFront, type Front } from './faults-front.ts'
import { notBefore, type Fault } from './faults.ts'
import { type HttpPeer } from './http-peer.ts'
import { startSmtpServer, type SmtpServerFixture } from './smtp-server.ts'
import { tlsFixture, type KeyPair } from './tls.ts'

/** The far side of one channel, with one fault that comes and goes. */
export interface FarSide {
  readonly resources: Resources
  /** The system's name service as this far side's clients see it. */
  readonly lookup: Lookup
  /** Everything that was taken, in order. */
  taken(): readonly TakenMessage[]
  /** By how many milliseconds each request that came before the end of a pause was too early. */
  readonly early: readonly number[]
  begin(): void
  end(): void
  stop(): Promise<void>
}

/** A message that a far side has. */
export interface TakenMessage {
  readonly text: string
  /** By which it can tell that it has the same message twice, in those protocols that have such a thing. */
  readonly id?: string
}

/** What leads a sender to a far side. */
export interface Resources {
  readonly receiver: unknown
  readonly config?: unknown
  readonly options?: unknown
  readonly apis?: SenderDeps['apis']
  /** Values by `name/key`. */
  readonly secrets: Readonly<Record<string, string>>
}

export interface FarSideOptions {
  readonly clock: Clock
  readonly fault: Fault
  /** A client will get no answer, until it gives up. */
  readonly onHeld: () => void
}

/** A name in the certificates of the tests. */
const host = 'mail.test'
const here = '127.0.0.1'
/** Loopback, too, and nobody listens there. */
const nobody = '127.0.0.9'

function createNames(fault: Fault): { readonly lookup: Lookup; active: boolean } {
  const names = {
    active: false,
    lookup: (name: string) => {
      const { at } = fault.trouble
      if (names.active && at === 'name') {
        return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }))
      }
      return Promise.resolve([{ address: names.active && at === 'port' ? nobody : here }])
    },
  }
  return names
}

/** What all far sides have in common: a front, the name that leads to it, and the servers behind it. */
function behindFront(
  { fault }: FarSideOptions,
  parts: {
    readonly front: Front
    readonly backends: { readonly good: number; readonly bad: number }
    readonly onChange: (active: boolean) => void
    readonly stop: () => Promise<unknown>
  },
): Pick<FarSide, 'lookup' | 'begin' | 'end' | 'stop'> {
  const { front, backends } = parts
  const { trouble } = fault
  const names = createNames(fault)
  return {
    lookup: names.lookup,
    begin() {
      names.active = true
      parts.onChange(true)
      if (trouble.at === 'connection') front.mode = trouble.mode
      front.target = trouble.at === 'certificate' ? backends.bad : backends.good
      // Connections of before would not meet these faults.
      if (trouble.at !== 'connection' && trouble.at !== 'answer') front.reset()
    },
    end() {
      names.active = false
      parts.onChange(false)
      front.mode = 'relay'
      front.target = backends.good
    },
    async stop() {
      await front.stop()
      await parts.stop()
    },
  }
}

/** A server that speaks HTTP, and how its resources name an origin. */
export interface HttpVendor {
  readonly peer: HttpPeer
  readonly taken: () => readonly TakenMessage[]
  readonly resources: (origin: string) => Resources
}

/** The far side around a vendor's server. */
export async function httpFarSide(options: FarSideOptions, vendor: HttpVendor): Promise<FarSide> {
  const { clock, fault, onHeld } = options
  const { peer } = vendor
  const { trouble } = fault
  const early: number[] = []
  const usual = peer.answer
  let active = false
  let until = 0
  peer.answer = (request) => {
    const now = clock.now()
    if (now < until) early.push(until - now)
    if (active && trouble.at === 'answer') {
      until = Math.max(until, notBefore(fault, clock) ?? 0)
      return trouble.bad.answer(now)
    }
    return typeof usual === 'function' ? usual(request) : usual
  }
  const isSecure = trouble.at === 'certificate'
  const { server, foreign } = tlsFixture()
  const covers = isSecure ? await Promise.all([server, foreign].map((pair) => startCover(pair, peer.port))) : []
  const [good = peer.port, bad = peer.port] = covers.map(({ port }) => port)
  const front = await startFront({ target: good, protocol: 'http', onHeld })
  return {
    ...behindFront(options, {
      front,
      backends: { good, bad },
      onChange: (next) => (active = next),
      stop: () => Promise.all([...covers.map(({ stop }) => stop()), peer.stop()]),
    }),
    resources: vendor.resources(`${isSecure ? 'https' : 'http'}://${host}:${front.port}`),
    taken: vendor.taken,
    early,
  }
}

/** Ends TLS in front of a plain server. */
async function startCover(
  pair: KeyPair,
  target: number,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createTlsServer({ ...pair }, (client) => {
    const upstream = connect(target, here)
    client.on('error', () => undefined).on('close', () => upstream.destroy())
    upstream.on('error', () => undefined).on('close', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, here)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      await once(server, 'close')
    },
  }
}

const address = 'a@x.test'

/** A mail server; with a fault of certificates it wants STARTTLS. */
export async function smtpFarSide(options: FarSideOptions): Promise<FarSide> {
  const { fault, onHeld } = options
  const { trouble } = fault
  const isSecure = trouble.at === 'certificate'
  const { server, foreign } = tlsFixture()
  const servers = isSecure
    ? await Promise.all([server, foreign].map((keyPair) => startSmtpServer({ tls: 'starttls', keyPair })))
    : [await startSmtpServer()]
  const [good, bad = good] = servers
  if (good === undefined || bad === undefined) throw new Error('no mail server was started')
  const front = await startFront({ target: good.port, protocol: 'smtp', onHeld })
  return {
    ...behindFront(options, {
      front,
      backends: { good: good.port, bad: bad.port },
      onChange: (active) => behave(good, active ? trouble : undefined),
      stop: () => Promise.all(servers.map((each) => each[Symbol.asyncDispose]())),
    }),
    resources: {
      receiver: { to: [address] },
      config: { from: 'alerts@example.com', smartHost: { host, port: front.port }, requireTLS: isSecure },
      secrets: {},
    },
    taken: () =>
      servers.flatMap(({ mails }) =>
        mails.map(({ parsed }) => ({ text: parsed.subject ?? '', id: parsed.messageId ?? '' })),
      ),
    early: [],
  }
}

function behave({ behaviour }: SmtpServerFixture, trouble: Fault['trouble'] | undefined): void {
  const { command, reply } = trouble?.at === 'reply' ? trouble : {}
  behaviour.connect = command === 'connect' ? reply : undefined
  behaviour.mail = command === 'mail' ? reply : undefined
  behaviour.data = command === 'data' ? reply : undefined
  behaviour.rcpt = command === 'rcpt' && reply !== undefined ? { [address]: reply } : {}
}
