import { bad, good, joined, many, nullIsAbsent, offlineBad, selectorRows, type Rows } from './crds-rows.ts'

const options = (channel: string, block: object): object => ({ receivers: { options: { [channel]: block } } })

const managers: Rows = {
  good: [
    good('nothing but receivers', { receivers: {} }),
    good('every tenant source', {
      receivers: {
        tenantKey: 'example.com/team',
        tenantSources: ['alertLabel', 'roleBinding', 'namespaceLabel'],
        tenantSubjectKinds: ['User', 'Group'],
      },
    }),
    good('durations as integers', options('dingtalk', { notificationTimeout: 5, tokenExpires: 7_200_000_000_000 })),
    good('durations as text', options('dingtalk', { notificationTimeout: '1.5s', tokenExpires: '1h30m10s5ms1us2ns' })),
    good('delivery types in any case', options('email', { deliveryType: 'bUlK', maxEmailReceivers: 2_147_483_647 })),
    good('pods', {
      receivers: {},
      replicas: 0,
      resources: { limits: { cpu: 2, memory: '1Gi', 'example.com/gpu': '1e3' }, requests: { cpu: '500m' } },
      imagePullPolicy: 'Never',
      portName: 'web-8080',
      tolerations: [{ operator: 'Exists', tolerationSeconds: 300 }],
      args: ['--log-level', 'debug'],
    }),
    good('volumes and affinity of any shape', {
      receivers: {},
      affinity: { podAntiAffinity: { deep: [{ er: [1, null, 'x'] }] } },
      volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 420, items: [{ key: 'k', path: 'p' }] } }],
      volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
    }),
    good(
      'a hundred template files',
      options('global', { templateFile: many(100, (place) => `/templates/${place}.tmpl`) }),
    ),
  ],
  bad: [
    bad('no receivers', 'spec.receivers', {}),
    bad('no spec', 'spec'),
    bad('receivers as a list', 'spec.receivers', { receivers: [] }),
    bad('an empty tenant key', 'spec.receivers.tenantKey', { receivers: { tenantKey: '' } }),
    bad('an unknown tenant source', 'spec.receivers.tenantSources[0]', { receivers: { tenantSources: ['label'] } }),
    bad('no tenant source', 'spec.receivers.tenantSources', { receivers: { tenantSources: [] } }),
    bad('replicas as text', 'spec.replicas', { receivers: {}, replicas: '2' }),
    bad('half a replica', 'spec.replicas', { receivers: {}, replicas: 1.5 }),
    bad('less than no replicas', 'spec.replicas', { receivers: {}, replicas: -1 }),
    bad('a port without a letter', 'spec.portName', { receivers: {}, portName: '8080' }),
    bad('a port with two hyphens', 'spec.portName', { receivers: {}, portName: 'a--b' }),
    bad('a fraction of a CPU as a number', 'spec.resources.limits.cpu', {
      receivers: {},
      resources: { limits: { cpu: 0.5 } },
    }),
    bad(
      'a duration with a blank',
      'spec.receivers.options.slack.notificationTimeout',
      options('slack', { notificationTimeout: '5 s' }),
    ),
    bad(
      'a duration without a unit',
      'spec.receivers.options.slack.notificationTimeout',
      options('slack', { notificationTimeout: '5' }),
    ),
    bad('a negative duration', 'spec.receivers.options.wechat.tokenExpires', options('wechat', { tokenExpires: -1 })),
    bad(
      'a duration beyond 64 bits',
      'spec.receivers.options.wechat.tokenExpires',
      options('wechat', { tokenExpires: 2 ** 63 }),
    ),
    bad(
      'a delivery type that is none',
      'spec.receivers.options.email.deliveryType',
      options('email', { deliveryType: 'all' }),
    ),
    bad(
      'a throttle that lets nothing through',
      'spec.receivers.options.dingtalk.chatBotThrottle.threshold',
      options('dingtalk', { chatBotThrottle: { threshold: 0 } }),
    ),
    bad(
      '10,000 template files',
      'spec.receivers.options.global.templateFile',
      options('global', { templateFile: many(10_000, String) }),
    ),
    bad('a volume without a name', 'spec.volumes[0].name', { receivers: {}, volumes: [{ emptyDir: {} }] }),
    offlineBad('arguments that are null', 'spec.args', { spec: { receivers: {}, args: null }, why: nullIsAbsent }),
  ],
}

/** The rows of NotificationManager. */
export const managerRows = joined(managers, selectorRows('defaultConfigSelector', { receivers: {} }))
