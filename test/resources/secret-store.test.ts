import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SecretText } from '../../src/model/secret.ts'
import { type SecretObject } from '../../src/resources/core-kinds.ts'
import { createSecretStore } from '../../src/resources/secret-store.ts'

function aSecret(name: string, values: Readonly<Record<string, string>>): SecretObject {
  return {
    namespace: 'team',
    name,
    values: new Map(Object.entries(values).map(([key, value]) => [key, new SecretText(value)])),
  }
}

const key = { namespace: 'team', name: 's', key: 'password' }

describe('a store of Secrets', () => {
  it('says at once what is missing, in the words with which a reading fails', async () => {
    const store = createSecretStore()
    const { signal } = new AbortController()
    assert.equal(store.missing(key), 'there is no Secret team/s; add it to the manifests')
    await assert.rejects(store.read(key, signal), { name: 'SecretNotFoundError', message: store.missing(key) ?? '' })
    store.replace([aSecret('s', { user: 'ada' })])
    assert.equal(store.missing(key), 'Secret team/s has no key password; it has user')
    store.replace([aSecret('s', { password: 'hunter2' })])

    assert.equal(store.missing(key), undefined)
    assert.equal((await store.read(key, signal)).reveal(), 'hunter2')
  })

  it('tells which Secrets came, went or got other values', () => {
    const store = createSecretStore()
    const names = (secrets: readonly SecretObject[]): string =>
      store
        .replace(secrets)
        .map(({ name }) => name)
        .join()

    assert.equal(names([aSecret('a', { k: '1' }), aSecret('b', { k: '1' })]), 'a,b')
    assert.equal(names([aSecret('a', { k: '1' }), aSecret('b', { k: '2' })]), 'b')
    assert.equal(names([aSecret('b', { k: '2' })]), 'a')
  })
})
