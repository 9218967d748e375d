import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { startAlertmanager, type Alertmanager } from '../support/programs/alertmanager.ts'
import { startExim, type Exim, type StoredMail } from '../support/programs/exim.ts'
import { freePort, waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const account = { user: 'sender1', password: 'a mail password' }
const statuses = ['firing', 'resolved'] as const

/** Who is told, as the predecessor's documentation promises it: administrators everything, a tenant its own, by label or by RoleBinding. */
const promises = [
  { tenantKey: 'namespace', label: (tenant: string) => `namespace: ${tenant}`, bindings: '' },
  {
    tenantKey: 'user',
    label: (tenant: string) => `user: owner-of-${tenant}`,
    bindings: roleBinding('team-a') + roleBinding('team-b'),
  },
]

describe('a real Alertmanager and a real mail server', () => {
  for (const promise of promises) {
    it(
      `tell each receiver its own alerts and no others, with tenantKey ${promise.tenantKey}`,
      { timeout: 120_000 },
      async (context) => {
        const { alertmanager, exim, app } = await world(context, promise)
        const end = new Date(Date.now() + 8_000)

        await alertmanager.add({ alertname: 'PodDown', namespace: 'team-a', severity: 'critical' }, { end })
        await alertmanager.add({ alertname: 'PodDown', namespace: 'team-b', severity: 'warning' }, { end })
        await alertmanager.add({ alertname: 'NodeDown', node: 'n1', severity: 'warning' }, { end })
        const mails = await waitFor('firing and resolved mails', () => when(exim, 2 * expected.length), {
          timeoutMs: 60_000,
          describe: () => `${alertmanager.log()}\n${app.process.output()}\n${exim.log()}`,
        })

        assert.deepEqual(
          summary(mails),
          statuses.flatMap((status) => expected.map((line) => `${line} ${status}`)).sort(),
        )
      },
    )
  }
})

const expected = [
  'admin1@xyz.com NodeDown',
  'admin1@xyz.com PodDown team-a',
  'admin1@xyz.com PodDown team-b',
  'admin2@xyz.com NodeDown',
  'admin2@xyz.com PodDown team-a',
  'admin2@xyz.com PodDown team-b',
  'critical@xyz.com PodDown team-a',
  'team-a@xyz.com PodDown team-a',
  'team-b@xyz.com PodDown team-b',
]

async function when(exim: Exim, count: number): Promise<readonly StoredMail[] | undefined> {
  const mails = await exim.mails()
  return mails.length >= count ? mails : undefined
}

/** `recipient alertname namespace status`, read out of the mail as a person would. */
function summary(mails: readonly StoredMail[]): readonly string[] {
  return mails
    .map(({ recipient, mail }) => {
      const text = mail.text ?? ''
      const name = text.includes('NodeDown') ? 'NodeDown' : 'PodDown'
      const namespace = ['team-a', 'team-b'].filter((tenant) => text.includes(tenant))
      const status = /^\[(FIRING|RESOLVED)/u.exec(mail.subject ?? '')?.[1]?.toLowerCase() ?? 'unknown'
      return [recipient, name, ...namespace, status].join(' ')
    })
    .sort()
}

async function world(
  context: TestContext,
  promise: (typeof promises)[number],
): Promise<{ readonly alertmanager: Alertmanager; readonly exim: Exim; readonly app: AppProcess }> {
  const folder = await temporaryFolder(context)
  await mkdir(join(folder, 'exim'))
  const exim = await startExim(join(folder, 'exim'), account)
  context.after(() => exim.stop())
  const manifests = join(folder, 'manifests.yaml')
  await writeFile(manifests, resources(exim.port, promise))
  const port = await freePort()
  const alertmanager = await startAlertmanager(join(folder, 'alertmanager'), await snippet(port))
  context.after(() => alertmanager.stop())
  const app = await startApp({
    port,
    args: [
      '--manifests',
      manifests,
      '--data',
      join(folder, 'data'),
      '--egress-allow',
      '127.0.0.0/8',
      '--namespace',
      'monitoring',
    ],
  })
  context.after(() => app.stop())
  return { alertmanager, exim, app }
}

/** The README's own Alertmanager configuration, pointed at our port and made quick. */
async function snippet(port: number): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const yaml = /```yaml alertmanager\n(.*?)```/su.exec(readme)?.[1]
  assert.ok(yaml, 'the README shows no Alertmanager configuration')
  return yaml
    .replace('127.0.0.1:19093', `127.0.0.1:${port}`)
    .replace('  group_by:', '  group_wait: 1s\n  group_interval: 2s\n  repeat_interval: 1h\n  group_by:')
}

function resources(smtpPort: number, promise: (typeof promises)[number]): string {
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: notification-manager }
spec:
  defaultConfigSelector: { matchLabels: { type: default } }
  receivers:
    tenantKey: ${promise.tenantKey}
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
---
apiVersion: notification.kubesphere.io/v2alpha1
kind: EmailConfig
metadata: { name: default-email-config, labels: { app: notification-manager, type: default } }
spec:
  authPassword: { key: password, name: default-email-secret }
  authUsername: ${account.user}
  from: sender1@xyz.com
  requireTLS: false
  smartHost: { host: 127.0.0.1, port: "${smtpPort}" }
---
apiVersion: v1
kind: Secret
metadata: { name: default-email-secret, namespace: monitoring }
data: { password: ${Buffer.from(account.password).toString('base64')} }
${receiver('global-email-receiver', 'type: global', '[admin1@xyz.com, admin2@xyz.com]')}
${receiver('critical-email-receiver', 'type: global', '[critical@xyz.com]')}
  alertSelector: { matchLabels: { severity: critical } }
${receiver('a', `type: tenant, ${promise.label('team-a')}`, '[team-a@xyz.com]')}
${receiver('b', `type: tenant, ${promise.label('team-b')}`, '[team-b@xyz.com]')}
${promise.bindings}`
}

function receiver(name: string, labels: string, to: string): string {
  return `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: EmailReceiver
metadata: { name: ${name}, labels: { ${labels} } }
spec:
  to: ${to}`
}

function roleBinding(namespace: string): string {
  return `---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: owners, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: owner }
subjects: [{ kind: User, name: owner-of-${namespace}, apiGroup: rbac.authorization.k8s.io }]
`
}
