import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What a name server says of a name: its addresses, that it fails, or nothing at all. Names that are not in it do not exist. */
export type Zone = Readonly<Record<string, readonly string[] | 'fails' | 'silent'>>

/** A name server on loopback. */
export interface DnsZone {
  /** `host:port`, as a line `nameserver` may say it. */
  readonly address: string
  /** The names that were asked for, each once in a row. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

const typeA = 1
const typeAaaa = 28
/** Bytes before the question: https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1 */
const headerBytes = 12
const codes = { fine: 0, fails: 2, missing: 3 }

/** Starts the server. Names are in lower case, without a dot at the end. */
export async function startDnsZone(zone: Zone): Promise<DnsZone> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query)
    if (asked.at(-1) !== name) asked.push(name)
    const known = Object.hasOwn(zone, name) ? zone[name] : undefined
    if (known === 'silent') return
    const code = known === undefined ? codes.missing : known === 'fails' ? codes.fails : codes.fine
    const records = typeof known === 'object' ? known.filter((each) => typeOf(each) === type).map(toRecord) : []
    const header = Buffer.alloc(headerBytes)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 | code, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    socket.send(Buffer.concat([header, query.subarray(headerBytes, end), ...records]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async stop() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function readQuestion(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let place = headerBytes
  for (let length = query[place] ?? 0; length !== 0; length = query[place] ?? 0) {
    labels.push(query.toString('latin1', place + 1, place + 1 + length))
    place += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(place + 1), end: place + 5 }
}

function typeOf(address: string): number {
  return address.includes(':') ? typeAaaa : typeA
}

/** Of an address in full: `1.2.3.4`, or eight groups. */
function toRecord(address: string): Buffer {
  const data = address.includes(':')
    ? address.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    : address.split('.').map(Number)
  const head = Buffer.from([0xc0, headerBytes, 0, typeOf(address), 0, 1, 0, 0, 0, 0, 0, data.length])
  return Buffer.concat([head, Buffer.from(data)])
}
