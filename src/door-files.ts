import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type DoorSettings } from './door-settings.ts'
import { SettingsError } from './model/errors.ts'
import { type Clock, type Logger } from './model/ports.ts'
import { readCredentials, type CredentialSet, type Role } from './server/credentials.ts'
import { type Access } from './server/guard.ts'
import { type TlsMaterial } from './server/tls.ts'

/** What the door's files say now. */
export interface DoorFiles {
  readonly access: Access
  readonly tls: TlsMaterial | undefined
  /**
   * Looks at the files every few seconds until the signal, so that they can be rotated: new content is taken over when it makes
   * sense, and reported when it does not; then the old stays.
   */
  watch(onTls: (material: TlsMaterial) => void, signal: AbortSignal): Promise<void>
}

/** A kubelet renews mounted Secrets once a minute or so; a person who rotates by hand waits this long, milliseconds. */
const lookEveryMs = 5_000

/** Reads the door's files. Throws SettingsError when one cannot be read or makes no sense. */
export function openDoorFiles(settings: DoorSettings, clock: Clock, logger: Logger): DoorFiles {
  const sets = new Map<Role, Watched<CredentialSet>>()
  for (const role of ['ingest', 'read', 'admin'] as const) {
    const path = settings.credentials[role]
    if (path !== undefined)
      sets.set(
        role,
        open(`--${role}-credentials`, [path], ([text = '']) => readCredentials(text)),
      )
  }
  const { tls } = settings
  const material =
    tls && open('--tls-cert', [tls.cert, tls.key, ...(tls.clientCa === undefined ? [] : [tls.clientCa])], toMaterial)

  function renew<Value>(watched: Watched<Value>, take: (value: Value) => void): void {
    const next = look(watched)
    if (next === undefined) return
    if (typeof next === 'string') {
      logger.error({ flag: watched.flag, reason: next }, 'A file of the door cannot be used; what it said before stays')
      return
    }
    try {
      take(next.value)
      watched.value = next.value
      logger.info({ flag: watched.flag }, 'A file of the door was taken over')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      logger.error({ flag: watched.flag, reason }, 'A file of the door cannot be used; what it said before stays')
    }
  }

  return {
    access: {
      credentials: (role) => sets.get(role)?.value,
      clientCertificates: tls?.clientCa !== undefined,
      postsPerSecond: settings.postsPerSecond,
    },
    tls: material?.value,
    async watch(onTls, signal) {
      while (!signal.aborted && (sets.size > 0 || material !== undefined)) {
        await clock.sleep(lookEveryMs, signal)
        for (const watched of sets.values()) renew(watched, () => undefined)
        if (material !== undefined) renew(material, onTls)
      }
    },
  }
}

/** Files that mean one thing together. */
interface Watched<Value> {
  readonly flag: string
  readonly paths: readonly string[]
  readonly parse: (texts: readonly string[]) => Value | string
  /** What they said when they were looked at last, whether it made sense or not. */
  seen: string
  value: Value
}

function open<Value>(
  flag: string,
  paths: readonly string[],
  parse: (texts: readonly string[]) => Value | string,
): Watched<Value> {
  const texts = readAll(paths)
  if (typeof texts === 'string') throw new SettingsError(`${flag}: ${texts}`)
  const value = parse(texts)
  if (typeof value === 'string') throw new SettingsError(`${flag}: ${paths.join(', ')}: ${value}`)
  return { flag, paths, parse, seen: texts.join('\0'), value }
}

/** Undefined when nothing changed, a sentence when the new content makes no sense. */
function look<Value>(watched: Watched<Value>): { readonly value: Value } | string | undefined {
  const texts = readAll(watched.paths)
  const seen = typeof texts === 'string' ? texts : texts.join('\0')
  if (seen === watched.seen) return undefined
  watched.seen = seen
  const value = typeof texts === 'string' ? texts : watched.parse(texts)
  return typeof value === 'string' ? value : { value }
}

function readAll(paths: readonly string[]): readonly string[] | string {
  try {
    return paths.map((path) => readFileSync(path, 'utf8'))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function toMaterial([cert = '', key = '', clientCa]: readonly string[]): TlsMaterial | string {
  if (!cert.includes('-----BEGIN CERTIFICATE-----')) return 'the certificate is not PEM'
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(key)) return 'the key is not PEM'
  const mismatch = mismatchOf(cert, key)
  if (mismatch !== undefined) return mismatch
  return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) }
}

/** Why the two cannot be served with; undefined when they can. The words of OpenSSL quote neither. */
function mismatchOf(cert: string, key: string): string | undefined {
  try {
    const fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    return fits ? undefined : 'the key is not the one of the certificate'
  } catch (error) {
    return `the certificate or the key cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}
