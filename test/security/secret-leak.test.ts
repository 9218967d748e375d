import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { postJson } from '../support/app-process.ts'
import { accounts, startClusterWorld, systemNamespace, type ClusterWorld } from '../support/cluster-world.ts'
import { freePort, start, waitFor, type Program } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { tlsFixture } from '../support/tls.ts'
import { proven, sent, startFarSides, type FarSides } from './leak-far-sides.ts'
import { malformed, managerObject, manifestsFor, type Manifest } from './leak-manifests.ts'
import { seenOfBrokenStarts, seenOfVerbs } from './leak-verbs.ts'
import { ask, outcomes, seenAtDoor, seenInFolder, type Door } from './leak-views.ts'
import { leaksIn, plant, type Planted, type Seen } from './planted.ts'

const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const planted: Planted = { ...sent, ...malformed, ...proven }
const payload = { alerts: [{ status: 'firing', labels: { alertname: 'Planted', severity: 'critical' } }] }

describe('a planted credential', { timeout: 300_000 }, () => {
  it('is seen nowhere when the server reads a folder', async (context) => {
    const door = doorCredentials()
    const secrets = { ...planted, ...door, doorKey: tlsFixture().server.key, written: plant('in a manifest', '/') }
    const farSides = await startFarSides(context)
    const folder = await temporaryFolder(context)
    const objects = [managerObject('monitoring'), ...manifestsFor(farSides, 'monitoring')]
    const manifests = await writeManifests(folder, objects, secrets.written)
    const flags = await doorFlags(folder, door)
    const data = join(folder, 'data')
    const app = await startSecure(context, ['--manifests', manifests, '--data', data, ...flags, ...vendors(farSides)])

    const reader: Door = { ...app, authorization: `Basic ${Buffer.from(`ann:${door.doorRead}`).toString('base64')}` }
    const posted = await ask({ ...app, authorization: `Bearer ${door.doorIngest}` }, '/api/v2/alerts', payload)
    assert.equal(posted.status, 200, posted.text)
    const told = await outcomes(reader, receiversIn(objects), app.process.output)
    assertInPlay(farSides, told)
    const admin: Door = { ...app, authorization: `Bearer ${door.doorAdmin}` }
    assert.equal((await ask(admin, '/api/v1/dead-letters/replay', { all: true, limit: 1 })).status, 200)
    const seen = [...(await seenAtDoor(reader))]
    seen.push(...(await seenInFolder(data)))
    await app.process.stop()
    seen.push(logOf(app.process), ...(await seenInFolder(data)))
    seen.push(...(await seenAfterCorruption(context, { manifests, data, farSides })))
    seen.push(...(await seenOfVerbs(folder, manifests, payload)), ...(await seenOfBrokenStarts(folder, secrets)))

    assert.deepEqual(leaksIn(seen, secrets), [])
  })

  it('is seen nowhere when the server reads a cluster, not in statuses and Events either', async (context) => {
    const farSides = await startFarSides(context)
    const world = await startClusterWorld(context)
    const objects = manifestsFor(farSides, systemNamespace)
    const list = { apiVersion: 'v1', kind: 'List', items: objects }
    await world.kube.kubectl(['apply', '--validate=false', '-f', '-'], JSON.stringify(list))
    const app = await world.serve({ args: [...vendors(farSides), '--log-level', 'debug'] })

    assert.equal((await postJson(`${app.url}/api/v2/alerts`, payload)).status, 200)
    const told = await outcomes(app, receiversIn(objects), app.process.output)
    assertInPlay(farSides, told)
    const statuses = await seenInCluster(world, told.size)
    const seen = [...statuses, ...(await seenAtDoor(app))]
    await app.stop()
    seen.push(logOf(app.process), ...(await seenInFolder(join(world.folder, 'server-0', 'data'))))

    const token = `token-of-${accounts.server.replaceAll(/[^a-z0-9]/gu, '-')}`
    assert.deepEqual(leaksIn(seen, { ...planted, token }), [])
  })
})

/** Whatever is not seen must have been there to be seen. */
function assertInPlay(farSides: FarSides, told: ReadonlyMap<string, string>): void {
  const received = { where: 'the far sides', text: farSides.received() }
  for (const [name, value] of Object.entries(sent)) {
    const spelled = leaksIn([received], { [name]: value })
    assert.notEqual(spelled.length, 0, `no far side got ${name}`)
  }
  assert.ok(farSides.tls.requests.length > 0, 'the client certificate was not used')
  assert.match(farSides.received(), /sign=/u)
  assert.match(farSides.received(), /AUTH CRAM-MD5/u)
  for (const name of ['EmailReceiver/mail-twolines', 'EmailReceiver/mail-nopem', 'SlackReceiver/slack-twolines']) {
    assert.match(told.get(name) ?? '', /^authError/u, name)
  }
  for (const name of ['robot-nourl', 'robot-twolines']) {
    assert.match(told.get(`DingTalkReceiver/${name}`) ?? '', /^authError/u, name)
  }
  for (const name of ['ascii', 'nokey', 'other', 'noca']) {
    assert.match(told.get(`WebhookReceiver/hook-${name}`) ?? '', /^authError/u, name)
  }
  assert.match([...told.values()].join(), /<redacted>/u)
}

/** Programs keep the end of what they print: it must be all of it. */
function logOf(program: Program): Seen {
  const text = program.output()
  assert.match(text, /Running/u)
  return { where: 'the log', text }
}

