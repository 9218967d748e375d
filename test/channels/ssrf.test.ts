import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createEgress, type Egress, type EgressOptions } from '../../src/channels/egress.ts'
import { openSession } from '../../src/channels/email/session.ts'
import { createHttpClient } from '../../src/channels/http-client.ts'
import { startDnsServer } from '../support/dns-server.ts'

/** Spellings of this machine, its link and metadata servers that tenants may try, as the host of a URL. */
const spellings = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.0.0.1.',
  '127.000.000.001',
  '127.255.255.254',
  '127.127.127.127',
  '2130706433',
  '0x7f000001',
  '0x7f.0x0.0x0.0x1',
  '0x7f.1',
  '0X7F.0.0.1',
  '0177.0.0.1',
  '0177.0.0.01',
  '00000177.0.0.1',
  '017700000001',
  '0177.1',
  '127.0x1',
  '0x7f.0.1',
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '0.0',
  '0.0.0.1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:127.0.0.1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::127.0.0.1]',
  '[2002:7f00:1::]',
  '[2002:7f00:0001::1]',
  '[2001:0:0:0:0:0:80ff:fffe]',
  '[fe80::1]',
  '[ff02::1]',
  '[fd00:ec2::254]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'LocalHost.',
  '１２７.0.0.1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127．0．0．1',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'loc\u00adalhost',
  '%31%32%37.0.0.1',
  '%6c%6f%63%61%6c%68%6f%73%74',
  '169.254.169.254',
  '169.254.43518',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  'user:password@127.0.0.1',
  'example.com@127.0.0.1',
  'example.com%00@127.0.0.1',
  '127.0.0.1%2523@example.com@127.0.0.1',
  '127.0.0.1#@example.com',
  '127.0.0.1\\@example.com',
]

/** Listens on every address of this machine, so that whatever gets through is seen. */
let server: Server
let port = 0
let connections = 0
const never = new AbortController().signal

before(async () => {
  server = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  }).listen(0, '::')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
after(() => server.close())

/** Names lead to this machine, as those of an attacker do. */
function guarded(options: Partial<EgressOptions> = {}): Egress {
  const lookup: EgressOptions['lookup'] = () => Promise.resolve([{ address: '127.0.0.1' }, { address: '::1' }])
  return createEgress({ allow: [], deny: [], connectTimeoutMs: 1_000, lookup, ...options })
}

const ways: readonly { readonly name: string; try(egress: Egress, host: string): Promise<unknown> }[] = [
  {
    name: 'the URL of a webhook',
    try: (egress, host) => over(egress, { url: `http://${host}:${port}/` }),
  },
  {
    name: 'the URL of a webhook over TLS',
    try: (egress, host) => over(egress, { url: `https://${host}:${port}/` }),
  },
  {
    name: 'a proxy',
    try: (egress, host) => over(egress, { url: 'http://example.com/', proxyUrl: `http://${host}:${port}` }),
  },
  {
    name: 'the host of a mail server',
    async try(egress, host) {
      const mail = { host, port, hello: 'test', requireTls: undefined, tls: {}, dialTimeoutMs: 1_000 }
      const session = await openSession(mail, egress, never)
      session.close()
    },
  },
]

async function over(egress: Egress, target: { readonly url: string; readonly proxyUrl?: string }): Promise<unknown> {
  const http = createHttpClient({ egress, connectTimeoutMs: 1_000 })
  try {
    return await http.request({ method: 'GET', ...target, signal: never })
  } finally {
    await http.close()
  }
}

describe('an address that must not be reached', () => {
  for (const { name, try: attempt } of ways) {
    it(`is not reached by any of ${spellings.length} spellings as ${name}`, async () => {
      const before = connections
      for (const policy of ['default', 'strict'] as const) {
        for (const host of spellings) await assert.rejects(attempt(guarded({ policy }), host), Error, host)
      }

      assert.equal(connections, before)
    })

    it(`is not reached by a name that is looked up again with another answer, as ${name}`, async (t) => {
      // The first answer is a range for documentation: nobody is there, and nothing must be tried at the second.
      const dns = await startDnsServer(['192.0.2.1', '127.0.0.1'])
      t.after(() => dns.stop())
      const egress = guarded({ lookup: dns.lookup, connectTimeoutMs: 300 })
      const before = connections

      for (let time = 0; time < 6; time += 1) await assert.rejects(attempt(egress, 'rebinding.test'))

      assert.equal(connections, before)
      assert.ok(dns.asked() >= 6, `asked ${dns.asked()} times`)
    })

    it(`is reached when it is opened, so that this suite can fail, as ${name}`, async () => {
      const before = connections
      await attempt(guarded({ allow: ['127.0.0.1/32'] }), '127.0.0.1').catch(() => undefined)

      assert.ok(connections > before)
    })
  }

  it('is refused when it is the API server of the cluster, by address and by name', async () => {
    const egress = guarded({
      apiServers: ['10.96.0.1'],
      lookup: () => Promise.resolve([{ address: '10.96.0.1' }]),
    })
    for (const host of ['10.96.0.1', 'kubernetes.default.svc', '[::ffff:10.96.0.1]', '0x0a600001']) {
      await assert.rejects(egress.connect({ host, port: 443 }, never), /the cluster's API server/u, host)
    }
  })

  const inside = ['10.0.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '198.18.0.1', '240.0.0.1', '[fd12::1]']
  for (const host of [...inside, '[::ffff:192.168.0.1]', '[64:ff9b::10.0.0.1]', '[fec0::1]']) {
    it(`is any that is not public under the strict policy: ${host}`, async () => {
      await assert.rejects(guarded({ policy: 'strict' }).connect({ host, port: 443 }, never), {
        name: 'AddressRefusedError',
      })
    })
  }
})
