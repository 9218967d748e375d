import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { startApp } from '../support/app-process.ts'
import { startAlertmanager } from '../support/programs/alertmanager.ts'
import { freePort, waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink } from '../support/webhook-sink.ts'

it('absorbs the copy of an HA peer that cannot see the other', { timeout: 90_000 }, async (context) => {
  const folder = await temporaryFolder(context)
  const sink = await startWebhookSink()
  context.after(() => sink.stop())
  const manifests = join(folder, 'manifests.yaml')
  await writeFile(manifests, resources(sink.url))
  const port = await freePort()
  const peers = await Promise.all(
    ['one', 'two'].map((name) => startAlertmanager(join(folder, name), configuration(port))),
  )
  for (const peer of peers) context.after(() => peer.stop())
  const app = await startApp({
    port,
    args: ['--manifests', manifests, '--data', join(folder, 'data'), '--egress-allow', '127.0.0.0/8'],
  })
  context.after(() => app.stop())
  const start = new Date()
  const end = new Date(start.getTime() + 7_000)

  for (const peer of peers) await peer.add({ alertname: 'PodDown', namespace: 'payments' }, { start, end })
  const text = await waitFor('both peers telling of the end', () => metrics(app.url), {
    timeoutMs: 40_000,
    describe: app.process.output,
  })
  await waitFor('the second webhook', () => (sink.arrivals.length >= 2 ? true : undefined))

  assert.deepEqual(
    sink.arrivals.map(({ body }) => body.status),
    ['firing', 'resolved'],
  )
  assert.match(text, /^notification_manager_alerts_duplicate_total 2$/mu)
})

/** The metrics once four posts of one alert each have been received: two peers, firing and resolved. */
async function metrics(url: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const counts = [...text.matchAll(/^notification_manager_alerts_received_total\{[^}]*\} (\d+)$/gmu)].map(([, count]) =>
    Number(count),
  )
  return counts.reduce((sum, count) => sum + count, 0) >= 4 ? text : undefined
}

function configuration(port: number): string {
  return `route: { receiver: nm, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h }
receivers:
  - name: nm
    webhook_configs:
      - url: http://127.0.0.1:${port}/api/v2/alerts
`
}

function resources(url: string): string {
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: nm }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: everything, labels: { type: global } }
spec: { url: "${url}/everything" }
`
}
