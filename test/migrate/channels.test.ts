import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines, manager, migrated, nameOf, receiver, specs } from './migrated.ts'
import { manifest, previous } from './v2beta2.ts'

const smartHost = { host: 'smtp.example.com', port: 587 }
const secretKeyRef = { name: 'mail', key: 'password' }

describe('a Config', () => {
  it('becomes one object a channel, with the same name, labels and annotations', () => {
    const { manifests, findings } = migrated([
      manifest({
        apiVersion: 'notification.kubesphere.io/v2beta2',
        kind: 'Config',
        metadata: {
          name: 'default',
          uid: '1',
          resourceVersion: '2',
          creationTimestamp: '2024-01-01T00:00:00Z',
          generation: 3,
          managedFields: [],
          labels: { type: 'default' },
          annotations: { note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': '{}', reloadtimestamp: '1' },
        },
        spec: {
          email: { from: 'a@b.example', smartHost, authPassword: { valueFrom: { secretKeyRef } }, tls: {} },
          wechat: { wechatApiCorpId: 'c', wechatApiAgentId: '1', wechatApiSecret: { valueFrom: { secretKeyRef } } },
        },
        status: {},
      }),
    ])
    const metadata = { name: 'default', labels: { type: 'default' }, annotations: { note: 'kept' } }

    assert.deepEqual(findings, [])
    assert.deepEqual(manifests, [
      {
        apiVersion: 'notification.kubesphere.io/v2alpha1',
        kind: 'EmailConfig',
        metadata,
        spec: {
          from: 'a@b.example',
          smartHost: { host: 'smtp.example.com', port: '587' },
          authPassword: { name: 'mail', key: 'password' },
          tls: {},
        },
      },
      {
        apiVersion: 'notification.kubesphere.io/v2alpha1',
        kind: 'WechatConfig',
        metadata,
        spec: { wechatApiCorpId: 'c', wechatApiAgentId: '1', wechatApiSecret: { name: 'mail', key: 'password' } },
      },
    ])
  })

  const plain = previous('Config', 'default', { slack: { slackTokenSecret: { value: 'xoxb-1' } } })

  it('refers to a Secret for a credential in plain text, and says that it must be made', () => {
    const migration = migrated([manager, plain])

    assert.deepEqual(specs(migration, 'SlackConfig'), [
      { slackTokenSecret: { name: 'notification-config-default', key: 'slack.slackTokenSecret' } },
    ])
    assert.deepEqual(specs(migration, 'Secret'), [])
    assert.match(lines(migration, 'lost').join('\n'), /Secret monitoring\/notification-config-default.*--emit-secrets/u)
  })

  it('comes with that Secret when asked to, in the namespace where references point', () => {
    const secret = migrated([plain, manager], { emit: true }).manifests[0]

    assert.deepEqual(secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'notification-config-default', namespace: 'monitoring' },
      type: 'Opaque',
      stringData: { 'slack.slackTokenSecret': 'xoxb-1' },
    })
  })

  it('never takes the name of a Secret that is there already', () => {
    const there = manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'notification-config-default' } })
    const { manifests } = migrated([there, plain], { emit: true, namespace: 'ns' })

    assert.deepEqual(manifests.map(nameOf), ['notification-config-default-2', 'default'])
  })
})

describe('a Receiver', () => {
  it('with several targets becomes several objects, none of which has the name of another', () => {
    const { manifests } = migrated([
      receiver('team', { slack: { channels: ['a', 'b', 'c', 'a'] } }),
      receiver('team-2', { slack: { channels: ['d'] } }),
    ])

    assert.deepEqual(
      manifests.map((one) => [nameOf(one), (one as { spec: { channel: string } }).spec.channel]),
      [
        ['team', 'a'],
        ['team-2-2', 'b'],
        ['team-3', 'c'],
        ['team-2', 'd'],
      ],
    )
  })

  it('joins the lists of WeChat Work, and keeps a chatbot with its first conversation', () => {
    const migration = migrated([
      receiver('team', {
        wechat: { toUser: ['u1', 'u2'], toParty: ['p'] },
        dingtalk: {
          chatbot: { webhook: { valueFrom: { secretKeyRef } } },
          conversation: { chatids: ['c1', 'c2'] },
        },
      }),
    ])

    assert.deepEqual(specs(migration, 'WechatReceiver'), [{ toUser: 'u1|u2', toParty: 'p' }])
    assert.deepEqual(specs(migration, 'DingTalkReceiver'), [
      { chatbot: { webhook: secretKeyRef }, conversation: { chatid: 'c1' } },
      { conversation: { chatid: 'c2' } },
    ])
    assert.deepEqual(lines(migration, 'lost'), [])
  })

  it('of a tenant that has configs of its own goes on using them first', () => {
    const labels = { type: 'tenant', namespace: 'shop' }
    const migration = migrated([
      manager,
      previous('Config', 'shop', { email: { from: 'a@b.example', smartHost } }, labels),
      receiver('shop', { email: { to: ['x@y.example'] }, slack: { channels: ['c'] } }, labels),
      receiver('all', { email: { to: ['x@y.example'] } }, { type: 'global', namespace: 'shop' }),
    ])

    assert.deepEqual(specs(migration, 'EmailReceiver'), [
      { to: ['x@y.example'], emailConfigSelector: { matchLabels: { namespace: 'shop' } } },
      { to: ['x@y.example'] },
    ])
    assert.deepEqual(specs(migration, 'SlackReceiver'), [{ channel: 'c' }])
  })

  it('with a regular expression is left out, and the values that it means are suggested', () => {
    const alertSelector = {
      matchExpressions: [{ key: 'severity', operator: 'Match', regexValue: '^(critical|error)$' }],
    }
    const migration = migrated([receiver('team', { email: { to: ['x@y.example'], alertSelector } })])

    assert.deepEqual(migration.manifests, [])
    assert.match(
      lines(migration, 'lost')[0] ?? '',
      /old\.yaml:1: lost: Receiver\/team: spec\.email\.alertSelector\.matchExpressions\[0\]: .*operator In.*`critical` and `error`/u,
    )
  })

  it('that would be refused is left out, with the reason', () => {
    const migration = migrated([receiver('team', { email: { to: ['nobody'] } })])

    assert.deepEqual(migration.manifests, [])
    assert.match(lines(migration, 'lost').join(), /EmailReceiver would be refused: spec\.to\[0\]/u)
  })

  for (const channel of ['discord', 'feishu', 'pushover', 'sms', 'telegram']) {
    it(`by ${channel} is reported`, () => {
      const found = lines(migrated([receiver('team', { [channel]: { to: ['1'] } })]), 'lost')

      assert.equal(found.length, 1)
      assert.match(found[0] ?? '', new RegExp(`spec\\.${channel}: was the channel ${channel}; left out`, 'u'))
    })
  }

  it('reports a misspelt field, however deep', () => {
    const migration = migrated([
      receiver('team', { webhook: { url: 'https://x.example/', httpConfig: { basicAuth: { usernme: 'x' } } } }),
    ])

    assert.match(lines(migration, 'lost').join('\n'), /spec\.webhook\.httpConfig\.basicAuth\.usernme: /u)
  })
})
