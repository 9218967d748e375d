import { type AddressInfo, type Server } from 'node:net'
import { SettingsError } from '../model/errors.ts'

/** Where to listen, and the flag that says so. */
export interface ListenAt {
  readonly host: string
  readonly port: number
  readonly flag: string
}

/** Listens, and resolves with the port. Throws SettingsError, which names the flag, when the port cannot be had. */
export async function listen(server: Server, { host, port, flag }: ListenAt): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const fail = (error: NodeJS.ErrnoException): void => reject(new SettingsError(explain(error, { host, port, flag })))
  server.once('error', fail)
  server.listen(port, host, () => resolve(undefined))
  try {
    await promise
  } finally {
    server.removeListener('error', fail)
  }
  return (server.address() as AddressInfo).port
}

function explain(error: NodeJS.ErrnoException, { host, port, flag }: ListenAt): string {
  if (error.code === 'EADDRINUSE') {
    return `${flag}: ${host}:${port} is in use by another process; give another port, or 0 for any free one`
  }
  return `${flag}: cannot listen on ${host}:${port} (${error.code ?? error.message})`
}
