import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NotReadyError } from '../../src/model/errors.ts'
import { createCompile } from '../../src/rules/compile.ts'
import { type ManagerSpec, type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, aSnapshot, anAlert, anEmailConfig, anEmailReceiver } from '../support/resources.ts'
import { compileDeps, compiled } from '../support/rulesets.ts'

const defaults = anEmailConfig('default', { type: 'default' })
const globalReceiver = anEmailReceiver('g', { type: 'global' })

describe('the NotificationManager in force', () => {
  function named(name: string, creationTimestamp?: string): ReturnType<typeof aManager> {
    const manager = aManager({ name, globalReceiverSelector: { matchLabels: { of: name } } })
    return creationTimestamp === undefined
      ? manager
      : { ...manager, metadata: { ...manager.metadata, creationTimestamp } }
  }

  it('is the oldest, then the first by name; one without a creation time is the youngest', async () => {
    const cases: [Snapshot['managers'], string][] = [
      [[named('b', '2026-01-02T00:00:00Z'), named('a', '2026-01-03T00:00:00Z'), named('0')], 'b'],
      [[named('b', '2026-01-01T00:00:00Z'), named('a', '2026-01-01T00:00:00Z')], 'a'],
      [[named('b'), named('a')], 'a'],
      [[named('a', 'yesterday'), named('b', '2026-01-01T00:00:00Z')], 'b'],
      [[named('a', '2026-01-01T12:00:00Z'), named('b', '2026-01-01T12:00:00+02:00')], 'b'],
    ]
    for (const [managers, expected] of cases) {
      const { ruleset, problems } = await compiled(aSnapshot({ managers }))
      assert.equal(ruleset.manager?.name, expected)
      assert.ok(problems.every(({ severity, reason }) => severity === 'warning' && reason === 'Superseded'))
      assert.equal(problems.length, managers.length - 1)
    }
  })

  it('is the one that the settings name', async () => {
    const managers = [named('a', '2026-01-01T00:00:00Z'), named('b')]
    const receivers = [anEmailReceiver('of-a', { of: 'a' }), anEmailReceiver('of-b', { of: 'b' })]
    const { ruleset } = await compiled(aSnapshot({ managers, managerName: 'b', receivers, configs: [defaults] }))

    assert.equal(ruleset.manager?.name, 'b')
    assert.deepEqual(ruleset.receivers.map(({ key }) => key), ['EmailReceiver/of-b']) // prettier-ignore
  })

  for (const [what, changes] of [
    ['there is none', { managers: [] }],
    ['the named one is not there', { managerName: 'gone' }],
  ] as const) {
    it(`is missing when ${what}: nothing is routed, and the sender tries again`, async () => {
      const { ruleset, problems } = await compiled(aSnapshot({ ...changes, receivers: [globalReceiver] }))

      assert.equal(ruleset.manager, undefined)
      assert.deepEqual(problems.map(({ reason }) => reason), ['ManagerNotFound']) // prettier-ignore
      assert.deepEqual(ruleset.excluded.map(({ reason }) => reason), ['ManagerNotFound']) // prettier-ignore
      await assert.rejects(ruleset.route(anAlert({ a: 'b' })), NotReadyError)
      await assert.rejects(ruleset.explain(anAlert({ a: 'b' })), NotReadyError)
      assert.ok(JSON.stringify(ruleset.dump()).includes('ManagerNotFound'))
    })
  }
})

describe('templates', () => {
  const purposes = { subject: 'nm.default.subject', body: 'nm.default.html', text: 'nm.default.text' }

  async function templatesOf(
    options: NonNullable<ManagerSpec['receivers']['options']>,
    spec: object = {},
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const receivers = [anEmailReceiver('g', { type: 'global' }, spec)]
    const { ruleset } = await compiled(aSnapshot({ managers: [aManager({ options })], receivers, configs: [defaults] }))
    return ruleset.receivers[0]?.templates
  }

  it('are the channel’s own when nobody names one', async () => {
    assert.deepEqual(await templatesOf({}), purposes)
    assert.deepEqual(await templatesOf({ email: { template: ' ' }, global: { template: '' } }), purposes)
  })

  it('are the receiver’s before the channel’s option, and that before the global option', async () => {
    const global = { template: 'of-global' }
    const email = { template: 'of-email', subjectTemplate: 'subject-of-email' }

    assert.deepEqual(await templatesOf({ global }), { ...purposes, body: 'of-global' })
    assert.deepEqual(await templatesOf({ global, email }), {
      ...purposes,
      body: 'of-email',
      subject: 'subject-of-email',
    })
    assert.equal((await templatesOf({ global, email }, { template: 'of-receiver' }))?.['body'], 'of-receiver')
    assert.deepEqual(await templatesOf({ global, slack: { template: 'x' } }), { ...purposes, body: 'of-global' })
  })

  it('may be written as the predecessor wrote them', async () => {
    for (const action of ['{{ template "a.b" . }}', '{{template "a.b" .}}', ' {{- template "a.b" . -}} ']) {
      assert.equal((await templatesOf({ email: { template: action } }))?.['body'], 'a.b')
    }
  })

  it('that are not there are told once for each place that names them, and nobody is out', async () => {
    const options = { global: { template: 'no-global' }, slack: { template: 'no-slack' } }
    const receivers = [
      anEmailReceiver('a', { type: 'global' }),
      anEmailReceiver('b', { type: 'global' }),
      anEmailReceiver('c', { type: 'global' }, { template: 'no-c' }),
      anEmailReceiver('d', { type: 'global' }, { template: 'nm.default.text' }),
    ]
    const snapshot = aSnapshot({ managers: [aManager({ options })], receivers, configs: [defaults] })
    const { ruleset, problems } = await createCompile(compileDeps())(snapshot, (name) => name.startsWith('nm.'))

    assert.deepEqual(
      problems.map(({ severity, reason, path, object }) => [severity, reason, object?.name, path].join(' ')),
      [
        'warning TemplateNotFound notification-manager spec.receivers.options.global.template',
        'warning TemplateNotFound c spec.template',
      ],
    )
    assert.equal(ruleset.receivers.length, 4)
    assert.deepEqual(ruleset.receivers[0]?.undeliverable, [])
  })
})
