import { once } from 'node:events'
import { connect as openSocket, isIP, isIPv6, type Socket } from 'node:net'
import { domainToASCII } from 'node:url'
import { type DeliveryReason } from '../model/delivery.ts'
import { AddressRefusedError } from '../model/errors.ts'
import { createLookup, type Lookup } from './egress-lookup.ts'
import { addressVerdict, canonicalAddress, createAddressPolicy, type EgressPolicy } from './address-policy.ts'

export { addressVerdict, type AddressVerdict, type EgressPolicy } from './address-policy.ts'
export { type Lookup } from './egress-lookup.ts'

/** Where a connection is to go, as a tenant wrote it. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/** The one place that decides which addresses may be reached. */
export interface Egress {
  /**
   * Resolves the host, refuses every address the policy refuses, and connects to one that it allows: the address that was
   * checked is the address that is used. Throws AddressRefusedError, or ConnectError.
   */
  connect(destination: Destination, signal: AbortSignal): Promise<Socket>
  /**
   * Throws AddressRefusedError when the host is itself an address (in any spelling) that the policy refuses, or `localhost`
   * while loopback is refused. Other names are not resolved: this is for hosts that a proxy resolves.
   */
  check(destination: Destination): void
}

export interface EgressOptions {
  /** Ranges that are opened although the default refuses them. */
  readonly allow: readonly string[]
  /** Ranges that are closed; they win over `allow`. */
  readonly deny: readonly string[]
  /** `default` when absent. */
  readonly policy?: EgressPolicy
  /** Addresses of the cluster's own API server, refused unless `allow` opens them. */
  readonly apiServers?: readonly string[]
  readonly lookup?: Lookup
  /** Bounds one `connect`: the lookup and every address that is tried. */
  readonly connectTimeoutMs: number
}

/** A connection that could not be made. The message names host and port. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly reason: DeliveryReason

  constructor(message: string, reason: DeliveryReason = 'connectionError') {
    super(message)
    this.reason = reason
  }
}

/** How many addresses of one name are tried. */
const maxAddresses = 4

/** The egress policy in force. Throws SettingsError for a range that is none. */
export function createEgress(options: EgressOptions): Egress {
  const policy = createAddressPolicy(options)
  const lookup = options.lookup ?? createLookup()

  function refusal(host: string, addresses: readonly string[]): AddressRefusedError {
    const [address = ''] = addresses
    const verdict = addressVerdict(address, policy)
    const { rule, remedy } = verdict.allowed ? { rule: '', remedy: '' } : verdict
    const named = host === address ? address : `${host} (${address})`
    return new AddressRefusedError(`${named} may not be reached: ${rule}; ${remedy}`)
  }

  function permitted(host: string, addresses: readonly string[]): readonly string[] {
    const allowed = addresses.filter((address) => addressVerdict(address, policy).allowed)
    if (allowed.length === 0) throw refusal(host, addresses)
    return allowed.slice(0, maxAddresses)
  }

  async function resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host]
    const found = (await abortable(lookup(host, signal), signal)).map(
      ({ address }) => canonicalAddress(address) ?? address,
    )
    if (found.length === 0) throw new ConnectError(`${host} has no address`)
    return found
  }

  async function connect(destination: Destination, signal: AbortSignal): Promise<Socket> {
    const host = canonicalHost(destination.host)
    const port = checkedPort(destination)
    const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(options.connectTimeoutMs)])
    try {
      bounded.throwIfAborted()
      const addresses = permitted(host, await resolve(host, bounded))
      return await openFirst(addresses, { port, signal: bounded, timeoutMs: options.connectTimeoutMs })
    } catch (error) {
      if (error instanceof AddressRefusedError || error instanceof ConnectError) throw error
      if (signal.aborted) throw new ConnectError(`connecting to ${target} was cut off`, 'contextDeadlineExceeded')
      throw new ConnectError(`cannot connect to ${target}: ${describe(error)}`)
    }
  }

  function check(destination: Destination): void {
    const host = canonicalHost(destination.host)
    if (/(^|\.)localhost\.?$/u.test(host)) permitted(host, ['127.0.0.1'])
    else if (isIP(host) !== 0) permitted(host, [host])
  }

  return { connect, check }
}

/** A host in one spelling: lower case, IDNA, and any numeric form of an IPv4 address (`0x7f.1`) as dotted decimal. */
function canonicalHost(text: string): string {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  const address = canonicalAddress(bare)
  if (address !== undefined) return address
  const host = /[\s/\\?#@:%[\]]/u.test(bare) ? '' : domainToASCII(bare)
  if (host === '') throw new ConnectError(`${JSON.stringify(text.slice(0, 100))} is not a host name or an IP address`)
  return host
}

function checkedPort({ host, port }: Destination): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new ConnectError(`${host}: ${port} is not a port; it must be from 1 to 65535`)
}

/** Connects to the first address that answers; each gets its share of the time. */
async function openFirst(
  addresses: readonly string[],
  how: { readonly port: number; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Socket> {
  const shareMs = Math.ceil(how.timeoutMs / addresses.length)
  let failure: unknown
  for (const address of addresses) {
    how.signal.throwIfAborted()
    try {
      return await open({ address, port: how.port }, AbortSignal.any([how.signal, AbortSignal.timeout(shareMs)]))
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

async function open(to: { readonly address: string; readonly port: number }, signal: AbortSignal): Promise<Socket> {
  const socket = openSocket({
    host: to.address,
    port: to.port,
    autoSelectFamily: false,
    noDelay: true,
    keepAlive: true,
  })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw error
  }
}

/** The work's result, or the signal's reason when that comes first; a question to a name server cannot be aborted itself. */
async function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const done = new AbortController()
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => {
    throw new DOMException('aborted', 'AbortError')
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    aborted.catch(() => undefined)
    done.abort()
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'timed out',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name lookup failed for now',
  ABORT_ERR: 'timed out',
}

/** What went wrong with a socket, in a few words. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timed out'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return words[code] ?? code
}
