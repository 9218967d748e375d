import { BlockList, isIP, isIPv4 } from 'node:net'
import { SettingsError } from '../model/errors.ts'

/** One range of addresses, and the words that a person knows it by. */
interface Range {
  readonly name: string
  readonly family: 'ipv4' | 'ipv6'
  readonly list: BlockList
}

/** What may be reached. Made by `createAddressPolicy`. */
export interface AddressPolicy {
  readonly allow: readonly Range[]
  readonly deny: readonly Range[]
  /** Refused unless `allow` opens them. */
  readonly refused: readonly Range[]
}

/** `default` reaches public and private addresses, `strict` public ones only. */
export type EgressPolicy = 'default' | 'strict'

/** Whether one address may be reached; if not, by which rule and what would change it. */
export type AddressVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly rule: string; readonly remedy: string }

/**
 * What is refused unless `--egress-allow` opens it: addresses that reach this machine itself, its link, everyone at once, or a
 * cloud's metadata server, which hands out credentials. The metadata addresses outside the link-local ranges are Alibaba's,
 * Oracle's, Azure's (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16), AWS'
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html), EKS', GCP's and Scaleway's.
 */
const refusedByDefault: readonly Range[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local and cloud metadata'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255/32', 'broadcast'],
  ['100.100.100.200/32', 'cloud metadata'],
  ['192.0.0.192/32', 'cloud metadata'],
  ['168.63.129.16/32', 'cloud metadata'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
  ['fd00:ec2::/32', 'cloud metadata'],
  ['fd20:ce::254/128', 'cloud metadata'],
  ['fd00:42::42/128', 'cloud metadata'],
].map(([cidr = '', name = '']) => parseRange(cidr, `${name} (${cidr})`))

/**
 * What the strict policy refuses as well: every other range that is not globally reachable
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry).
 */
const refusedByStrict: readonly Range[] = [
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared by carriers'],
  ['192.0.0.0/24', 'reserved for protocols'],
  ['192.0.2.0/24', 'documentation'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['240.0.0.0/4', 'reserved'],
  ['100::/64', 'discarded'],
  ['2001::/23', 'reserved for protocols'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'private'],
  ['fec0::/10', 'site-local'],
].map(([cidr = '', name = '']) => parseRange(cidr, `${name} (${cidr})`))

const loopback = ['127.0.0.0/8', '::1/128'].map((cidr) => parseRange(cidr, 'loopback'))

/** Reads the ranges of `--egress-allow` and `--egress-deny`. Throws SettingsError for text that is no CIDR. */
export function createAddressPolicy(ranges: {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly policy?: EgressPolicy
  /** Addresses of the cluster's own API server. */
  readonly apiServers?: readonly string[]
}): AddressPolicy {
  const apiServers = (ranges.apiServers ?? []).map((cidr) => parseRange(cidr, `the cluster's API server (${cidr})`))
  return {
    refused: [...apiServers, ...refusedByDefault, ...(ranges.policy === 'strict' ? refusedByStrict : [])],
    allow: ranges.allow.map((cidr) => parseRange(cidr, `--egress-allow ${cidr}`)),
    deny: ranges.deny.map((cidr) => parseRange(cidr, `--egress-deny ${cidr}`)),
  }
}

/**
 * Decides on one IP address. `deny` always wins, then `allow`, then what is refused otherwise; all else is allowed. An IPv6 address
 * that carries an IPv4 address (mapped, translated, tunnelled) must pass both as itself and as what it carries.
 */
export function addressVerdict(address: string, policy: AddressPolicy): AddressVerdict {
  const plain = canonicalAddress(address)
  if (plain === undefined)
    return { allowed: false, rule: 'not an IP address', remedy: 'give a host name or an IP address' }
  for (const form of [plain, ...carried(plain)]) {
    const denied = policy.deny.find((range) => contains(range, form))
    if (denied !== undefined) return { allowed: false, rule: denied.name, remedy: `take it out of ${denied.name}` }
    if (policy.allow.some((range) => contains(range, form))) continue
    const refused = policy.refused.find((range) => contains(range, form))
    if (refused !== undefined) {
      const remedy = `start the server with --egress-allow ${form}/${isIPv4(form) ? 32 : 128} if it may be reached`
      return { allowed: false, rule: refused.name, remedy }
    }
  }
  return { allowed: true }
}

/** Whether the address is this machine's own loopback, in any of its forms. */
export function isLoopback(address: string): boolean {
  const plain = canonicalAddress(address)
  if (plain === undefined) return false
  return [plain, ...carried(plain)].some((form) => loopback.some((range) => contains(range, form)))
}

/** The one usual spelling of an IP address, its zone taken off; undefined for other text. */
export function canonicalAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  if (isIP(address) === 0) return undefined
  if (isIPv4(address)) return address
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}

/** Prefixes of 96 bits before an IPv4 address. */
const carryingPrefixes: ReadonlySet<string> = new Set([
  '0:0:0:0:0:0', // compatible, https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.1
  '0:0:0:0:0:ffff', // mapped, https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
  '0:0:0:0:ffff:0', // translated, https://www.rfc-editor.org/rfc/rfc2765#section-2.1
  '64:ff9b:0:0:0:0', // NAT64, https://www.rfc-editor.org/rfc/rfc6052#section-2.1
])

/** The IPv4 addresses that an IPv6 address in canonical spelling stands for. */
function carried(address: string): readonly string[] {
  if (isIPv4(address) || address === '::' || address === '::1') return []
  const groups = expand(address)
  const pair = (index: number): string => ipv4(groups[index] ?? 0, groups[index + 1] ?? 0)
  const texts = groups.map((group) => group.toString(16))
  if (carryingPrefixes.has(texts.slice(0, 6).join(':'))) return [pair(6)]
  const start = texts.slice(0, 3).join(':')
  if (start === '64:ff9b:1') return [pair(6) === '0.0.0.0' ? shortNat64(groups) : pair(6)]
  if (texts[0] === '2002') return [pair(1)] // 6to4, https://www.rfc-editor.org/rfc/rfc3056#section-2
  // Teredo hides the client's address by inverting it: https://www.rfc-editor.org/rfc/rfc4380#section-4
  if (start.startsWith('2001:0:')) return [ipv4((groups[6] ?? 0) ^ 0xffff, (groups[7] ?? 0) ^ 0xffff)]
  return []
}

/** The address after a NAT64 prefix of 48 bits: https://www.rfc-editor.org/rfc/rfc6052#section-2.2 */
function shortNat64(groups: readonly number[]): string {
  return ipv4(groups[3] ?? 0, (((groups[4] ?? 0) & 0xff) << 8) | ((groups[5] ?? 0) >> 8))
}

function expand(address: string): readonly number[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
}

function ipv4(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

/** BlockList itself compares the families with each other, so that `::/0` would hold every IPv4 address. */
function contains(range: Range, address: string): boolean {
  return familyOf(address) === range.family && range.list.check(address, range.family)
}

function parseRange(cidr: string, name: string): Range {
  const [text = '', bits, ...rest] = cidr.trim().split('/')
  const address = canonicalAddress(text)
  const width = address !== undefined && isIPv4(address) ? 32 : 128
  const prefix = bits === undefined ? width : Number(bits)
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/u.test(bits ?? '0') || prefix > width) {
    throw new SettingsError(`${name} is not a range of addresses; write it as 10.0.0.0/8, 192.0.2.1 or fd00::/8`)
  }
  const list = new BlockList()
  list.addSubnet(address, prefix, familyOf(address))
  return { name, family: familyOf(address), list }
}
