import { createHash, timingSafeEqual } from 'node:crypto'

/** What a request must prove before it is served. */
export type Role = 'ingest' | 'read' | 'admin'

/** Credentials of one role; values are kept as digests only. */
export interface CredentialSet {
  readonly size: number
  /** Judges an Authorization header; takes equally long for every wrong one. */
  accepts(authorization: string): boolean
}

/** Most credentials of one role: each is compared at every request. */
const maxCredentials = 100

/** The credentials of a file's text, or a sentence about what is wrong. */
function linesOf(text: string): readonly string[] | string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.length === 0) return 'it holds no credential; write one a line: a bearer token, or user:password'
  if (lines.length > maxCredentials) return `it holds more than ${maxCredentials} credentials`
  const faulty = lines.findIndex((line) => !line.includes(':') && !/^[A-Za-z0-9._~+/-]+=*$/u.test(line))
  if (faulty === -1) return lines
  return `credential ${faulty + 1} is no bearer token (letters, digits and -._~+/=) and no user:password`
}

/**
 * The Authorization header that proves the first credential of such a file, for whoever asks a server; or a sentence about what is
 * wrong, which quotes no value.
 */
export function readAuthorization(text: string): { readonly authorization: string } | string {
  const lines = linesOf(text)
  return typeof lines === 'string' ? lines : { authorization: headerOf(lines[0] ?? '') }
}

/**
 * Reads credentials, one a line: a bearer token, or `user:password` for basic authentication (a token has no colon:
 * https://www.rfc-editor.org/rfc/rfc6750#section-2.1). Empty lines and lines that begin with `#` are passed over. Gives a sentence
 * about what is wrong instead, which quotes no value.
 */
export function readCredentials(text: string): CredentialSet | string {
  const lines = linesOf(text)
  if (typeof lines === 'string') return lines
  const digests = lines.map((line) => digest(normalize(headerOf(line))))
  return {
    size: digests.length,
    accepts(authorization) {
      const given = digest(normalize(authorization))
      return digests.reduce((found, wanted) => timingSafeEqual(wanted, given) || found, false)
    },
  }
}

function headerOf(credential: string): string {
  return credential.includes(':')
    ? `Basic ${Buffer.from(credential, 'utf8').toString('base64')}`
    : `Bearer ${credential}`
}

/** The scheme's case does not matter, nor how many spaces follow it: https://www.rfc-editor.org/rfc/rfc9110#section-11.1 */
function normalize(authorization: string): string {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/u.exec(authorization) ?? []
  return `${scheme.toLowerCase()} ${value}`
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
