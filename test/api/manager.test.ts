import { describe } from 'node:test'
import { accepts, object, refuses } from './objects.ts'

function manager(receivers: object, rest: object = {}): Record<string, unknown> {
  return object('NotificationManager', { ...rest, receivers })
}

function options(channel: string, block: object): Record<string, unknown> {
  return manager({ options: { [channel]: block } })
}

describe('NotificationManager', () => {
  accepts({
    'delivery types in any case': options('email', { deliveryType: 'bUlK' }),
    'durations as integers and as text': options('dingtalk', {
      notificationTimeout: 5,
      tokenExpires: 7_200_000_000_000,
      chatBotThrottle: { threshold: 20, unit: '1m', maxWaitTime: '1.5s' },
    }),
    'volumes and affinity of any shape': manager(
      {},
      {
        affinity: { podAntiAffinity: { deep: [{ er: 1 }] } },
        volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 420 } }],
      },
    ),
    'every tenant source': manager({
      tenantKey: 'team',
      tenantSources: ['alertLabel', 'roleBinding', 'namespaceLabel'],
      tenantSubjectKinds: ['User', 'Group'],
    }),
    'zero replicas and quantities': manager({}, { replicas: 0, resources: { limits: { cpu: 2, memory: '1Gi' } } }),
  })

  refuses([
    [
      object('NotificationManager'),
      'error: NotificationManager/x: spec.receivers: is required; add the field receivers: Which receivers there are, whose they are, and what holds for all of them (InvalidObject)',
    ],
    [
      manager({ tenantKey: '' }),
      'error: NotificationManager/x: spec.receivers.tenantKey: is too short; write at least 1 character (InvalidObject)',
    ],
    [
      manager({ tenantSources: ['label'] }),
      'error: NotificationManager/x: spec.receivers.tenantSources[0]: "label" is not allowed; use one of "alertLabel", "roleBinding", "namespaceLabel" (InvalidObject)',
    ],
    [
      manager({}, { replicas: -1 }),
      'error: NotificationManager/x: spec.replicas: -1 is too small; write 0 or more (InvalidObject)',
    ],
    [
      manager({}, { resources: { limits: { cpu: 0.5 } } }),
      'error: NotificationManager/x: spec.resources.limits.cpu: is a number; write an integer or text such as "500m" or "1Gi" (InvalidObject)',
    ],
    [
      options('email', { notificationTimeout: '5 s' }),
      'error: NotificationManager/x: spec.receivers.options.email.notificationTimeout: "5 s" does not have the right form; write a value such as "30s" or "1h30m" (InvalidObject)',
    ],
    [
      options('email', { notificationTimeout: -1 }),
      'error: NotificationManager/x: spec.receivers.options.email.notificationTimeout: -1 is too small; write 0 or more (InvalidObject)',
    ],
    [
      options('email', { deliveryType: 'all' }),
      'error: NotificationManager/x: spec.receivers.options.email.deliveryType: "all" does not have the right form; write text such as "bulk" or "single" (InvalidObject)',
    ],
    [
      options('email', { maxEmailReceivers: 0 }),
      'error: NotificationManager/x: spec.receivers.options.email.maxEmailReceivers: 0 is too small; write 1 or more (InvalidObject)',
    ],
    [
      manager({ globalReceiverSelector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: [] }] } }),
      'error: NotificationManager/x: spec.receivers.globalReceiverSelector.matchExpressions[0]: operator NotIn needs at least one value; list the values, or use operator Exists or DoesNotExist (InvalidSelector)',
    ],
  ])
})
