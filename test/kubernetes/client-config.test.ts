import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { loadKubeConfig } from '../../src/kubernetes/client-config.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Entries {
  readonly cluster?: object
  readonly user?: object
  readonly context?: string
  readonly contextOf?: object
}

async function kubeconfig(context: TestContext, entries: Entries = {}): Promise<string> {
  const { cluster = { server: 'https://one.example' }, user = { token: 'very-secret-token' } } = entries
  const path = join(await temporaryFolder(context), 'config')
  const document = {
    clusters: [{ name: 'one', cluster }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me', ...entries.contextOf } }],
    'current-context': entries.context ?? 'here',
  }
  await writeFile(path, JSON.stringify(document))
  return path
}

/** The message of the SettingsError that these options give, checked to hold no credential. */
function refusal(options: Parameters<typeof loadKubeConfig>[0]): string {
  try {
    loadKubeConfig(options)
  } catch (error) {
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'SettingsError')
    assert.ok(!error.message.includes('very-secret-token'), error.message)
    return error.message
  }
  throw new Error('it was accepted')
}

describe('the way to the API server', () => {
  it('is refused with the file and the reason when the file is missing or no YAML', async (context) => {
    const folder = await temporaryFolder(context)
    const broken = join(folder, 'broken')
    await writeFile(broken, 'users:\n- name: me\n  user: {token: very-secret-token\n  foo: bar]\n')
    const empty = join(folder, 'empty')
    await writeFile(empty, '')

    assert.equal(refusal({ kubeconfigs: ['/nowhere/config'] }), 'kubeconfig /nowhere/config: there is no such file')
    assert.equal(refusal({ kubeconfigs: [broken] }), `kubeconfig ${broken}: it is not YAML: see line 4`)
    assert.match(refusal({ kubeconfigs: [empty] }), /^kubeconfig \S+empty: it is not YAML/u)
    assert.match(refusal({ kubeconfigs: [folder] }), /^kubeconfig \S+: EISDIR/u)
  })

  it('is refused with what there is when a context, cluster or user is missing', async (context) => {
    const file = await kubeconfig(context)
    const lost = await kubeconfig(context, { contextOf: { cluster: 'two' } })
    const stranger = await kubeconfig(context, { contextOf: { user: 'you' } })

    assert.equal(
      refusal({ kubeconfigs: [file], context: 'there' }),
      `kubeconfig ${file}: there is no context "there"; there is here`,
    )
    assert.equal(refusal({ kubeconfigs: [lost] }), `kubeconfig ${lost}, context here: there is no cluster "two"`)
    assert.equal(refusal({ kubeconfigs: [stranger] }), `kubeconfig ${stranger}, context here: its user is not there`)
    assert.match(
      refusal({ kubeconfigs: [await kubeconfig(context, { context: '' })] }),
      /it has no current context: choose one with --context: here$/u,
    )
  })

  it('is refused when it would send credentials in the open, or its certificates cannot be read', async (context) => {
    const open = await kubeconfig(context, { cluster: { server: 'http://one.example' } })
    const noCa = await kubeconfig(context, {
      cluster: { server: 'https://one.example', 'certificate-authority': 'ca' },
    })
    const badKey = await kubeconfig(context, { user: { 'client-key-data': Buffer.from('no key').toString('base64') } })
    const ftp = await kubeconfig(context, { cluster: { server: 'https://one.example', 'proxy-url': 'ftp://proxy' } })
    const named = ['http', 'ftp'].map((scheme) =>
      kubeconfig(context, { cluster: { server: `${scheme}://ann:very/secret@one.example` } }),
    )

    for (const file of await Promise.all(named)) {
      assert.match(refusal({ kubeconfigs: [file] }), /context here: server "?(?:http|ftp):\/\/one\.example/u)
    }
    assert.match(refusal({ kubeconfigs: [open] }), /context here: server http:\/\/one\.example has no TLS/u)
    assert.match(refusal({ kubeconfigs: [noCa] }), /context here: certificate-authority \/\S+\/ca does not exist$/u)
    assert.match(refusal({ kubeconfigs: [badKey] }), /context here: client-key-data cannot be read as PEM$/u)
    assert.match(refusal({ kubeconfigs: [ftp] }), /context here: proxy-url is not an http, https or socks5 address$/u)
  })

  it('may stand in several files, of which the first to name a thing counts', async (context) => {
    const first = await kubeconfig(context)
    const second = await kubeconfig(context, { cluster: { server: 'https://two.example' } })

    const config = loadKubeConfig({ kubeconfigs: ['/nowhere/config', first, second] })

    assert.equal(config.getCurrentCluster()?.server, 'https://one.example')
  })

  it("is the pod's account before the home folder's file, unless a context is asked for", async (context) => {
    const home = await temporaryFolder(context)
    assert.match(refusal({ home }), /^no Kubernetes cluster to talk to: give --kubeconfig FILE or set KUBECONFIG/u)
    await mkdir(join(home, '.kube'))
    await writeFile(join(home, 'token'), 'very-secret-token')
    await writeFile(join(home, '.kube', 'config'), await readConfig(context))
    const inCluster = { host: 'fd00::1', port: '443', folder: home }

    assert.equal(loadKubeConfig({ home }).getCurrentCluster()?.server, 'https://one.example')
    assert.match(
      refusal({ home, inCluster }),
      /service account of this pod, .*certificate-authority \S+ does not exist/u,
    )
    assert.equal(
      loadKubeConfig({ home, inCluster, context: 'here' }).getCurrentCluster()?.server,
      'https://one.example',
    )
  })
})

async function readConfig(context: TestContext): Promise<string> {
  return readFile(await kubeconfig(context), 'utf8')
}
