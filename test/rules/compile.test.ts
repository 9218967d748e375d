import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { NotReadyError } from '../../src/model/errors.ts'
import { type Problem } from '../../src/model/problem.ts'
import { createCompile } from '../../src/rules/compile.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, aResource, aRule, aSnapshot, anAlert, anEmailConfig, anEmailReceiver } from '../support/resources.ts'
import { compileDeps, compiled, readBuiltInDocuments } from '../support/rulesets.ts'
import { snapshot as anySnapshot } from './arbitraries.ts'

const defaults = anEmailConfig('default', { type: 'default' })
const globalReceiver = anEmailReceiver('g', { type: 'global' })

function told(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ severity, reason, path, object }) => [severity, reason, object?.name ?? '', path].join(' '))
}

describe('secrets', () => {
  const inNamespace = (namespace: string): object => ({ authPassword: { name: 's', key: 'k', namespace } })

  async function compiledSecret(
    config: object,
    { spec = {}, allowed = [] as readonly string[] } = {},
  ): Promise<{ undeliverable: readonly string[]; problems: readonly string[]; namespace: string | undefined }> {
    const compile = createCompile(compileDeps({ allowedSecretNamespaces: allowed }))
    const configs = [anEmailConfig('default', { type: 'default' }, config)]
    const snapshot = aSnapshot({ managers: [aManager({ spec })], receivers: [globalReceiver], configs })
    const { ruleset, problems } = await compile(snapshot, () => true)
    const [receiver] = ruleset.receivers
    return {
      undeliverable: told(receiver?.undeliverable ?? []),
      problems: told(problems),
      namespace: receiver?.secretNamespace,
    }
  }

  const refused = ['error SecretNamespaceNotAllowed default spec.authPassword.namespace']

  it('are read from the process’s own namespace unless the NotificationManager names another', async () => {
    assert.equal((await compiledSecret({})).namespace, 'notifications')
    assert.equal((await compiledSecret({}, { spec: { defaultSecretNamespace: 'monitoring' } })).namespace, 'monitoring')
    assert.equal((await compiledSecret({}, { spec: { defaultSecretNamespace: '' } })).namespace, 'notifications')
  })

  it('of another namespace are refused, and the receiver stays routable', async () => {
    const found = await compiledSecret(inNamespace('kube-system'))
    assert.deepEqual(found.problems, refused)
    assert.deepEqual(found.undeliverable, refused)
  })

  it('of the default namespace, the own one and the listed ones are allowed', async () => {
    const spec = { defaultSecretNamespace: 'monitoring' }
    for (const namespace of ['monitoring', 'notifications', 'listed', '']) {
      const found = await compiledSecret(inNamespace(namespace), { spec, allowed: ['listed'] })
      assert.deepEqual(found, { undeliverable: [], problems: [], namespace: 'monitoring' })
    }
  })

  it('of a receiver are judged as those of its config are', async () => {
    const bearerToken = { name: 's', key: 'k', namespace: 'kube-system' }
    const webhook = aResource(
      'WebhookReceiver',
      'w',
      { type: 'global' },
      { url: 'http://x', httpConfig: { bearerToken } },
    )
    const { ruleset, problems } = await compiled(aSnapshot({ receivers: [webhook] }))

    assert.deepEqual(told(problems), ['error SecretNamespaceNotAllowed w spec.httpConfig.bearerToken.namespace'])
    assert.deepEqual(ruleset.receivers[0]?.undeliverable, problems)
  })
})

