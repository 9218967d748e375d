import { type Server as HttpServer } from 'node:http'
import { type Server as HttpsServer } from 'node:https'
import { type SecureContextOptions, type TlsOptions } from 'node:tls'

/** PEM texts to serve HTTPS with. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  /** Authorities of client certificates; clients are asked for one when present, and the guard refuses those without. */
  readonly clientCa?: string
}

/** TLS 1.2 with forward secrecy, as Mozilla's intermediate profile has it: https://wiki.mozilla.org/Security/Server_Side_TLS */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')
/** A client that opens a connection and does not finish the handshake, milliseconds. */
const handshakeTimeoutMs = 10_000

/** Fastify's options for serving these; none for HTTP. A client without a certificate still gets in as far as the probes. */
export function serveTls(
  material: TlsMaterial | undefined,
  timeouts: { readonly headersTimeout: number; readonly connectionsCheckingInterval: number },
): { readonly https?: never } {
  if (material === undefined) return {}
  const https: TlsOptions = {
    ...timeouts,
    ...contextOf(material),
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: false,
  }
  // Fastify's type of an instance depends on the protocol, ours must not.
  return { https } as { readonly https?: never }
}

/** Serves new connections with other material. Throws when it does not fit together. */
export function renewTls(server: HttpServer, material: TlsMaterial): void {
  const secure = server as unknown as Pick<HttpsServer, 'setSecureContext'>
  secure.setSecureContext(contextOf(material))
}

function contextOf({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: false,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  }
}
