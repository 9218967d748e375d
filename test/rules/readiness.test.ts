import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Resource } from '../../src/model/object.ts'
import { type Readiness } from '../../src/rules/readiness.ts'
import { aManager, anEmailConfig } from '../support/resources.ts'
import { defaultConfig, globalReceiver, invalid, judged, missing, stale, type World } from './readiness-world.ts'

async function ofConfig(config: Resource, world: World): Promise<Readiness> {
  const { readiness } = await judged({ configs: [config], ...world })
  return readiness.config(config, 'monitoring')
}

describe('the readiness of a config', () => {
  it('is True while a receiver uses it, and while none does', async () => {
    assert.deepEqual(await ofConfig(defaultConfig, { receivers: [globalReceiver] }), {
      status: 'True',
      reason: 'Ready',
      message: 'it is in force',
    })
    assert.deepEqual(await ofConfig(defaultConfig, {}), {
      status: 'True',
      reason: 'Unused',
      message: 'no receiver uses it at present',
    })
  })

  it('is False when a Secret is missing, by the namespace that is given', async () => {
    assert.deepEqual(await ofConfig(defaultConfig, { missing }), {
      status: 'False',
      reason: 'SecretNotFound',
      message: 'spec.authPassword: Secret monitoring/smtp has no key password; add it',
    })
  })

  it('is False when it is invalid or reads where it must not', async () => {
    const refused = anEmailConfig('c', {}, { authPassword: { name: 's', key: 'k', namespace: 'kube-system' } })

    assert.equal((await ofConfig(refused, {})).reason, 'SecretNamespaceNotAllowed')
    assert.equal((await ofConfig(stale(defaultConfig), { problems: [invalid(defaultConfig)] })).reason, 'InvalidObject')
  })

  it('is True with an unknown field, which it says', async () => {
    const warning = invalid(defaultConfig, { severity: 'warning', reason: 'UnknownField', path: 'spec.tsl' })
    const { status, reason, message } = await ofConfig(defaultConfig, { problems: [warning] })

    assert.deepEqual([status, reason], ['True', 'UnknownField'])
    assert.match(message, /^spec\.tsl: /u)
  })
})

describe('the readiness of a NotificationManager', () => {
  async function ofManager(manager: ReturnType<typeof aManager>, world: World): Promise<Readiness> {
    const { readiness } = await judged({ managers: [manager], ...world })
    return readiness.manager(manager)
  }

  it('is True in force, and False when another is', async () => {
    const [first, second] = [aManager({ name: 'a' }), aManager({ name: 'b' })]

    assert.deepEqual(await ofManager(first, { managers: [first, second] }), {
      status: 'True',
      reason: 'Ready',
      message: 'it is in force',
    })
    assert.deepEqual(await ofManager(second, { managers: [first, second] }), {
      status: 'False',
      reason: 'Superseded',
      message: 'is not in force: NotificationManager/a is; delete one of them, or choose one with --name',
    })
  })

  it('is False when it is not the one that was asked for', async () => {
    const { status, reason } = await ofManager(aManager({ name: 'a' }), { managerName: 'b' })

    assert.deepEqual([status, reason], ['False', 'NotInForce'])
  })

  it('is False when a selector of it can never be evaluated', async () => {
    const selector = { matchExpressions: [{ key: 'type', operator: 'In' as const, values: [] }] }
    const { status, reason, message } = await ofManager(aManager({ globalReceiverSelector: selector }), {})

    assert.deepEqual([status, reason], ['False', 'InvalidSelector'])
    assert.match(message, /^spec\.receivers\.globalReceiverSelector/u)
  })

  it('says what is wrong with the files that belong to nobody else, and stays True', async () => {
    const origin = { file: 'templates/team.tmpl', line: 3 }
    const words = { path: '', message: 'unclosed tag', remedy: 'close it', origin } as const
    const { status, reason, message } = await ofManager(aManager(), {
      problems: [{ severity: 'error', reason: 'TemplateInvalid', ...words }],
    })

    assert.deepEqual([status, reason], ['True', 'TemplateInvalid'])
    assert.equal(message, 'templates/team.tmpl:3: error: unclosed tag; close it (TemplateInvalid)')
  })
})

describe('the readiness of an object that was never valid', () => {
  it('is False with what is wrong, and Unknown while nobody has read it', async () => {
    const { readiness } = await judged({ problems: [invalid(globalReceiver)] })

    assert.deepEqual(readiness.refused({ kind: 'EmailReceiver', name: 'ops' }), {
      status: 'False',
      reason: 'InvalidObject',
      message:
        'spec.to[0]: is not a mail address; write one such as ops@example.com. nothing of it is in force until then',
    })
    assert.equal(readiness.refused({ kind: 'EmailReceiver', name: 'new' }).status, 'Unknown')
  })
})
