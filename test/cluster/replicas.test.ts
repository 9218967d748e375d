import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AppProcess } from '../support/app-process.ts'
import { startClusterWorld, systemNamespace, type ClusterWorld } from '../support/cluster-world.ts'
import { waitFor } from '../support/programs/process.ts'

/** As long as a lease that is not renewed is respected, and the time between two attempts to take it. */
const takeoverMs = 15_000 + 5_000
/** Longer than the writer folds changes for, and than a resync of a fresh leader takes. */
const quietMs = 6_000

interface Meta {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly status?: { readonly observedGeneration?: number }
}

describe('two replicas of the server', () => {
  it(
    'have one writer of statuses, who leaves alone what is right, and whom the other replaces within the lease',
    { timeout: 240_000 },
    async (context) => {
      const world = await startClusterWorld(context)
      await world.kube.kubectl(['apply', '-f', '-'], JSON.stringify(receiver('red', 'http://192.0.2.1/red')))
      const [first, second] = [await world.serve({ name: 'server-0' }), await world.serve({ name: 'server-1' })]
      await allJudged(world)

      const before = await versions(world)
      const leaders = await watchLeaders([first, second], quietMs)
      assert.deepEqual(await versions(world), before, 'somebody writes although nothing changes')
      assert.deepEqual([...new Set(leaders)], [1])

      const [leader, other] = (await leads(first)) ? [first, second] : [second, first]
      await leader.kill()
      const killedAt = performance.now()
      await world.kube.kubectl(['apply', '-f', '-'], JSON.stringify(receiver('red', 'http://192.0.2.1/other')))
      await waitFor('the other leading', async () => ((await leads(other)) ? true : undefined), { timeoutMs: 60_000 })
      const tookMs = performance.now() - killedAt
      assert.ok(tookMs < takeoverMs, `it took ${tookMs} ms`)
      await allJudged(world)

      const replaced = await world.serve({ name: leader === first ? 'server-0' : 'server-1' })
      assert.equal(await leads(replaced), false)
      await other.stop()
      await waitFor('the successor leading at once', async () => ((await leads(replaced)) ? true : undefined), {
        timeoutMs: 10_000,
      })
    },
  )
})

function receiver(name: string, url: string): object {
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'WebhookReceiver',
    metadata: { name, labels: { type: 'tenant', namespace: name } },
    spec: { url },
  }
}

async function list({ kube }: ClusterWorld): Promise<readonly Meta[]> {
  const { items } = JSON.parse(await kube.kubectl(['get', 'notification-manager', '-o', 'json'])) as {
    readonly items: readonly (Meta & { readonly metadata: { readonly generation: number } })[]
  }
  return items
}

async function versions(world: ClusterWorld): Promise<readonly string[]> {
  return (await list(world)).map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.resourceVersion}`)
}

function allJudged(world: ClusterWorld): Promise<true> {
  return waitFor(
    'every object judged at its newest generation',
    async () => {
      const items = (await list(world)) as readonly (Meta & { readonly metadata: { readonly generation: number } })[]
      const judged = items.filter(({ status, metadata }) => status?.observedGeneration === metadata.generation)
      return items.length > 1 && judged.length === items.length ? true : undefined
    },
    { timeoutMs: 30_000 },
  )
}

async function leads(app: AppProcess): Promise<boolean> {
  const text = await fetch(`${app.url}/metrics`).then((answer) => answer.text())
  return /^notification_manager_leader\{.*\} 1$/mu.test(text)
}

/** How many lead, asked again and again for so long; a replica that holds the Lease says so. */
async function watchLeaders(apps: readonly AppProcess[], forMs: number): Promise<readonly number[]> {
  const counts: number[] = []
  const until = performance.now() + forMs
  while (performance.now() < until) {
    const answers = await Promise.all(apps.map(leads))
    counts.push(answers.filter(Boolean).length)
  }
  assert.ok(counts.length > 10, `asked ${counts.length} times in ${systemNamespace}`)
  return counts
}
