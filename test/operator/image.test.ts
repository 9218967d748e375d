import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseImage } from '../../src/operator/image.ts'

const own = 'example.com/notification-manager:1.2.3'

describe('chooseImage', () => {
  for (const wanted of [
    'kubesphere/notification-manager',
    'kubesphere/notification-manager:v0.6.0',
    'kubesphere/notification-manager:v2.5.2',
    'kubesphere/notification-manager:latest',
    'docker.io/kubesphere/notification-manager:v1.4.0',
    'mirror.local:5000/hub/kubesphere/notification-manager:v0.8.0',
    'kubespheredev/notification-manager:v2.0.0-beta.1',
  ]) {
    it(`runs its own image instead of ${wanted}`, () => {
      assert.deepEqual(chooseImage(wanted, own), { image: own, replaced: wanted })
    })
  }

  for (const wanted of [
    'example.org/notification-manager:v0.6.0',
    'example.org/mykubesphere/notification-manager:v1',
    'kubesphere/notification-manager-ng:v1.0.0',
    'kubesphere/notification-manager:v3.0.0',
  ]) {
    it(`runs ${wanted} as it is asked to`, () => {
      assert.deepEqual(chooseImage(wanted, own), { image: wanted })
    })
  }

  it('runs its own image when none is named', () => {
    assert.deepEqual(chooseImage(undefined, own), { image: own })
    assert.deepEqual(chooseImage('', own), { image: own })
  })
})
