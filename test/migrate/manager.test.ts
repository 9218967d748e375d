import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines, manager, migrated, receiver, specs } from './migrated.ts'
import { manifest, previous } from './v2beta2.ts'

describe('a NotificationManager', () => {
  it('as the API server fills it in is carried over without a loss', () => {
    const migration = migrated([
      previous('NotificationManager', 'nm', {
        replicas: 2,
        batchMaxSize: 100,
        batchMaxWait: '1m0s',
        routePolicy: 'All',
        template: { language: 'English', reloadCycle: '1m0s' },
        receivers: {
          tenantKey: 'namespace',
          globalReceiverSelector: { matchLabels: { type: 'global' } },
          tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
          options: { email: { notificationTimeout: 5, tmplType: 'html' } },
        },
      }),
    ])

    assert.deepEqual(lines(migration, 'lost'), [])
    assert.deepEqual(specs(migration, 'NotificationManager'), [
      {
        replicas: 2,
        receivers: {
          tenantKey: 'namespace',
          globalReceiverSelector: { matchLabels: { type: 'global' } },
          tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
          options: { email: { notificationTimeout: 5, deliveryType: 'single' } },
        },
      },
    ])
  })

  it('loses a selector that selected nothing and would select objects here', () => {
    const migration = migrated([
      previous('NotificationManager', 'nm', {
        receivers: {
          globalReceiverSelector: {},
          tenantReceiverSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
        },
      }),
    ])

    assert.deepEqual(specs(migration, 'NotificationManager'), [
      { receivers: { options: { email: { deliveryType: 'single' } } } },
    ])
    assert.equal(lines(migration, 'lost').length, 2)
  })

  const unsupported: readonly (readonly [string, object])[] = [
    ['spec.sidecars', { sidecars: { tenant: { type: 'kubesphere' } } }],
    ['spec.history', { history: { webhook: { url: 'https://x.example' } } }],
    ['spec.routePolicy', { routePolicy: 'RouterOnly' }],
    ['spec.template.text', { template: { text: { name: 'mine' } } }],
    ['spec.template.language', { template: { language: 'zh-cn' } }],
    ['spec.template.languagePack', { template: { languagePack: [{ name: 'x' }] } }],
    ['spec.env', { env: [{ name: 'A', value: 'b' }] }],
    ['spec.annotations', { annotations: { a: 'b' } }],
    ['spec.args[0]', { args: ['--store.type=memory'] }],
  ]
  for (const [path, spec] of unsupported) {
    it(`reports ${path}`, () => {
      const found = lines(migrated([previous('NotificationManager', 'nm', { receivers: {}, ...spec })]), 'lost')

      assert.equal(found.length, 1)
      assert.ok(found[0]?.includes(`: ${path}: was `), found[0])
    })
  }
})

describe('Routers and Silences', () => {
  const email = { to: ['x@y.example'] }

  it('become rules; a rule minds the alertSelector of the receivers that it adds', () => {
    const migration = migrated([
      manager,
      previous('Router', 'way', {
        alertSelector: { matchLabels: { team: 'a' } },
        receivers: { name: ['one', 'two'], type: 'email' },
      }),
      receiver('one', { email, slack: { channels: ['c'] } }),
      receiver('two', {
        email: { ...email, alertSelector: { matchExpressions: [{ key: 'severity', operator: 'Exists' }] } },
      }),
      previous('Silence', 'mute', { matcher: { matchLabels: { alertname: 'Watchdog' } } }, { type: 'global' }),
    ])
    const team = { fact: 'labels', path: 'team', operator: 'equal', value: 'a' }

    assert.deepEqual(migration.rules, [
      {
        name: 'router-way',
        description: 'Router way of v2beta2',
        conditions: { all: [team] },
        event: { type: 'notify', params: { receivers: ['EmailReceiver/one'] } },
      },
      {
        name: 'router-way-2',
        description: 'Router way of v2beta2',
        conditions: { all: [team, { fact: 'labels', path: 'severity', operator: 'exists', value: true }] },
        event: { type: 'notify', params: { receivers: ['EmailReceiver/two'] } },
      },
      {
        name: 'silence-mute',
        description: 'Silence mute of v2beta2',
        conditions: { all: [{ fact: 'labels', path: 'alertname', operator: 'equal', value: 'Watchdog' }] },
        event: { type: 'drop', params: { reason: 'Silence mute' } },
      },
    ])
    assert.deepEqual(lines(migration, 'lost'), [])
  })

  const silenced = { matcher: { matchLabels: { a: 'b' } } }
  const untranslatable: readonly (readonly [string, ReturnType<typeof previous>, RegExp])[] = [
    [
      'a Silence of one tenant',
      previous('Silence', 's', silenced, { type: 'tenant', namespace: 'shop' }),
      /for everybody/u,
    ],
    [
      'a Silence for a time',
      previous('Silence', 's', { ...silenced, duration: '2h' }, { type: 'global' }),
      /Alertmanager/u,
    ],
    ['a Silence of everything', previous('Silence', 's', { matcher: {} }, { type: 'global' }), /matches every alert/u],
    [
      'a Router to unknown receivers',
      previous('Router', 'r', { alertSelector: {}, receivers: { name: ['gone'] } }),
      /no such Receiver/u,
    ],
    [
      'a Router by regular expression',
      previous('Router', 'r', { alertSelector: {}, receivers: { regexName: 'x.*' } }),
      /names that match "x\.\*"/u,
    ],
  ]
  for (const [what, object, message] of untranslatable) {
    it(`reports ${what}, and makes no rule`, () => {
      const migration = migrated([manager, object])

      assert.deepEqual(migration.rules, [])
      assert.match(lines(migration, 'lost').join('\n'), message)
    })
  }
})

describe('objects of other versions', () => {
  const current = {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'EmailReceiver',
    metadata: { name: 'team' },
    spec: { to: ['x@y.example'] },
  }

  it('of v2alpha1 pass as they are, and win over a later one of that name', () => {
    const migration = migrated([
      manifest({ ...current, status: {} }),
      receiver('team', { email: { to: ['other@y.example'] } }),
    ])

    assert.deepEqual(migration.manifests, [current])
    assert.match(lines(migration, 'lost').join(), /a second EmailReceiver\/team; left out/u)
  })

  it('of v2alpha1 that are wrong are reported with their path', () => {
    const migration = migrated([manifest({ ...current, spec: { to: [] } })])

    assert.deepEqual(migration.manifests, [])
    assert.match(lines(migration, 'lost').join(), /EmailReceiver\/team: spec\.to: was wrong/u)
  })

  it('of older versions are reported, those of other groups are only counted', () => {
    const migration = migrated([
      manifest({ apiVersion: 'notification.kubesphere.io/v2beta1', kind: 'Config', metadata: { name: 'x' } }),
      manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
      manifest('text'),
    ])

    assert.deepEqual([migration.objects, migration.others], [1, 2])
    assert.match(lines(migration, 'lost').join(), /v2beta1/u)
  })
})
