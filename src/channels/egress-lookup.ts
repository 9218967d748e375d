import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

/** How names become addresses, in the order in which they are tried. The signal aborts when nobody waits any more. */
export type Lookup = (host: string, signal: AbortSignal) => Promise<readonly { readonly address: string }[]>

/** Where the system says how names are looked up. */
export interface LookupFiles {
  /** https://man7.org/linux/man-pages/man5/resolv.conf.5.html */
  readonly resolvConf: string
  /** https://man7.org/linux/man-pages/man5/hosts.5.html */
  readonly hosts: string
}

const systemFiles: LookupFiles = { resolvConf: '/etc/resolv.conf', hosts: '/etc/hosts' }

/** Twice a server is asked, the second time waiting twice as long: less than connecting may take. */
const patience = { timeout: 2_000, tries: 2 }
/** More domains than glibc took for decades, and fewer than would use up the time. */
const maxDomains = 8

/**
 * Looks names up as the system does, in the hosts file and at its name servers, but without its threads: getaddrinfo holds one of
 * the few that a process has until it is answered, so that some names whose servers keep silent would stop everybody's.
 * Rejects with the code ENOTFOUND, or EAI_AGAIN when it may be found later.
 */
export function createLookup(files: LookupFiles = systemFiles): Lookup {
  let known: { readonly servers: string; readonly resolver: Resolver } | undefined

  function resolverOf(servers: readonly string[]): Resolver {
    const key = servers.join(' ')
    if (known?.servers === key) return known.resolver
    known = { servers: key, resolver: createResolver(servers) }
    return known.resolver
  }

  return async (host, signal) => {
    const name = host.toLowerCase().replace(/\.$/u, '')
    const [hosts, settings] = await Promise.all([readText(files.hosts), readText(files.resolvConf)])
    const own = addressesIn(hosts, name)
    if (own.length > 0) return own
    if (/(?:^|\.)localhost$/u.test(name)) return [{ address: '127.0.0.1' }, { address: '::1' }]
    const { servers, domains, dots } = readSettings(settings)
    const resolver = resolverOf(servers)
    let mayComeLater = false
    for (const candidate of host.endsWith('.') ? [name] : candidatesFor(name, domains, dots)) {
      signal.throwIfAborted()
      const found = await ask(resolver, candidate)
      if (typeof found !== 'string') return found
      mayComeLater ||= found === 'later'
    }
    throw Object.assign(new Error(`${host} was not found`), { code: mayComeLater ? 'EAI_AGAIN' : 'ENOTFOUND' })
  }
}

/** Those servers, or the system's when one of them cannot be used. */
function createResolver(servers: readonly string[]): Resolver {
  const resolver = new Resolver(patience)
  try {
    if (servers.length > 0) resolver.setServers(servers)
  } catch {
    return new Resolver(patience)
  }
  return resolver
}

type Found = Awaited<ReturnType<Lookup>>

/** What says of a name that it is not there, or cannot be. */
const absent = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

async function ask(resolver: Resolver, name: string): Promise<Found | 'absent' | 'later'> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const [four = [], six = []] = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  // In turns, so that an address of either family is among the first that are tried.
  const found = Array.from({ length: Math.max(four.length, six.length) }, (_, place) => [four[place], six[place]])
    .flat()
    .filter((address) => address !== undefined)
  if (found.length > 0) return found.map((address) => ({ address }))
  const reasons = answers.map((answer): unknown => (answer.status === 'rejected' ? answer.reason : undefined))
  return reasons.every(isAbsent) ? 'absent' : 'later'
}

function isAbsent(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && absent.has(String(reason.code))
}

/** The names to ask for, in order: as it is and in each domain, the latter first when it has few dots. */
function candidatesFor(name: string, domains: readonly string[], dots: number): readonly string[] {
  const within = domains.map((domain) => `${name}.${domain}`)
  return name.split('.').length - 1 >= dots ? [name, ...within] : [...within, name]
}

interface Settings {
  readonly servers: readonly string[]
  readonly domains: readonly string[]
  /** A name with as many dots is asked for as it is first. */
  readonly dots: number
}

function readSettings(text: string): Settings {
  const lines = linesOf(text)
  const valuesOf = (word: string): readonly (readonly string[])[] =>
    lines.filter(([first]) => first === word).map(([, ...values]) => values)
  const [domains = []] = lines.filter(([first]) => first === 'search' || first === 'domain').toReversed()
  const dots = valuesOf('options')
    .flat()
    .findLast((option) => option.startsWith('ndots:'))
  return {
    servers: valuesOf('nameserver').flatMap((values) => values.slice(0, 1)),
    domains: domains
      .slice(1, maxDomains + 1)
      .map((domain) => domain.replace(/\.$/u, ''))
      .filter((domain) => domain !== ''),
    dots: Number(dots?.slice('ndots:'.length) ?? 1),
  }
}

function addressesIn(hosts: string, name: string): Found {
  return linesOf(hosts)
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.some((each) => each.toLowerCase() === name))
    .map(([address = '']) => ({ address }))
}

/** The words of each line, comments left out. */
function linesOf(text: string): readonly (readonly string[])[] {
  return text.split('\n').map((line) =>
    line
      .replace(/[#;].*$/u, '')
      .trim()
      .split(/\s+/u),
  )
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
