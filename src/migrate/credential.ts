import { compact, type Fields } from './fields.ts'

/** Where the plain text values of one object go: a Secret of their own. */
export interface Vault {
  /** Keeps a value and gives the reference to it. */
  keep(key: string, value: string): { readonly name: string; readonly key: string }
  /** The manifest of the Secret; undefined when nothing was kept. */
  manifest(): object | undefined
}

/** What decides about Secrets for all objects. */
export interface SecretOptions {
  /** Whether Secrets are printed. References to them are in any case. */
  readonly emit: boolean
  /** The namespace that references without one point to, when it is known. */
  readonly namespace?: string
}

/** An empty vault; the name of its Secret is asked for when there is something to keep. */
export function createVault(chooseName: () => string, { namespace }: SecretOptions): Vault {
  const data = new Map<string, string>()
  let name: string | undefined
  return {
    keep(key, value) {
      name ??= chooseName()
      data.set(key, value)
      return { name, key }
    },
    manifest() {
      if (name === undefined) return undefined
      const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
      return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: Object.fromEntries(data) }
    },
  }
}

/** What taking credentials needs. */
export interface Credentials {
  /** The reference to a Secret that stands for the credential in a field; undefined when there is none. */
  take(fields: Fields, name: string): unknown
}

/** Takes credentials of one object; plain text values go to `vault` under the path of their field. */
export function createCredentials(vault: Vault, { emit, namespace }: SecretOptions): Credentials {
  return {
    take(fields, name) {
      const part = fields.below(name)
      if (part === undefined) return undefined
      const value = part.take('value')
      const reference = part.below('valueFrom')?.below('secretKeyRef')
      if (reference !== undefined) {
        if (value !== undefined) part.tell('changed', besideReference)
        return compact({
          name: reference.take('name'),
          key: reference.take('key'),
          namespace: reference.take('namespace'),
        })
      }
      if (typeof value !== 'string' || value === '') {
        part.tell('lost', empty)
        return undefined
      }
      const kept = vault.keep(keyOf(part.path), value)
      const where = `key ${kept.key} of Secret ${namespace === undefined ? '' : `${namespace}/`}${kept.name}`
      part.tell(emit ? 'changed' : 'lost', {
        was: 'a credential in plain text',
        became: emit ? `is in ${where}, which is printed beside it` : `a reference to ${where}, which is not there yet`,
        remedy: emit
          ? 'seal or encrypt that Secret before it goes into Git'
          : 'create that Secret, or migrate again with --emit-secrets to have it printed',
      })
      return kept
    },
  }
}

const besideReference = {
  was: 'a credential in plain text beside a reference to a Secret',
  became: 'the reference is kept',
  remedy: 'make sure that the Secret holds the value that is meant',
}

const empty = {
  was: 'a credential without a value and without a reference',
  became: 'left out',
  remedy: 'give valueFrom.secretKeyRef with name and key, and migrate again',
}

/** `spec.email.tls.rootCA` is kept under `email.tls.rootCA`: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data */
function keyOf(path: string): string {
  return path
    .split('.')
    .slice(1)
    .join('.')
    .replace(/[^\w.-]/gu, '-')
}

/** TLS settings, whose certificates and keys are credentials. */
export function takeTls(fields: Fields, name: string, credentials: Credentials): unknown {
  const part = fields.below(name)
  if (part === undefined) return undefined
  const client = part.below('clientCertificate')
  return compact({
    rootCA: credentials.take(part, 'rootCA'),
    clientCertificate:
      client === undefined
        ? undefined
        : compact({ cert: credentials.take(client, 'cert'), key: credentials.take(client, 'key') }),
    serverName: part.take('serverName'),
    insecureSkipVerify: part.take('insecureSkipVerify'),
  })
}
