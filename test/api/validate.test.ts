import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type NotificationManagerSpec } from '../../src/api/notification-manager.ts'
import { type Origin } from '../../src/model/object.ts'
import { type ManagerSpec } from '../../src/rules/snapshot.ts'
import { goodSpecs, kinds, linesAbout, object } from './objects.ts'

describe('every kind', () => {
  for (const [kind, spec] of Object.entries(goodSpecs)) {
    it(`${kind} is valid in its shortest form`, () => assert.deepEqual(linesAbout(object(kind, spec)), []))
  }

  it('is told all its faults at once, in the order of the object', () => {
    const spec = { from: 'x', smartHost: { host: '', port: 0 } }
    assert.deepEqual(
      kinds.validate(object('EmailConfig', spec)).problems.map(({ path }) => path),
      ['spec.from', 'spec.smartHost.host', 'spec.smartHost.port'],
    )
  })
})

describe('unknown fields', () => {
  const bearer = object('WebhookReceiver', { url: 'http://h/', httpConfig: { bearertoken: { name: 's', key: 'k' } } })

  it('are warnings that name the field that was probably meant', () => {
    assert.deepEqual(linesAbout(bearer), [
      'warning: WebhookReceiver/x: spec.httpConfig.bearertoken: unknown field `bearertoken`; did you mean `bearerToken`? (UnknownField)',
    ])
    assert.deepEqual(linesAbout({ ...object('WebhookConfig'), sepc: {} }), [
      'warning: WebhookConfig/x: sepc: unknown field `sepc`; did you mean `spec`? (UnknownField)',
    ])
  })

  it('are warnings that list the known ones when none is near', () => {
    assert.deepEqual(linesAbout(object('WebhookReceiver', { url: 'http://h/', headers: {} })), [
      'warning: WebhookReceiver/x: spec.headers: unknown field `headers`; remove it, or use one of `url`, `service`, `httpConfig`, `webhookConfigSelector`, `alertSelector` or `template` (UnknownField)',
    ])
    assert.deepEqual(linesAbout(object('WebhookConfig', { a: 1 })), [
      'warning: WebhookConfig/x: spec.a: unknown field `a`; remove it (UnknownField)',
    ])
  })

  it('are left out of the resource, as the API server prunes them', () => {
    assert.deepEqual(kinds.validate(bearer).resource?.spec, { url: 'http://h/', httpConfig: {} })
  })
})

describe('a resource', () => {
  it('has the metadata that we read, without the namespace that means nothing', () => {
    const metadata = { name: 'x', namespace: 'n', labels: { a: 'b' }, uid: 'u', generation: 2, resourceVersion: '7' }
    const { resource } = kinds.validate(object('WebhookConfig', {}, metadata))
    assert.deepEqual(resource, {
      kind: 'WebhookConfig',
      metadata: { name: 'x', labels: { a: 'b' }, uid: 'u', generation: 2 },
      spec: {},
    })
  })

  it('names the file that it came from, and its Problems the line', () => {
    const origin = (path: string): Origin | undefined =>
      path === '' ? { file: 'a.yaml', line: 1 } : path === 'spec.to[0]' ? { file: 'a.yaml', line: 9 } : undefined
    assert.deepEqual(kinds.validate(object('WebhookConfig'), origin).resource?.origin, { file: 'a.yaml', line: 1 })
    const places = kinds
      .validate(object('EmailReceiver', { to: ['x'], template: 1 }), origin)
      .problems.map((problem) => [problem.path, problem.origin?.line])
    assert.deepEqual(places, [
      ['spec.to[0]', 9],
      ['spec.template', 1],
    ])
  })

  it('of kind NotificationManager is what the compiler reads, its tenant key settled', () => {
    const { resource } = kinds.validate(object('NotificationManager', { receivers: {} }))
    const spec: ManagerSpec = resource?.spec as NotificationManagerSpec
    assert.equal(spec.receivers.tenantKey, 'namespace')
    const user = kinds.validate(object('NotificationManager', { receivers: { tenantKey: 'user' } })).resource
    assert.equal((user?.spec as NotificationManagerSpec).receivers.tenantKey, 'user')
  })
})

describe('secretRefs', () => {
  it('finds every reference with its path, in whatever depth', () => {
    const ref = { name: 's', key: 'k' }
    const { resource } = kinds.validate(
      object('WebhookReceiver', {
        url: 'http://h/',
        httpConfig: {
          basicAuth: { username: 'u', password: ref },
          bearerToken: { ...ref, namespace: 'n' },
          tlsConfig: { rootCA: ref, clientCertificate: { cert: ref, key: ref } },
        },
      }),
    )
    assert.ok(resource)
    assert.deepEqual(kinds.secretRefs(resource), [
      { path: 'spec.httpConfig.basicAuth.password', ref },
      { path: 'spec.httpConfig.bearerToken', ref: { ...ref, namespace: 'n' } },
      { path: 'spec.httpConfig.tlsConfig.rootCA', ref },
      { path: 'spec.httpConfig.tlsConfig.clientCertificate.cert', ref },
      { path: 'spec.httpConfig.tlsConfig.clientCertificate.key', ref },
    ])
  })

  it('finds none where there is none', () => {
    assert.deepEqual(kinds.secretRefs({ kind: 'Secret', metadata: { name: 'x', labels: {} }, spec: {} }), [])
  })
})
