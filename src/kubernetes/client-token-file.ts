import { readFile } from 'node:fs/promises'
import { type User } from '@kubernetes/client-node'

const name = 'token-file'

interface TokenFileProvider {
  readonly name: typeof name
  readonly config: { readonly path: string }
}

/** What a user whose token stands in a file has as its `authProvider`. */
export function tokenFileProvider(path: string): TokenFileProvider {
  return { name, config: { path } }
}

/**
 * Reads the token for every request: it costs some microseconds, and a rotated token is in force at once. client-node's own
 * reader keeps a token for a minute and does not trim it.
 */
export const tokenFileAuthenticator = {
  isAuthProvider: (user: User): boolean => providerOf(user) !== undefined,
  async applyAuthentication(user: User, options: { headers?: object }): Promise<void> {
    const path = providerOf(user)?.config.path ?? ''
    const token = (await readFile(path, 'utf8')).trim()
    options.headers = { ...options.headers, Authorization: `Bearer ${token}` }
  },
}

function providerOf(user: User): TokenFileProvider | undefined {
  const provider = user.authProvider as TokenFileProvider | null | undefined
  return provider?.name === name ? provider : undefined
}
