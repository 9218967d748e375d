import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { made, specOf, validate, aManifest, type Fields } from './managers.ts'

describe('spec.persistence', () => {
  it('asks for a gibibyte of the default class when nothing is said', () => {
    const [claim] = specOf(made({ persistence: {} }), 'StatefulSet')['volumeClaimTemplates'] as readonly Fields[]

    assert.deepEqual(claim?.['spec'], {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    })
  })

  for (const persistence of [{}, { size: '500Mi' }, { size: 1_073_741_824 }, { storageClassName: '' }]) {
    it(`takes ${JSON.stringify(persistence)}`, () => {
      assert.deepEqual(validate(aManifest('alerts', { persistence })).problems, [])
    })
  }

  const refused: readonly [persistence: unknown, path: string][] = [
    [true, 'spec.persistence'],
    [{ size: 'big' }, 'spec.persistence.size'],
    [{ size: true }, 'spec.persistence.size'],
    [{ accessModes: [] }, 'spec.persistence.accessModes'],
    [{ accessModes: ['ReadOnlyMany'] }, 'spec.persistence.accessModes[0]'],
    [{ storageClassName: 7 }, 'spec.persistence.storageClassName'],
  ]
  for (const [persistence, path] of refused) {
    it(`refuses ${JSON.stringify(persistence)}`, () => {
      const { resource, problems } = validate(aManifest('alerts', { persistence }))

      assert.equal(resource, undefined)
      assert.deepEqual([...new Set(problems.map((problem) => problem.path))], [path])
    })
  }
})
