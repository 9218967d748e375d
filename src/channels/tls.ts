import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { connect as startTls, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** TLS material of one connection, already read from its Secrets. PEM text. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly insecureSkipVerify?: boolean
}

/** A credential that cannot be used as it is. The message says which one and why, never its value. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError'
}

/**
 * The options of `tls.connect` for a host. Throws CredentialError when a PEM text cannot be read: Node itself would ignore an
 * unreadable CA and trust the public ones instead.
 */
export function tlsConnectionOptions(host: string, tls: TlsOptions): ConnectionOptions {
  checkMaterial(tls)
  const servername = tls.serverName ?? (isIP(host) === 0 ? host : undefined)
  return {
    host,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: tls.insecureSkipVerify !== true,
    ...(servername === undefined ? {} : { servername }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  }
}

/** Starts TLS on a connected socket; both are gone when it throws. */
export async function upgrade(socket: Socket, options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  const secured = startTls({ ...options, socket })
  try {
    await once(secured, 'secureConnect', { signal })
    return secured
  } catch (error) {
    secured.on('error', () => undefined).destroy()
    socket.destroy()
    throw error
  }
}

const untrusted = 'the certificate is not signed by a trusted authority; give its CA as rootCA'
const tlsWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name; give the right one as serverName',
  ECONNRESET: 'the connection was closed during the handshake',
  ABORT_ERR: 'the handshake took too long',
}

/** Why TLS could not be started, in a few words. */
export function describeTlsFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return tlsWords[code] ?? `handshake failed (${code})`
}

function checkMaterial(tls: TlsOptions): void {
  if (tls.ca !== undefined) readCertificates(tls.ca, 'rootCA (ca)')
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [has, lacks] = tls.cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    throw new CredentialError(`clientCertificate has a ${has} without a ${lacks}; give both or neither`)
  }
  if (tls.cert === undefined || tls.key === undefined) return
  const [leaf] = readCertificates(tls.cert, 'clientCertificate.cert (cert)')
  if (leaf?.checkPrivateKey(readKey(tls.key)) !== true) {
    throw new CredentialError('clientCertificate.key (key) does not belong to clientCertificate.cert')
  }
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu

function readCertificates(pem: string, name: string): readonly X509Certificate[] {
  try {
    const certificates = [...pem.matchAll(certificateBlock)].map(([block]) => new X509Certificate(block))
    if (certificates.length > 0) return certificates
  } catch {
    // Said below, together with the case of no block at all.
  }
  throw new CredentialError(`${name} is not a readable PEM certificate`)
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new CredentialError('clientCertificate.key (key) is not a readable PEM private key without a passphrase')
  }
}
