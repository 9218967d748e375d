import { type SecretKeyRef, type TLSConfig } from '../model/fragments.ts'
import { type SendContext } from './channel.ts'
import { CredentialError, type TlsOptions } from './tls.ts'

/**
 * The value of a Secret's key as one line: line ends around it, which `echo` and editors leave, are taken off. Throws
 * CredentialError when line ends or NULs are inside, where they could end a header or a command, and SecretNotFoundError.
 */
export async function readLine(ref: SecretKeyRef, context: SendContext): Promise<string> {
  const value = (await context.secret(ref)).reveal().replace(/^[\r\n]+|[\r\n]+$/gu, '')
  if (!/[\r\n\0]/u.test(value)) return value
  throw new CredentialError(`the value of ${describeSecret(ref)} must be one line`)
}

/** As `readLine`, for a value that goes into an HTTP header: ASCII without control characters. */
export async function readHeaderValue(ref: SecretKeyRef, context: SendContext): Promise<string> {
  const value = (await readLine(ref, context)).trim()
  if (/^[\x20-\x7E]+$/u.test(value)) return value
  const problem = value === '' ? 'is empty' : 'has characters that an HTTP header cannot hold'
  throw new CredentialError(`the value of ${describeSecret(ref)} ${problem}`)
}

/** TLS settings with the values of their Secrets. */
export async function readTls(tls: TLSConfig | undefined, context: SendContext): Promise<TlsOptions> {
  if (tls === undefined) return {}
  const pem = async (ref: SecretKeyRef | undefined): Promise<string | undefined> =>
    ref === undefined ? undefined : (await context.secret(ref)).reveal()
  const ca = await pem(tls.rootCA)
  const cert = await pem(tls.clientCertificate?.cert)
  const key = await pem(tls.clientCertificate?.key)
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined || tls.serverName === '' ? {} : { serverName: tls.serverName }),
    ...(tls.insecureSkipVerify === undefined ? {} : { insecureSkipVerify: tls.insecureSkipVerify }),
  }
}

function describeSecret(ref: SecretKeyRef): string {
  const name = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`
  return `key ${ref.key} of Secret ${name}`
}
