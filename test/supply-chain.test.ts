import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

/** One package of the lockfile. */
interface Locked {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
}

/** What an installed package says of itself. */
interface Installed {
  readonly version: string
  readonly license?: string
  readonly scripts?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
const production = packages.filter(([, { dev }]) => dev !== true)

/** The licences of the README's sentence. */
const [, sentence = ''] = /production packages are under ([^;]+);/u.exec(readme) ?? []
const allowed = sentence.split(/,\s*|\s+or\s+/u).map((name) => name.trim())

/** Of an SPDX expression we may choose among alternatives; nothing more complicated is read, and so refused. */
function isAllowed(expression: string): boolean {
  const alternatives = expression.replace(/^\((.+)\)$/u, '$1').split(' OR ')
  return alternatives.some((licence) => allowed.includes(licence))
}

function installed(path: string): Installed {
  return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Installed
}

describe('supply chain', () => {
  it('has enough packages and licences to mean something', () => {
    assert.ok(production.length > 100 && production.length < packages.length)
    assert.ok(allowed.length >= 5 && allowed.includes('MIT') && !isAllowed('GPL-3.0-only'), sentence)
  })

  it('pins every package by its content, and names no registry', () => {
    const loose = packages.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)
    const placed = packages.filter(([, { resolved }]) => resolved !== undefined)

    assert.deepEqual([loose, placed], [[], []])
  })

  it('asks for exact versions', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Readonly<
      Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
    >
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/u.test(version),
    )

    assert.deepEqual(ranges, [])
  })

  it('runs the install script of no package but node', () => {
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)

    assert.deepEqual(scripted, ['node_modules/node'])
  })

  it('takes production packages only under the licences that the README lists, and lists no other', () => {
    const wrong = production.filter(([, { license }]) => license === undefined || !isAllowed(license))
    const unused = allowed.filter((name) => !production.some(([, { license }]) => license === name))

    assert.deepEqual(
      wrong.map(([path, { license }]) => [path, license]),
      [],
    )
    assert.deepEqual(unused, [])
  })

  it('installs production packages that say of themselves what the lockfile says of them', () => {
    const wrong = production.filter(([path, { version, license }]) => {
      const found = installed(path)
      const scripts = ['preinstall', 'install', 'postinstall'].filter((name) => found.scripts?.[name] !== undefined)
      const builds = existsSync(join(root, path, 'binding.gyp'))
      return found.version !== version || found.license !== license || scripts.length > 0 || builds
    })

    assert.deepEqual(
      wrong.map(([path]) => path),
      [],
    )
  })
})
