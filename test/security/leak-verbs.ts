import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { program } from '../cli/terminal.ts'
import { tlsFixture } from '../support/tls.ts'
import { managerObject } from './leak-manifests.ts'
import { type Planted, type Seen } from './planted.ts'

const source = join(import.meta.dirname, '..', '..', 'src')
const entry = join(source, 'main.ts')

/** What the verbs print that read manifests. */
export async function seenOfVerbs(folder: string, manifests: string, payload: object): Promise<readonly Seen[]> {
  const body = join(folder, 'payload.json')
  const before = join(folder, 'before.yaml')
  await writeFile(body, JSON.stringify(payload))
  await writeFile(before, JSON.stringify(managerObject('monitoring')))
  const valid = join(manifests, 'objects.yaml')
  const asked = ['--manifests', manifests, '--payload', body]
  const verbs = [
    ['validate', manifests],
    ['validate', manifests, '-o', 'json'],
    ['compile', manifests],
    ['explain', ...asked, '--all'],
    ['explain', ...asked, '--all', '-o', 'json'],
    ...['text', 'html', 'json'].map((format) => ['render', ...asked, '--all', '-o', format]),
    ['diff', before, manifests, '--payload', body],
    ['diff', before, valid, '--payload', body],
    ['diff', valid, before, '--payload', body, '-o', 'json'],
  ]
  const seen: Seen[] = []
  for (const args of verbs) {
    const { out, err } = await program(args)
    assert.match(out + err, /hook-bearer-raw|KustomizeFailed/u, args.join(' '))
    seen.push({ where: args.join(' '), text: out + err })
  }
  return seen
}

/** Starts that fail over a credential, and what Node prints of an error that nobody catches. */
export async function seenOfBrokenStarts(folder: string, { written = '' }: Planted): Promise<readonly Seen[]> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const kubeconfig = (server: string): string =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: written } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })
  const serve = ['serve', '--data', join(folder, 'other'), '--listen', '127.0.0.1:0']
  const { foreign } = tlsFixture()
  const key = await file('broken-key', `-----BEGIN PRIVATE KEY-----\n${written}\n-----END PRIVATE KEY-----\n`)
  const cert = await file('foreign-cert', foreign.cert)
  const manifests = await file('manager.yaml', JSON.stringify(managerObject('monitoring')))
  const open = kubeconfig(`http://ann:${written.replace('/', '-')}@127.0.0.1`).replace('true', 'false')
  const starts = [
    [...serve, '--kubeconfig', await file('k1', `users:\n- token: "${written}\n  a: b: c\n`)],
    [...serve, '--kubeconfig', await file('k2', open)],
    [...serve, '--kubeconfig', await file('k3', kubeconfig(`ftp://ann:${written}@127.0.0.1`))],
    [...serve, '--manifests', manifests, '--ingest-credentials', await file('c1', `not a token ${written}\n`)],
    [...serve, '--manifests', manifests, '--tls-cert', cert, '--tls-key', key],
    [...serve, '--manifests', manifests, '--tls-cert', cert, '--tls-key', join(folder, 'tls-key')],
  ]
  const seen: Seen[] = []
  for (const args of starts) seen.push(await seenOf([entry, ...args]))
  return [...seen, await seenOf([await file('uncaught.mts', uncaught), written])]
}

/** What a program prints that fails. */
function seenOf(args: readonly string[]): Promise<Seen> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`
      if (error?.killed === false && text !== '') resolve({ where: args.join(' '), text })
      else reject(new Error(`${args.join(' ')} did not fail\n${text}`))
    })
  })
}

const uncaught = `
import { SecretText } from ${JSON.stringify(join(source, 'model', 'secret.ts'))}
const secret = new SecretText(process.argv[2])
process.argv.length = 2
throw Object.assign(new Error('uncaught ' + secret, { cause: { secret } }), { secret, list: [secret], map: new Map([[secret, secret]]) })
`