describe('compiling', () => {
  it('keeps what the source found wrong at the head of the problems', async () => {
    const problem: Problem = { severity: 'error', reason: 'InvalidSyntax', path: '', message: 'm', remedy: 'r' }
    const { problems } = await compiled(aSnapshot({ problems: [problem], managers: [] }))
    assert.deepEqual(problems[0], problem)
  })

  it('takes the first of two objects of one name', async () => {
    const receivers = [globalReceiver, anEmailReceiver('g', { type: 'tenant', namespace: 'a' })]
    const { ruleset, problems } = await compiled(aSnapshot({ receivers, configs: [defaults, defaults] }))

    assert.deepEqual(ruleset.receivers.map((receiver) => receiver.class), ['global']) // prettier-ignore
    assert.deepEqual(told(problems), [
      'error DuplicateObject default metadata.name',
      'error DuplicateObject g metadata.name',
    ])
  })

  it('leaves out kinds that no channel has', async () => {
    const receivers = [aResource('PigeonReceiver', 'p', { type: 'global' })]
    const { ruleset, problems } = await compiled(aSnapshot({ receivers, configs: [aResource('PigeonConfig', 'p')] }))

    assert.deepEqual(told(problems), ['error UnknownKind p kind', 'error UnknownKind p kind'])
    assert.equal(ruleset.excluded.length, 1)
  })

  it('never throws, whatever stands where a selector should', async () => {
    const anything = fc.anything({ withNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(anything, anything, anything, async (alertSelector, emailConfigSelector, ofManager) => {
        const receivers = [anEmailReceiver('g', { type: 'global' }, { alertSelector, emailConfigSelector })]
        const managers = [aManager({ tenantReceiverSelector: ofManager as never })]
        const platformRules = [aRule(alertSelector)]
        const { ruleset } = await compiled(aSnapshot({ managers, receivers, configs: [defaults], platformRules }))
        await ruleset.route(anAlert({ a: 'b' }))
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same bytes for the same resources, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(anySnapshot, async (resources) => {
        const dump = async (snapshot: Snapshot): Promise<string> =>
          JSON.stringify((await compiled(snapshot)).ruleset.dump())
        const reversed = {
          ...resources,
          receivers: resources.receivers.toReversed(),
          configs: resources.configs.toReversed(),
        }
        assert.equal(await dump(resources), await dump(structuredClone(resources)))
        assert.equal(await dump(resources), await dump(reversed))
      }),
      { numRuns: 100 },
    )
  })

  it('lets other work run while thousands of receivers are compiled', async () => {
    const receivers = Array.from({ length: 3_000 }, (_, place) =>
      anEmailReceiver(
        `r${place}`,
        { type: 'tenant', namespace: `t${place % 500}` },
        { emailConfigSelector: { matchLabels: { n: `${place}` } } },
      ),
    )
    let yields = 0
    const compile = createCompile(compileDeps({ yieldNow: () => (yields++, setImmediate()) }))

    const { ruleset } = await compile(aSnapshot({ receivers, configs: [defaults] }), () => true)

    assert.equal(ruleset.receivers.length, 3_000)
    assert.ok(yields >= 30)
  })

  it('routes nothing and says why when a built-in rule document is missing or faulty', async () => {
    const documents = readBuiltInDocuments()
    for (const broken of [documents.slice(1), [aRule({ name: 'global-receiver' }), ...documents.slice(1)], []]) {
      const { ruleset, problems } = await createCompile(compileDeps({ documents: broken }))(aSnapshot(), () => true)

      assert.ok(problems.every(({ reason }) => reason === 'InvalidRule'))
      assert.ok(problems.some(({ message }) => message.includes('global-receiver is missing')))
      await assert.rejects(ruleset.route(anAlert({ a: 'b' })), NotReadyError)
    }
  })

  it('gives selection the meaning that the documents give it', async () => {
    const documents = structuredClone(readBuiltInDocuments())
    const document = documents[0]?.document as { rules: { conditions: { all: object[] } }[] }
    document.rules[0]!.conditions.all[0] = { fact: 'status', operator: 'equal', value: 'firing' }
    const compile = createCompile(compileDeps({ documents }))
    const { ruleset } = await compile(aSnapshot({ receivers: [globalReceiver], configs: [defaults] }), () => true)

    assert.equal((await ruleset.route(anAlert({ a: 'b' }))).receivers.length, 1)
    assert.equal((await ruleset.route(anAlert({ a: 'b' }, { status: 'resolved' }))).receivers.length, 0)
  })
})
