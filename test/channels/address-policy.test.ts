import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressVerdict, createAddressPolicy, isLoopback } from '../../src/channels/address-policy.ts'
import { SettingsError } from '../../src/model/errors.ts'

const standard = createAddressPolicy({ allow: [], deny: [] })

const refused: readonly (readonly [address: string, rule: string])[] = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'cloud metadata'],
  ['169.254.170.2', 'cloud metadata'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf:ffff::1', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['100.100.100.200', 'cloud metadata'],
  ['192.0.0.192', 'cloud metadata'],
  ['168.63.129.16', 'cloud metadata'],
  ['fd00:ec2::254', 'cloud metadata'],
  ['fd00:ec2::23', 'cloud metadata'],
  ['fd20:ce::254', 'cloud metadata'],
  ['fd00:42::42', 'cloud metadata'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::FFFF:169.254.169.254', 'cloud metadata'],
  ['::127.0.0.1', 'loopback'],
  ['::ffff:0:127.0.0.1', 'loopback'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['64:ff9b::a9fe:a9fe', 'cloud metadata'],
  ['64:ff9b:1::7f00:1', 'loopback'],
  ['64:ff9b:1:7f00:0:100::', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:a9fe:a9fe::1', 'cloud metadata'],
  ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'loopback'],
  ['', 'not an IP address'],
  ['example.com', 'not an IP address'],
  ['127.1', 'not an IP address'],
  ['0x7f000001', 'not an IP address'],
  ['__proto__', 'not an IP address'],
]

const allowed = [
  '1.1.1.1',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.201',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '169.255.0.0',
  '172.16.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '223.255.255.255',
  '240.0.0.1',
  '2606:4700::1111',
  'fd00::1',
  'fec0::1',
  '::ffff:10.0.0.1',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '64:ff9b:1:808:8:800::',
  '2001:db8::1',
]

test('addresses of this machine, its link, everyone at once and metadata servers are refused in every form', () => {
  for (const [address, rule] of refused) {
    const verdict = addressVerdict(address, standard)
    assert.equal(verdict.allowed, false, address)
    assert.ok(verdict.rule.includes(rule), `${address}: ${verdict.rule}`)
  }
})

test('public and private addresses are allowed', () => {
  for (const address of allowed) assert.deepEqual(addressVerdict(address, standard), { allowed: true }, address)
})

test('deny wins over allow, and allow over the default refusals', () => {
  const policy = createAddressPolicy({
    allow: ['127.0.0.0/8', '::1', 'fe80::/10'],
    deny: ['127.0.0.2', '10.0.0.0/8', '::/0'],
  })
  assert.equal(addressVerdict('127.0.0.1', policy).allowed, true)
  assert.equal(addressVerdict('127.0.0.2', policy).allowed, false)
  assert.equal(addressVerdict('10.1.2.3', policy).allowed, false)
  assert.equal(addressVerdict('192.168.0.1', policy).allowed, true)
  assert.equal(addressVerdict('::1', policy).allowed, false)
})

test('an address that carries another must pass as both', () => {
  const openV6 = createAddressPolicy({ allow: ['::/0'], deny: [] })
  assert.equal(addressVerdict('::1', openV6).allowed, true)
  assert.equal(addressVerdict('::ffff:127.0.0.1', openV6).allowed, false)
  const openV4 = createAddressPolicy({ allow: ['127.0.0.0/8'], deny: [] })
  assert.equal(addressVerdict('::ffff:127.0.0.1', openV4).allowed, true)
  const deny = createAddressPolicy({ allow: [], deny: ['10.0.0.0/8'] })
  assert.equal(addressVerdict('64:ff9b::10.0.0.1', deny).allowed, false)
})

test('a refusal says which rule refused and what would change it', () => {
  assert.deepEqual(addressVerdict('::ffff:127.0.0.1', standard), {
    allowed: false,
    rule: 'loopback (127.0.0.0/8)',
    remedy: 'start the server with --egress-allow 127.0.0.1/32 if it may be reached',
  })
  const verdict = addressVerdict('10.0.0.1', createAddressPolicy({ allow: [], deny: ['10.0.0.0/8'] }))
  assert.deepEqual(verdict, {
    allowed: false,
    rule: '--egress-deny 10.0.0.0/8',
    remedy: 'take it out of --egress-deny 10.0.0.0/8',
  })
})

test('ranges that are none are refused with their flag', () => {
  for (const cidr of [
    '',
    'x',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '10.0.0.0/',
    'localhost',
    '10.0.0/8',
  ]) {
    assert.throws(() => createAddressPolicy({ allow: [cidr], deny: [] }), SettingsError, cidr)
  }
  assert.throws(() => createAddressPolicy({ allow: [], deny: ['nonsense'] }), /--egress-deny nonsense is not a range/u)
})

test('whatever IPv4 address is denied, none of its IPv6 forms is allowed', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const policy = createAddressPolicy({ allow: ['0.0.0.0/0', '::/0'], deny: [address] })
      for (const prefix of ['', '::ffff:', '64:ff9b::', '::ffff:0:']) {
        assert.equal(addressVerdict(`${prefix}${address}`, policy).allowed, false, `${prefix}${address}`)
      }
    }),
    { numRuns: 200 },
  )
})

test('any text gives a verdict', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof addressVerdict(text, standard).allowed === 'boolean'))
  fc.assert(fc.property(fc.ipV6(), (text) => typeof addressVerdict(text, standard).allowed === 'boolean'))
})

test('loopback is known in its usual forms', () => {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) assert.equal(isLoopback(address), true)
  for (const address of ['10.0.0.1', '', 'localhost', '::2']) assert.equal(isLoopback(address), false)
})
