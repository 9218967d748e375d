import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type AppProcess, postJson } from '../support/app-process.ts'
import { accounts, startClusterWorld, systemNamespace, type ClusterWorld } from '../support/cluster-world.ts'
import { waitFor } from '../support/programs/process.ts'
import { startWebhookSink } from '../support/webhook-sink.ts'

const overlay = join(import.meta.dirname, '..', '..', 'kustomize', 'overlays', 'dev')
const apiVersion = 'notification.kubesphere.io/v2alpha1'

/** What each account must not be able to do, as arguments of kubectl. */
const forbidden: Readonly<Record<keyof typeof accounts, readonly (readonly string[])[]>> = {
  server: [
    ['get', 'secrets', '--all-namespaces'],
    ['get', 'secrets', '-n', 'kube-system'],
    ['get', 'secret', 'elsewhere', '-n', 'default'],
    ['create', 'deployment', 'weapon', '--image=x', '-n', systemNamespace],
    ['create', 'job', 'weapon', '--image=x', '-n', systemNamespace],
    ['run', 'weapon', '--image=x', '-n', systemNamespace],
    ['create', 'secret', 'generic', 'weapon', '-n', systemNamespace],
    ['create', 'configmap', 'weapon', '-n', systemNamespace],
    ['delete', 'wr', 'everybody'],
    ['label', 'wr', 'everybody', 'type=tenant', '--overwrite'],
    ['create', 'clusterrolebinding', 'weapon', '--clusterrole=cluster-admin', '--user=x'],
    ['create', 'token', 'notification-manager-operator', '-n', systemNamespace],
  ],
  operator: [
    ['get', 'secrets', '-n', systemNamespace],
    ['get', 'secrets', '--all-namespaces'],
    ['get', 'configmaps', '-n', systemNamespace],
    ['get', 'er'],
    ['get', 'pods', '-n', systemNamespace],
    ['run', 'weapon', '--image=x', '-n', systemNamespace],
    ['create', 'deployment', 'weapon', '--image=x', '-n', 'default'],
    ['delete', 'nm', '--all'],
    ['label', 'nm', 'notification-manager', 'a=b'],
    ['create', 'clusterrolebinding', 'weapon', '--clusterrole=cluster-admin', '--user=x'],
  ],
}

describe('the shipped accounts', () => {
  it('can do their work, and nothing that is not their work', { timeout: 240_000 }, async (context) => {
    const world = await startClusterWorld(context)
    const { kube } = world
    const sink = await startWebhookSink()
    context.after(() => sink.stop())
    await kube.kubectl(['apply', '-f', '-'], JSON.stringify(receiver(sink.url)))
    const [operator, server] = [await world.operate(), await world.serve()]

    await kube.kubectl(['wait', '--for=condition=Ready', '--timeout=30s', 'nm,wr', '--all'])
    await waitFor('the operator to make a server', () => madeBy(world), { timeoutMs: 30_000 })
    assert.equal((await post(server)).status, 200)
    await waitFor('the alert to arrive', () => (sink.arrivals.length === 1 ? true : undefined))
    await waitFor('an event of the operator', () => events(world, 'notification-manager-operator'), {
      timeoutMs: 30_000,
    })
    for (const app of [operator, server]) assert.doesNotMatch(app.process.output(), /forbidden/iu)
    const diff = await kube.tryKubectl(['diff', '-k', overlay, '--validate=false'])
    assert.deepEqual(
      [diff.stdout.includes('kind: NotificationManager'), diff.stdout.includes('kind: Deployment')],
      [false, false],
    )

    for (const [account, attempts] of Object.entries(accounts).map(
      ([name, user]) => [user, forbidden[name as keyof typeof accounts]] as const,
    )) {
      for (const args of attempts) {
        const { code, output } = await kubectlAs(world, account, args)
        assert.ok(
          code !== 0 && /forbidden|cannot|Unauthorized/iu.test(output),
          `${account}: ${args.join(' ')}\n${output}`,
        )
      }
    }
  })

  it('route without the right to write a status', { timeout: 180_000 }, async (context) => {
    const world = await startClusterWorld(context)
    const { kube } = world
    const sink = await startWebhookSink()
    context.after(() => sink.stop())
    await kube.kubectl(['delete', 'clusterrolebinding', 'notification-manager-status-writer'])
    await kube.kubectl(['apply', '-f', '-'], JSON.stringify(receiver(sink.url)))
    const server = await world.serve()

    assert.equal((await post(server)).status, 200)
    await waitFor('the alert to arrive', () => (sink.arrivals.length === 1 ? true : undefined))
    await waitFor('a word about it in the log', () => /forbidden/iu.exec(server.process.output()) ?? undefined, {
      timeoutMs: 30_000,
    })
    assert.equal(await kube.kubectl(['get', 'wr', 'everybody', '-o', 'jsonpath={.status}']), '')
  })
})

function receiver(url: string): object {
  return {
    apiVersion,
    kind: 'WebhookReceiver',
    metadata: { name: 'everybody', labels: { type: 'global' } },
    spec: { url },
  }
}

function post(server: AppProcess): Promise<{ readonly status: number }> {
  const labels = { alertname: 'PodDown', namespace: 'shop' }
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: '2026-01-01T00:00:00Z',
    fingerprint: 'a1b2c3d4e5f60718',
  }
  return postJson(`${server.url}/api/v2/alerts`, {
    ...{
      version: '4',
      groupKey: '{}:{alertname="PodDown"}',
      status: 'firing',
      receiver: 'nm',
      externalURL: 'http://am',
    },
    ...{ groupLabels: labels, commonLabels: labels, commonAnnotations: {}, alerts: [alert] },
  })
}

async function madeBy({ kube }: ClusterWorld): Promise<true | undefined> {
  const made = await kube.kubectl(['get', 'deploy,svc', '-n', systemNamespace, '-o', 'name'])
  const wanted = ['deployment.apps/notification-manager-deployment', 'service/notification-manager-svc']
  return wanted.every((name) => made.includes(name)) ? true : undefined
}

async function events({ kube }: ClusterWorld, component: string): Promise<true | undefined> {
  const printed = await kube.kubectl(['get', 'events', '-n', 'default', '-o', 'json'])
  return printed.includes(component) ? true : undefined
}

function kubectlAs(
  { kube, folder }: ClusterWorld,
  account: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      'kubectl',
      [`--kubeconfig=${kube.kubeconfig(account)}`, `--cache-dir=${join(folder, 'cache')}`, ...args],
      { timeout: 30_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, output: `${stdout}${stderr}` }),
    )
  })
}
