import { type Alert } from '../../src/model/alert.ts'
import { type Notification } from '../../src/model/notification.ts'
import { alert, notification } from './support.ts'

const prometheus = 'http://prometheus.monitoring:9090/graph?g0.expr='

function crashLooping(pod: string, status: 'firing' | 'resolved' = 'firing'): Alert {
  return alert({
    status,
    labels: {
      alertname: 'KubePodCrashLooping',
      cluster: 'prod-eu-1',
      container: 'api',
      endpoint: 'http',
      job: 'kube-state-metrics',
      namespace: 'payments',
      pod,
      prometheus: 'monitoring/k8s',
      reason: 'CrashLoopBackOff',
      severity: 'critical',
      uid: '7f6b0c2e-57a4-4d0e-9a39-1d2f3c4b5a60',
    },
    annotations: {
      description: `Pod payments/${pod} (api) is in waiting state (reason: "CrashLoopBackOff").`,
      runbook_url: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping',
      summary: 'Pod is crash looping.',
    },
    generatorURL: `${prometheus}max_over_time%28kube_pod_container_status_waiting_reason%7Breason%3D%22CrashLoopBackOff%22%7D%5B5m%5D%29+%3E%3D+1&g0.tab=1`,
    fingerprint: `${pod.length.toString(16)}1671c699a85aa24`.slice(0, 16),
  })
}

function diskFilling(node: string, severity: string): Alert {
  return alert({
    labels: {
      alertname: 'NodeFilesystemSpaceFillingUp',
      device: '/dev/nvme0n1p1',
      instance: node,
      mountpoint: '/var/lib',
      severity,
    },
    annotations: {
      description: `Filesystem on /dev/nvme0n1p1, mounted on /var/lib, at ${node} has only 3.42% available space left and is filling up fast.`,
      summary: 'Filesystem is predicted to run out of space within the next 4 hours.',
    },
    generatorURL: `${prometheus}node_filesystem_avail_bytes`,
    fingerprint: '5e1c0f5f0a2b3c4d',
  })
}

const bidi = '\u202etxt.exe'

/** What an attacker, or a careless rule, may put into labels. */
export const hostileAlert = alert({
  labels: {
    alertname: '<script>alert(1)</script>',
    ['__proto__']: 'own',
    constructor: '{{ 7 | times: 7 }}',
    'app.kubernetes.io/name': '"><img src=x onerror=alert(1)>',
    bidi,
    crlf: 'first\r\nBcc: everybody@example.com',
    long: 'x'.repeat(10_000),
    emoji: '🔥👩‍👩‍👧',
    namespace: "pay'ments</td></tr></table>",
    severity: 'critical" onmouseover="alert(1)',
  },
  annotations: {
    summary: '<b>bold</b> & "quoted"\nsecond line',
    description: '</title></style><iframe src="https://evil.example"></iframe>',
    runbook_url: 'javascript:alert(document.cookie)',
    dashboard: ' JaVaScRiPt:alert(1)',
  },
  generatorURL: 'https://prometheus.example/graph?q="><script>alert(1)</script>',
  fingerprint: '<i>not hex</i>',
})

/** Notifications whose rendering is kept as golden files. */
export const payloads: Readonly<Record<string, Notification>> = {
  'crash-looping': notification([crashLooping('api-7d9f8c6b5-x2k4q'), crashLooping('api-7d9f8c6b5-zz81')], {
    groupLabels: new Map([
      ['alertname', 'KubePodCrashLooping'],
      ['namespace', 'payments'],
    ]),
  }),
  resolved: notification([crashLooping('api-7d9f8c6b5-x2k4q', 'resolved')], {
    groupLabels: new Map([
      ['alertname', 'KubePodCrashLooping'],
      ['namespace', 'payments'],
    ]),
  }),
  node: notification([diskFilling('10.0.3.17:9100', 'warning')], {
    groupLabels: new Map([['alertname', 'NodeFilesystemSpaceFillingUp']]),
  }),
  mixed: notification(
    [
      diskFilling('10.0.3.17:9100', 'warning'),
      crashLooping('api-7d9f8c6b5-x2k4q', 'resolved'),
      crashLooping('api-7d9f8c6b5-zz81'),
      alert({
        labels: { alertname: 'Watchdog', severity: 'none' },
        annotations: { message: 'An alert that should always be firing.' },
        startsAt: '2026-11-19T08:00:00Z',
        fingerprint: '0000000000000001',
      }),
    ],
    { truncatedAlerts: 3 },
  ),
  hostile: notification([hostileAlert, crashLooping('api-7d9f8c6b5-x2k4q')]),
  bare: notification([alert({ labels: {}, annotations: {}, startsAt: '', fingerprint: '' })], { externalURL: '' }),
  sixty: notification(
    Array.from({ length: 60 }, (_, index) =>
      alert({
        status: index % 7 === 6 ? 'resolved' : 'firing',
        labels: {
          alertname: 'KubeJobFailed',
          cluster: 'default',
          job_name: `nightly-report-${index}`,
          namespace: `team-${index % 5}`,
          severity: index % 3 === 0 ? 'critical' : 'warning',
        },
        annotations: {
          summary: 'Job failed to complete.',
          description: `Job team-${index % 5}/nightly-report-${index} failed.`,
        },
        fingerprint: index.toString(16).padStart(16, '0'),
      }),
    ),
    { groupLabels: new Map([['alertname', 'KubeJobFailed']]) },
  ),
}
