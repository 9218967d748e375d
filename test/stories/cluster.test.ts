import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type AppProcess } from '../support/app-process.ts'
import { startClusterWorld, systemNamespace, type ClusterWorld } from '../support/cluster-world.ts'
import { startAlertmanager, type Alertmanager } from '../support/programs/alertmanager.ts'
import { startExim, type Exim, type StoredMail } from '../support/programs/exim.ts'
import { freePort, waitFor } from '../support/programs/process.ts'

const seed = join(import.meta.dirname, '..', 'fixtures', 'seed')
const seedNamespace = 'kubesphere-monitoring-system'
const account = { user: 'sender1', password: 'test' }
const addresses = ['receiver1@xyz.com', 'receiver2@xyz.com']

describe('a cluster whose manifests are applied with kubectl', () => {
  it(
    'tells people by mail, says so in the status, and waits for a Secret that is gone',
    { timeout: 180_000 },
    async (context) => {
      const { world, exim, alertmanager, app } = await startStory(context)
      const { kube } = world

      await alertmanager.add({ alertname: 'PodDown', namespace: 'shop', severity: 'critical' })
      const mails = await mailsOf(exim, 'PodDown', 4, app)
      assert.deepEqual(mails.map(({ recipient }) => recipient).sort(), [...addresses, ...addresses].sort())

      await kube.kubectl(['wait', '--for=condition=Ready', '--timeout=20s', 'er,ec,nm', '--all'])
      const table = await kube.kubectl(['get', 'er', 'user1-email-receiver', '-o', 'wide', '--no-headers'])
      assert.match(table, /^user1-email-receiver +True +user1 +user1-email-config +sent/mu)

      await kube.kubectl(['delete', 'secret', 'default-email-secret', '-n', seedNamespace])
      const deletedAt = performance.now()
      const reason = await waitFor('a receiver that is not ready', () => reasonOf(world), { timeoutMs: 10_000 })
      assert.equal(reason, 'SecretNotFound')
      assert.ok(performance.now() - deletedAt < 2_000, `it took ${performance.now() - deletedAt} ms`)

      await alertmanager.add({ alertname: 'NodeDown', namespace: 'shop', severity: 'critical' })
      await waitFor('alerts that wait', async () => ((await pending(app)) === 2 ? true : undefined), {
        timeoutMs: 30_000,
        describe: app.process.output,
      })
      assert.equal((await exim.mails()).filter(about('NodeDown')).length, 0)

      await kube.kubectl(['apply', '-f', join(seed, '02-email-default-and-global.yaml')])
      await patchSmartHosts(world, exim)
      await mailsOf(exim, 'NodeDown', 4, app)
      await kube.kubectl(['wait', '--for=condition=Ready', '--timeout=20s', 'er', '--all'])
      assert.equal((await exim.mails()).filter(about('NodeDown')).length, 4)
    },
  )
})

interface Story {
  readonly world: ClusterWorld
  readonly exim: Exim
  readonly alertmanager: Alertmanager
  readonly app: AppProcess
}

async function startStory(context: TestContext): Promise<Story> {
  const world = await startClusterWorld(context)
  const { kube, folder } = world
  await mkdir(join(folder, 'exim'))
  const exim = await startExim(join(folder, 'exim'), account)
  context.after(() => exim.stop())
  await kube.kubectl(['create', 'namespace', seedNamespace])
  await kube.kubectl(['create', 'namespace', 'shop'])
  for (const file of ['01-notification-manager-kubesphere', '02-email-default-and-global', '03-email-tenant']) {
    await kube.kubectl(['apply', '-f', join(seed, `${file}.yaml`)])
  }
  await allowSeedNamespace(world)
  await patchSmartHosts(world, exim)
  await kube.kubectl(['create', 'rolebinding', 'owner', '--clusterrole=admin', '--user=user1', '-n', 'shop'])
  const port = await freePort()
  const app = await world.serve({ port, args: ['--allowed-secret-namespaces', seedNamespace] })
  const alertmanager = await startAlertmanager(join(folder, 'alertmanager'), await snippet(port))
  context.after(() => alertmanager.stop())
  return { world, exim, alertmanager, app }
}

/** The seed's Secrets are in a namespace of their own: the server gets the shipped role there as well, as the README says. */
async function allowSeedNamespace({ kube }: ClusterWorld): Promise<void> {
  const spec = { spec: { defaultSecretNamespace: seedNamespace } }
  await kube.kubectl(['patch', 'nm', 'notification-manager', '--type=merge', '-p', JSON.stringify(spec)])
  await kube.kubectl([
    ...['create', 'role', 'notification-manager-secrets', '-n', seedNamespace],
    ...['--verb=get,list,watch', '--resource=secrets'],
  ])
  await kube.kubectl([
    ...['create', 'rolebinding', 'notification-manager-secrets', '-n', seedNamespace],
    ...['--role=notification-manager-secrets', `--serviceaccount=${systemNamespace}:notification-manager-server`],
  ])
}

/** The seed's mail server is a placeholder. */
async function patchSmartHosts({ kube }: ClusterWorld, exim: Exim): Promise<void> {
  const spec = { spec: { smartHost: { host: '127.0.0.1', port: String(exim.port) }, requireTLS: false } }
  for (const name of ['default-email-config', 'user1-email-config']) {
    await kube.kubectl(['patch', 'ec', name, '--type=merge', '-p', JSON.stringify(spec)])
  }
}

async function snippet(port: number): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const yaml = /```yaml alertmanager\n(.*?)```/su.exec(readme)?.[1]
  assert.ok(yaml, 'the README shows no Alertmanager configuration')
  return yaml
    .replace('127.0.0.1:19093', `127.0.0.1:${port}`)
    .replace('  group_by:', '  group_wait: 1s\n  group_interval: 2s\n  repeat_interval: 1h\n  group_by:')
}

function about(name: string): (mail: StoredMail) => boolean {
  return ({ mail }) => (mail.text ?? '').includes(name)
}

function mailsOf(exim: Exim, name: string, count: number, app: AppProcess): Promise<readonly StoredMail[]> {
  return waitFor(
    `${count} mails about ${name}`,
    async () => {
      const mails = (await exim.mails()).filter(about(name))
      return mails.length >= count ? mails : undefined
    },
    { timeoutMs: 45_000, describe: () => `${app.process.output()}\n${exim.log()}` },
  )
}

async function reasonOf({ kube }: ClusterWorld): Promise<string | undefined> {
  const path = '{.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].reason}'
  const printed = await kube.kubectl(['get', 'er', 'user1-email-receiver', '-o', `jsonpath=${path}`])
  const [status, reason] = printed.split(' ')
  return status === 'False' ? reason : undefined
}

async function pending(app: AppProcess): Promise<number> {
  const { outbox } = (await app.get('/status')) as { readonly outbox: { readonly pending: number } }
  return outbox.pending
}
