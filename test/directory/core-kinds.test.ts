import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { SecretNotFoundError } from '../../src/model/errors.ts'
import { brief, createFolder, load, manager, secret } from './fixture.ts'

const signal = new AbortController().signal

describe('core objects', () => {
  it('a RoleBinding and a Namespace come with what tenancy needs', async (t) => {
    const folder = createFolder(t, {
      'rb.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: payments}
subjects:
- {kind: User, name: ada, apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: bot, namespace: payments}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: payments}
---
apiVersion: v1
kind: Namespace
metadata: {name: payments, labels: {__proto__: x, team: money}}
`,
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(snapshot.problems, [])
    assert.deepEqual(snapshot.roleBindings, [
      { namespace: 'payments', name: 'a', subjects: [] },
      {
        namespace: 'payments',
        name: 'b',
        subjects: [
          { kind: 'User', name: 'ada' },
          { kind: 'ServiceAccount', name: 'bot' },
        ],
      },
    ])
    assert.ok(snapshot.namespaces !== 'unavailable')
    assert.deepEqual(Object.entries(snapshot.namespaces[0]!.labels), [
      ['__proto__', 'x'],
      ['team', 'money'],
    ])
  })

  it('of a wrong shape are told by path and left out', async (t) => {
    const folder = createFolder(t, {
      'a.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nsubjects:\n- {kind: User}\n',
      'b.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: b\n  labels:\n    x: 1\n',
      'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\ndata: []\n',
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(brief(snapshot.problems), [
      'InvalidObject subjects[0]@5',
      'InvalidObject metadata.labels.x@6',
      'InvalidObject metadata.name@3',
      'InvalidObject data@4',
    ])
    assert.deepEqual([snapshot.roleBindings, snapshot.namespaces], [[], []])
  })
})

describe('secrets', () => {
  const password = 'correct horse battery staple'
  const encoded = Buffer.from(password).toString('base64')

  it('are read from data, and stringData wins', async (t) => {
    const folder = createFolder(t, {
      'a.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  a: ${encoded}\n  b: ${encoded}\n  empty:\nstringData:\n  b: plain\n`,
    })
    const { secrets } = await load([folder.path], { ownNamespace: 'home' })
    const read = async (key: string) => (await secrets.read({ namespace: 'home', name: 's', key }, signal)).reveal()

    assert.deepEqual([await read('a'), await read('b'), await read('empty')], [password, 'plain', ''])
  })

  it('never show in the snapshot, its version or a Problem', async (t) => {
    const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  good: ${encoded}\n  bad: ${encoded.slice(1)}\nstringData:\n  number: 12345678\n`
    const folder = createFolder(t, { 'a.yaml': text, 'm.yaml': manager() })
    const first = await load([folder.path])
    folder.write('a.yaml', text.replace('12345678', password))
    const { snapshot, secrets } = await load([folder.path])
    const shown = [
      JSON.stringify([first.snapshot, snapshot, secrets]),
      inspect([first, snapshot, secrets], { depth: null }),
    ].join()

    assert.deepEqual(brief(first.snapshot.problems), ['InvalidObject data.bad@6', 'InvalidObject stringData.number@8'])
    for (const value of [password, encoded, encoded.slice(1), '12345678']) assert.ok(!shown.includes(value), value)
  })

  it('with a value that is not base64 keep their other keys', async (t) => {
    const folder = createFolder(t, {
      'a.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  good: ${encoded}\n  bad: ${encoded.slice(1)}\n  jks: /u3+7Q==\n`,
    })
    const { snapshot, secrets } = await load([folder.path])
    const read = (key: string) => secrets.read({ namespace: 'monitoring', name: 's', key }, signal)

    assert.deepEqual(
      snapshot.problems.map(({ severity, path }) => `${severity} ${path}`),
      ['warning data.bad'],
    )
    assert.equal((await read('good')).reveal(), password)
    await assert.rejects(read('bad'), /bad of Secret monitoring\/s is not valid base64/u)
    await assert.rejects(read('jks'), /is not text/u)
  })

  it('that are missing are told with the remedy, and their key names with what there is', async (t) => {
    const folder = createFolder(t, { 'a.yaml': secret('s', { user: password, token: password }, 'team') })
    const { secrets } = await load([folder.path])
    const failure = async (namespace: string, name: string, key: string): Promise<string> => {
      const error: unknown = await secrets.read({ namespace, name, key }, signal).catch((caught: unknown) => caught)
      assert.ok(error instanceof SecretNotFoundError)
      return error.message
    }

    assert.match(await failure('team', 's', 'pass'), /^Secret team\/s has no key pass; it has token, user$/u)
    assert.match(await failure('team', 'x', 'pass'), /^there is no Secret team\/x; add it/u)
    const elsewhere = await failure('monitoring', 's', 'user')
    assert.match(elsewhere, /in namespace team;.*spec\.defaultSecretNamespace.*--namespace/u)
    assert.ok(!elsewhere.includes(password))
  })

  it('are not read for a caller that has given up', async (t) => {
    const { secrets } = await load([createFolder(t).path])

    await assert.rejects(secrets.read({ namespace: 'a', name: 'b', key: 'c' }, AbortSignal.abort()), {
      name: 'AbortError',
    })
  })
})
