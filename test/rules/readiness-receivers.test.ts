import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Readiness } from '../../src/rules/readiness.ts'
import { aManager, anEmailConfig, anEmailReceiver, aResource } from '../support/resources.ts'
import { defaultConfig, globalReceiver, invalid, judged, missing, stale, type World } from './readiness-world.ts'

/** The readiness of the first receiver of the world, whether an alert can reach it or not. */
async function ofReceiver(world: World): Promise<Readiness> {
  const { ruleset, readiness } = await judged(world)
  const [receiver] = ruleset.receivers
  const [excluded] = ruleset.excluded
  return receiver === undefined ? readiness.excluded(excluded!) : readiness.receiver(receiver)
}

describe('the readiness of a receiver', () => {
  const configs = [defaultConfig]
  const named = anEmailConfig('named', { team: 'ops' })
  const selecting = (labels: object) =>
    anEmailReceiver('ops', { type: 'global' }, { emailConfigSelector: { matchLabels: labels } })
  const webhook = (spec: object) => aResource('WebhookReceiver', 'hook', { type: 'global' }, spec)

  const cases: readonly (readonly [what: string, world: World, expected: Readiness])[] = [
    [
      'is True with the default config, and says so',
      { receivers: [globalReceiver], configs },
      { status: 'True', reason: 'DefaultConfig', message: 'the default EmailConfig/default is used' },
    ],
    [
      'is True with the config that it selects',
      { receivers: [selecting({ team: 'ops' })], configs: [named] },
      { status: 'True', reason: 'Ready', message: 'EmailConfig/named is used' },
    ],
    [
      'is True when it needs no config',
      { receivers: [webhook({ url: 'https://example.com/hook' })] },
      { status: 'True', reason: 'Ready', message: 'it is in force' },
    ],
    [
      'is True, with the warning, when it selects nothing and the default is used',
      { receivers: [selecting({ team: 'nobody' })], configs },
      {
        status: 'True',
        reason: 'SelectorMatchedNothing',
        message:
          'spec.emailConfigSelector: it matches no EmailConfig that the receiver may use; the default default is used; ' +
          'apply a EmailConfig with these labels, or remove the selector',
      },
    ],
    [
      'is True, with the warning, when its template is not there',
      {
        receivers: [anEmailReceiver('ops', { type: 'global' }, { template: 'gone' })],
        configs,
        hasTemplate: (name) => name !== 'gone',
      },
      {
        status: 'True',
        reason: 'TemplateNotFound',
        message:
          'spec.template: there is no template "gone", so the default is used; define it in a template file, or name one that ' +
          'is there. the default EmailConfig/default is used',
      },
    ],
    [
      'is False without a config, with path and remedy',
      { receivers: [globalReceiver] },
      {
        status: 'False',
        reason: 'ConfigNotFound',
        message:
          'spec.emailConfigSelector: there is no EmailConfig that it may use, so its notifications wait; apply a default ' +
          'EmailConfig, or one that its emailConfigSelector matches and nobody else owns',
      },
    ],
    [
      'is False when its newest version is invalid, and tells what stays in force',
      { receivers: [stale(globalReceiver)], configs, problems: [invalid(globalReceiver)] },
      {
        status: 'False',
        reason: 'InvalidObject',
        message:
          'spec.to[0]: is not a mail address; write one such as ops@example.com. its last good version (generation 2) stays ' +
          'in force',
      },
    ],
    [
      'is False when it cannot be read any more',
      { receivers: [stale(globalReceiver)], configs },
      {
        status: 'False',
        reason: 'InvalidObject',
        message: 'its newest version cannot be read. its last good version (generation 2) stays in force',
      },
    ],
    [
      'is True although the newest version of its config is invalid, for the last good one serves',
      {
        receivers: [globalReceiver],
        configs: [stale(defaultConfig)],
        problems: [invalid(defaultConfig, { path: 'spec.from' })],
      },
      {
        status: 'True',
        reason: 'DefaultConfig',
        message: 'the last good version of EmailConfig/default is used, because its newest is invalid',
      },
    ],
    [
      "is False when a Secret of its config is missing, and says whose, which and where, by the manager's namespace",
      {
        managers: [aManager({ spec: { defaultSecretNamespace: 'monitoring' } })],
        receivers: [globalReceiver],
        configs,
        missing,
      },
      {
        status: 'False',
        reason: 'SecretNotFound',
        message:
          'EmailConfig/default is not ready: spec.authPassword: Secret monitoring/smtp has no key password; add it',
      },
    ],
    [
      'is False when a Secret of its own is missing; without any namespace it is the one of the process',
      {
        receivers: [
          webhook({
            url: 'https://example.com/hook',
            httpConfig: { bearerToken: { name: 'hook', key: 'token', namespace: '' } },
          }),
        ],
        missing,
      },
      {
        status: 'False',
        reason: 'SecretNotFound',
        message: 'spec.httpConfig.bearerToken: Secret notifications/hook has no key token; add it',
      },
    ],
    [
      'is True when the Secret that is missing belongs to a config that it does not need',
      {
        receivers: [aResource('DingTalkReceiver', 'robot', { type: 'global' }, { chatbot: {} })],
        configs: [
          aResource(
            'DingTalkConfig',
            'default',
            { type: 'default' },
            { conversation: { appkey: { name: 'a', key: 'b' } } },
          ),
        ],
        missing,
      },
      { status: 'True', reason: 'DefaultConfig', message: 'the default DingTalkConfig/default is used' },
    ],
    [
      'is False when its config reads Secrets where it must not, and names the config',
      {
        receivers: [globalReceiver],
        configs: [
          anEmailConfig(
            'default',
            { type: 'default' },
            { authPassword: { name: 's', key: 'k', namespace: 'kube-system' } },
          ),
        ],
        missing,
      },
      {
        status: 'False',
        reason: 'SecretNamespaceNotAllowed',
        message:
          'EmailConfig/default: spec.authPassword.namespace: Secrets of namespace kube-system may not be read; move the ' +
          'Secret to notifications, or allow the namespace with --allowed-secret-namespaces',
      },
    ],
    [
      'is False when nobody selects it',
      { receivers: [anEmailReceiver('ops', {})], configs },
      {
        status: 'False',
        reason: 'NotSelected',
        message:
          'metadata.labels: no receiver selector of the NotificationManager matches its labels, so nobody is told through ' +
          'it; give it the labels of globalReceiverSelector or of tenantReceiverSelector',
      },
    ],
    [
      'is False for a tenant receiver of no tenant',
      { receivers: [anEmailReceiver('ops', { type: 'tenant' })], configs },
      {
        status: 'False',
        reason: 'TenantLabelMissing',
        message:
          "metadata.labels: it is a tenant's receiver, but no label namespace names the tenant, so nobody is told through it; " +
          "add the label namespace with the tenant's name",
      },
    ],
    [
      'is False without a NotificationManager',
      { managers: [], receivers: [globalReceiver], configs },
      {
        status: 'False',
        reason: 'ManagerNotFound',
        message: 'there is no NotificationManager, so nothing can be routed',
      },
    ],
  ]
  for (const [what, world, expected] of cases) {
    it(what, async () => assert.deepEqual(await ofReceiver(world), expected))
  }

  it('tells the first few of many mistakes, and how many more there are', async () => {
    const problems = Array.from({ length: 9 }, (_, place) => invalid(globalReceiver, { path: `spec.to[${place}]` }))
    const { message } = await ofReceiver({ receivers: [stale(globalReceiver)], configs, problems })

    assert.match(message, /spec\.to\[4\].*\. and 5 more$/u)
    assert.ok(!message.includes('spec.to[5]'))
  })

  it('keeps a message within bounds, whatever it quotes', async () => {
    const problems = [invalid(globalReceiver, { message: '😀'.repeat(10_000) })]
    const { message } = await ofReceiver({ receivers: [stale(globalReceiver)], configs, problems })

    assert.ok(message.length <= 4_096 && message.isWellFormed())
  })

  it('is the business of its object only', async () => {
    const other = anEmailReceiver('other', { type: 'global' })
    const { status } = await ofReceiver({ receivers: [globalReceiver], configs, problems: [invalid(other)] })

    assert.equal(status, 'True')
  })
})
