import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Clock } from '../model/ports.ts'

/** A name that is not resolved by then is left out: the server must start although its name service is down. */
const lookupTimeoutMs = 3_000

/** The addresses of an API server by its URL, and those of the service that pods know it by. None for a name that has none now. */
export async function serverAddresses(
  server: string,
  serviceHost: string | undefined,
  clock: Pick<Clock, 'sleep'>,
): Promise<readonly string[]> {
  const hosts = [new URL(server).hostname.replace(/^\[|\]$/gu, ''), ...(serviceHost === undefined ? [] : [serviceHost])]
  const found = await Promise.all(hosts.map((host) => addressesOf(host, clock)))
  return [...new Set(found.flat())]
}

async function addressesOf(host: string, clock: Pick<Clock, 'sleep'>): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const done = new AbortController()
  const none = clock.sleep(lookupTimeoutMs, done.signal).then((): readonly string[] => [])
  const found = lookup(host, { all: true }).then(
    (answers) => answers.map(({ address }) => address),
    (): readonly string[] => [],
  )
  const addresses = await Promise.race([found, none])
  done.abort()
  return addresses
}
