import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '..', '..')

/** Licences that ask for no more than their notice, by their names at https://spdx.org/licenses/ */
const allowed: ReadonlySet<string> = new Set([
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Unlicense',
])

interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

/** Every package that an installation without development dependencies holds. */
function productionPackages(): readonly Manifest[] {
  const { packages } = readJson('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> }
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => readJson(join(path, 'package.json')) as Manifest)
}

/** Of a choice one alternative must be allowed, of a conjunction all parts: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
function isAllowed(expression: string): boolean {
  const bare = expression.replaceAll(/^\(|\)$/gu, '')
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((part) => allowed.has(part.trim())))
}

describe('what is shipped', () => {
  const packages = productionPackages()

  it('is licensed so that anyone may use it', () => {
    assert.ok(packages.length > 100)
    const refused = packages.filter(({ license = 'none' }) => !isAllowed(license))
    assert.deepEqual(
      refused.map(({ name, version, license }) => `${name}@${version}: ${license}`),
      [],
    )
  })

  it('has at least one package of each licence that is allowed', () => {
    const met = new Set(packages.flatMap(({ license = '' }) => license.replaceAll(/[()]/gu, '').split(/ OR | AND /u)))
    assert.deepEqual(
      [...allowed].filter((name) => !met.has(name)),
      [],
    )
  })

  it('would be refused under other licences', () => {
    assert.equal(isAllowed('GPL-3.0-only'), false)
    assert.equal(isAllowed('(MIT OR EUPL-1.1+)'), true)
    assert.equal(isAllowed('MIT AND GPL-2.0-only'), false)
    assert.equal(isAllowed('none'), false)
  })
})
