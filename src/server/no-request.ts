import { STATUS_CODES, type ServerResponse } from 'node:http'
import { type Socket } from 'node:net'
import { cutMessage, type Envelope } from './envelope.ts'

/** On every answer: no browser guesses its type, and nobody keeps it. */
export const commonHeaders = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const

/** Answers what reached no route, nor the error handler: a path that cannot be decoded. */
export function answerFrameworkError(error: Error, _request: unknown, reply: { readonly raw: ServerResponse }): void {
  const { raw } = reply
  raw.writeHead(400, { ...commonHeaders, 'content-type': 'application/json; charset=utf-8' })
  raw.end(JSON.stringify({ Status: 400, Message: cutMessage(error.message) } satisfies Envelope))
}

/**
 * Answers what is no request. One that did not arrive in time gets 503: after a 408 Alertmanager would not send it again.
 * Bytes go to the socket itself, for there is no answer to write to.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const { status, message } = toRefusal(error.code)
  const body = JSON.stringify({ Status: status, Message: message } satisfies Envelope)
  const headers = {
    ...commonHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  socket.destroy()
}

function toRefusal(code: string | undefined): { readonly status: number; readonly message: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 503, message: 'The request took too long to arrive, try again' }
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, message: 'The headers are too large' }
  return { status: 400, message: 'This is no HTTP request' }
}
