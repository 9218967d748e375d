import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Resolver } from 'node:dns/promises'
import { type Lookup } from '../../src/channels/egress.ts'

/** A DNS server on loopback that answers each question for an A record with the next address of its list, over and over. */
export interface DnsServer {
  /** Questions for A records so far. */
  asked(): number
  /** Looks names up at this server, as the system does at its own. */
  readonly lookup: Lookup
  stop(): Promise<void>
}

/** Starts the server. Every name has these addresses, one an answer, with a time to live of 0: a rebinding attacker's. */
export async function startDnsServer(addresses: readonly string[]): Promise<DnsServer> {
  let asked = 0
  const socket = createSocket('udp4')
  socket.on('message', (query, sender) => {
    const type = questionType(query)
    if (type === typeA) asked += 1
    const address = addresses[(asked - 1) % addresses.length] ?? ''
    socket.send(answer(query, type === typeA ? address : undefined), sender.port, sender.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    asked: () => asked,
    lookup: async (host) => (await resolver.resolve4(host)).map((address) => ({ address })),
    async stop() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

const typeA = 1
/** Bytes before the question: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1 */
const headerBytes = 12

function endOfName(query: Buffer): number {
  let place = headerBytes
  while ((query[place] ?? 0) !== 0) place += (query[place] ?? 0) + 1
  return place + 1
}

function questionType(query: Buffer): number {
  return query.readUInt16BE(endOfName(query))
}

function answer(query: Buffer, address: string | undefined): Buffer {
  const question = query.subarray(headerBytes, endOfName(query) + 4)
  const header = Buffer.alloc(headerBytes)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(address === undefined ? 0 : 1, 6)
  if (address === undefined) return Buffer.concat([header, question])
  const record = Buffer.from([0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)])
  return Buffer.concat([header, question, record])
}