function receiversIn(objects: readonly Manifest[]): readonly string[] {
  return objects
    .map(({ kind, metadata }) => `${String(kind)}/${(metadata as { readonly name: string }).name}`)
    .filter((key) => /^\w+Receiver\//u.test(key))
}

const vendors = ({ http }: FarSides): readonly string[] => [
  ...['--slack-api-url', `${http.origin}/slack/`, '--dingtalk-api-url', `${http.origin}/dingtalk/`],
]

interface DoorCredentials extends Planted {
  readonly doorIngest: string
  readonly doorRead: string
  readonly doorAdmin: string
}

function doorCredentials(): DoorCredentials {
  return { doorIngest: plant('ingest', '-_~+/'), doorRead: plant('read', ':/"'), doorAdmin: plant('admin', '.') }
}

async function doorFlags(folder: string, door: DoorCredentials): Promise<readonly string[]> {
  const { server } = tlsFixture()
  const files = {
    'ingest-credentials': door.doorIngest,
    'read-credentials': `ann:${door.doorRead}`,
    'admin-credentials': door.doorAdmin,
    'tls-cert': server.cert,
    'tls-key': server.key,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return Object.keys(files).flatMap((name) => [`--${name}`, join(folder, name)])
}

/** The objects, and beside them what people get wrong with credentials in their hands. */
async function writeManifests(folder: string, objects: readonly Manifest[], secret: string): Promise<string> {
  const manifests = join(folder, 'manifests')
  await mkdir(join(manifests, 'generated'), { recursive: true })
  const head = 'apiVersion: v1\nkind: Secret\nmetadata: { name: NAME, namespace: monitoring }\n'
  const config = (spec: object): string => {
    const apiVersion = 'notification.kubesphere.io/v2alpha1'
    return JSON.stringify({ apiVersion, kind: 'EmailConfig', metadata: { name: 'wrong' }, spec })
  }
  const files = {
    'objects.yaml': objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    'list.yaml': `apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  stringData:\n    password:\n    ${secret}\n    a: b\n`,
    'unindented.yaml': `${head}stringData:\n  password: "${secret}\n`,
    'base64.yaml': `${head.replace('NAME', 'base64')}data:\n  password: "${secret}"\n`,
    'twice.yaml': `${head.replace('NAME', 'planted')}stringData:\n  password: "${secret}"\n`,
    'value.yaml': config({
      from: 'a@x.test',
      smartHost: { host: `smtp://ann:${secret}@x`, port: 25 },
      authPassword: secret,
    }),
    'generated/kustomization.yaml': `secretGenerator:\n- name: s\n  literals: ["${secret}"]\n`,
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(manifests, name), text)
  return manifests
}

interface Secure extends Door {
  readonly process: Program
}

/** The server over HTTPS. */
async function startSecure(context: TestContext, args: readonly string[]): Promise<Secure> {
  const port = await freePort()
  const common = ['--listen', `127.0.0.1:${port}`, '--egress-allow', '127.0.0.0/8', '--log-level', 'debug']
  const program = start(process.execPath, [entry, 'serve', ...common, ...args])
  context.after(() => program.stop())
  const door = { url: `https://127.0.0.1:${port}`, ca: tlsFixture().ca }
  await waitFor(
    'the server taking alerts',
    async () => {
      if (program.child.exitCode !== null) throw new Error(`the server ended\n${program.output()}`)
      const answer = await ask(door, '/-/ready').catch(() => undefined)
      return answer?.status === 200 ? true : undefined
    },
    { timeoutMs: 60_000, describe: program.output },
  )
  return { ...door, process: program }
}

/** What a server says and leaves behind that finds its database broken and moves it aside. */
async function seenAfterCorruption(
  context: TestContext,
  { manifests, data, farSides }: { readonly manifests: string; readonly data: string; readonly farSides: FarSides },
): Promise<readonly Seen[]> {
  const database = await open(join(data, 'outbox.db'), 'r+')
  await database.write(Buffer.alloc(512, 0x5a), 0, 512, 0)
  await database.close()
  const tls = ['--tls-cert', join(data, '..', 'tls-cert'), '--tls-key', join(data, '..', 'tls-key')]
  const app = await startSecure(context, ['--manifests', manifests, '--data', data, ...tls, ...vendors(farSides)])
  await app.process.stop()
  assert.ok((await readdir(data)).some((name) => !/^outbox\.(?:db|lock)/u.test(name) || name.includes('corrupt')))
  return [logOf(app.process), ...(await seenInFolder(data))]
}

/** Statuses of all objects, when those that were delivered to say so, and Events, Leases and what kubectl describes. */
async function seenInCluster({ kube }: ClusterWorld, receivers: number): Promise<readonly Seen[]> {
  const kinds = 'nm,ec,er,wcc,wcr,sc,sr,wc,wr,dc,dr'
  interface Item {
    readonly status?: { readonly lastDelivery?: object }
  }
  const items = await waitFor(
    'statuses',
    async () => {
      const told = JSON.parse(await kube.kubectl(['get', kinds, '-o', 'json'])) as { readonly items: readonly Item[] }
      const delivered = told.items.filter(({ status }) => status?.lastDelivery !== undefined)
      return delivered.length >= receivers ? told.items : undefined
    },
    { timeoutMs: 60_000 },
  )
  const events = await kube.kubectl(['get', 'events', '-A', '-o', 'json'])
  assert.match(events, /redacted/u, 'no Event quotes a far side')
  return [
    { where: 'statuses', text: JSON.stringify(items.map(({ status }) => status)) },
    { where: 'events', text: events },
    { where: 'leases', text: await kube.kubectl(['get', 'leases', '-A', '-o', 'json']) },
  ]
}
