import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate with its private key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** An authority and what it signed; `foreign` is signed by another one that nobody trusts. */
export interface TlsFixture {
  readonly ca: string
  /** For `localhost`, `mail.test`, `127.0.0.1` and `::1`. */
  readonly server: KeyPair
  readonly client: KeyPair
  readonly foreign: KeyPair
}

const cache = join(tmpdir(), `notification-manager-test-tls-v1-${process.getuid?.() ?? 0}`)

/** Certificates for tests, made with openssl once a machine and kept in the temporary folder. */
export function tlsFixture(): TlsFixture {
  if (!existsSync(cache)) make()
  return { ca: read('ca.crt'), server: pair('server'), client: pair('client'), foreign: pair('foreign') }
}

function read(name: string): string {
  return readFileSync(join(cache, name), 'utf8')
}

function pair(name: string): KeyPair {
  return { cert: read(`${name}.crt`), key: read(`${name}.key`) }
}

/** Made aside and moved in place as a whole: tests run in several processes. */
function make(): void {
  const folder = mkdtempSync(`${cache}-`)
  writeFileSync(join(folder, 'san'), 'subjectAltName=DNS:localhost,DNS:mail.test,IP:127.0.0.1,IP:::1\n')
  authority(folder, 'ca')
  authority(folder, 'other')
  signed(folder, { name: 'server', by: 'ca' })
  signed(folder, { name: 'client', by: 'ca' })
  signed(folder, { name: 'foreign', by: 'other' })
  try {
    renameSync(folder, cache)
  } catch (error) {
    rmSync(folder, { recursive: true })
    if (!existsSync(cache)) throw error
  }
}

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

function authority(folder: string, name: string): void {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`]
  openssl(folder, ['req', '-x509', ...ecKey, '-days', '3650', '-subj', `/CN=test ${name}`, ...files])
}

function signed(folder: string, { name, by }: { readonly name: string; readonly by: string }): void {
  openssl(folder, ['req', ...ecKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`])
  const signer = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial']
  const files = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-extfile', 'san']
  openssl(folder, ['x509', '-req', '-days', '3650', ...signer, ...files])
}

function openssl(folder: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}
