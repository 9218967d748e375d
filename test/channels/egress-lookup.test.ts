import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createLookup } from '../../src/channels/egress-lookup.ts'
import { startDnsZone, type DnsZone, type Zone } from '../support/dns-zone.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface World {
  readonly dns: DnsZone
  /** The addresses of a name. */
  find(host: string): Promise<readonly string[]>
  configure(lines: string): Promise<void>
}

const never = new AbortController().signal

/** A machine with a name server of its own. */
async function aMachine(context: TestContext, zone: Zone, options = '', hosts = ''): Promise<World> {
  const dns = await startDnsZone(zone)
  context.after(() => dns.stop())
  const folder = await temporaryFolder(context)
  const files = { resolvConf: join(folder, 'resolv.conf'), hosts: join(folder, 'hosts') }
  const lookup = createLookup(files)
  const configure = (lines: string): Promise<void> => writeFile(files.resolvConf, lines)
  await configure(`# written by nobody\nnameserver ${dns.address}\n${options}\n`)
  await writeFile(files.hosts, hosts)
  return { dns, configure, find: async (host) => (await lookup(host, never)).map(({ address }) => address) }
}

describe('names that tenants chose', () => {
  it('keep nobody else from looking names up, however many of them get no answer', async (t) => {
    const slow = Object.fromEntries(
      Array.from({ length: 64 }, (_, place) => [`n${place}.slow.test`, 'silent' as const]),
    )
    const { find, dns } = await aMachine(t, { ...slow, 'good.test': ['192.0.2.1'] })
    let ended = 0
    const waiting = Object.keys(slow).map((name) => assert.rejects(find(name)).then(() => (ended += 1)))

    assert.deepEqual(await find('good.test'), ['192.0.2.1'])
    assert.equal(ended, 0)
    assert.ok(dns.asked.length > 1)
    await Promise.all(waiting)
  })

  it('are no longer asked for when nobody waits for them', async (t) => {
    const { dns } = await aMachine(t, {})
    const folder = await temporaryFolder(t)
    const [resolvConf, hosts] = [join(folder, 'resolv.conf'), join(folder, 'hosts')]
    await writeFile(resolvConf, `nameserver ${dns.address}\nsearch one.test two.test`)
    await writeFile(hosts, '')

    await assert.rejects(createLookup({ resolvConf, hosts })('a', AbortSignal.abort()))
    assert.deepEqual(dns.asked, [])
  })
})

describe('a name', () => {
  it('has its addresses of both families, in turns', async (t) => {
    const { find } = await aMachine(t, {
      'both.test': ['192.0.2.1', '192.0.2.2', '2001:db8:0:0:0:0:0:1'],
      'six.test': ['2001:db8:0:0:0:0:0:2'],
    })

    assert.deepEqual(await find('both.test'), ['192.0.2.1', '2001:db8::1', '192.0.2.2'])
    assert.deepEqual(await find('six.test'), ['2001:db8::2'])
  })

  it('is taken from the hosts file before any server is asked', async (t) => {
    const hosts =
      '# names\n127.0.0.1 localhost\n192.0.2.7\tMail mail.test # ours\n2001:db8::7 mail.test\nnonsense mail\n'
    const { find, dns } = await aMachine(t, { 'mail.test': ['192.0.2.1'] }, '', hosts)

    assert.deepEqual(await find('mail.test'), ['192.0.2.7', '2001:db8::7'])
    assert.deepEqual(await find('MAIL'), ['192.0.2.7'])
    assert.deepEqual(await find('mail.test.'), ['192.0.2.7', '2001:db8::7'])
    assert.deepEqual(dns.asked, [])
  })

  it('is this machine when it is localhost, whatever servers say', async (t) => {
    const { find, dns } = await aMachine(t, { localhost: ['192.0.2.1'] })

    assert.deepEqual(await find('localhost'), ['127.0.0.1', '::1'])
    assert.deepEqual(await find('a.localhost.'), ['127.0.0.1', '::1'])
    assert.deepEqual(dns.asked, [])
  })

  it('is looked for in the domains of a cluster first when it has few dots', async (t) => {
    const search = 'search ns.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:1'
    const { find, dns } = await aMachine(t, { 'audit.monitoring.svc.cluster.local': ['10.0.0.1'] }, search)

    assert.deepEqual(await find('audit.monitoring'), ['10.0.0.1'])
    assert.deepEqual(dns.asked, ['audit.monitoring.ns.svc.cluster.local', 'audit.monitoring.svc.cluster.local'])
  })

  it('is asked for as it is first when it has enough dots, and only so when it ends in one', async (t) => {
    const { find, dns } = await aMachine(t, { 'hook.test.corp.test': ['192.0.2.1'] }, 'search corp.test')

    assert.deepEqual(await find('hook.test'), ['192.0.2.1'])
    await assert.rejects(find('hook.test.'), { code: 'ENOTFOUND' })
    assert.deepEqual(dns.asked, ['hook.test', 'hook.test.corp.test', 'hook.test'])
  })

  it('is found behind a domain whose server fails, and may come later when it is not', async (t) => {
    const search = 'search broken.test\noptions ndots:2'
    const { find } = await aMachine(
      t,
      { 'a.test.broken.test': 'fails', 'a.test': ['192.0.2.1'], 'b.test': 'fails' },
      search,
    )

    assert.deepEqual(await find('a.test'), ['192.0.2.1'])
    await assert.rejects(find('b.test'), { code: 'EAI_AGAIN' })
    await assert.rejects(find('c.test'), { code: 'ENOTFOUND' })
  })

  it('is asked for at the servers that are written now', async (t) => {
    const { find, configure } = await aMachine(t, { 'a.test': ['192.0.2.1'] })
    const other = await startDnsZone({ 'a.test': ['192.0.2.2'] })
    t.after(() => other.stop())

    assert.deepEqual(await find('a.test'), ['192.0.2.1'])
    await configure(`nameserver ${other.address}\n`)
    assert.deepEqual(await find('a.test'), ['192.0.2.2'])
  })

  it('is none when it cannot be one', async (t) => {
    const { find } = await aMachine(t, {})

    for (const host of ['a..b', 'x'.repeat(64), `${'a.'.repeat(130)}test`]) {
      await assert.rejects(find(host), { code: 'ENOTFOUND' }, host)
    }
  })
})
