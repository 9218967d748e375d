import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCredentials, type CredentialSet, type Role } from '../../src/server/credentials.ts'
import { type Access } from '../../src/server/guard.ts'
import { fixture, openDoor, post } from './harness.ts'

const firing = fixture('firing')

function set(text: string): CredentialSet {
  const read = readCredentials(text)
  if (typeof read === 'string') assert.fail(read)
  return read
}

function access(credentials: Partial<Record<Role, string>>, postsPerSecond = 0): Access {
  const sets = Object.fromEntries(Object.entries(credentials).map(([role, text]) => [role, set(text)]))
  return { credentials: (role) => sets[role], clientCertificates: false, postsPerSecond }
}

function faultOf(text: string): string {
  const read = readCredentials(text)
  return typeof read === 'string' ? read : assert.fail('these are credentials')
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('credentials of the door', () => {
  it('are judged before the body is', async (t) => {
    const door = await openDoor(t, { access: access({ ingest: 'right', read: 'other' }) })

    const missing = await post(door.server, 'not json')
    const wrong = await post(door.server, 'not json', { headers: bearer('wrong') })
    const another = await post(door.server, 'not json', { headers: bearer('other') })
    const right = await post(door.server, firing, { headers: bearer('right') })

    assert.deepEqual(
      [missing, wrong, another, right].map(({ statusCode }) => statusCode),
      [401, 401, 403, 200],
    )
    assert.equal(missing.headers['www-authenticate'], 'Bearer, Basic realm="notification-manager"')
    assert.doesNotMatch(door.log.text(), /wrong|right|other/u)
  })

  it('may be several at once, so that they can be rotated without a lost post', async (t) => {
    const door = await openDoor(t, { access: access({ ingest: '# old, until Friday\nold-token\n\nnew-token\n' }) })

    for (const token of ['old-token', 'new-token']) {
      assert.equal((await post(door.server, firing, { headers: bearer(token) })).statusCode, 200)
    }
  })

  it('may be a user and a password', async (t) => {
    const door = await openDoor(t, { access: access({ ingest: 'alertmanager:pass:wörd' }) })
    const header = (text: string): Record<string, string> => ({
      authorization: `basic  ${Buffer.from(text).toString('base64')}`,
    })

    assert.equal((await post(door.server, firing, { headers: header('alertmanager:pass:wörd') })).statusCode, 200)
    assert.equal((await post(door.server, firing, { headers: header('alertmanager:pass') })).statusCode, 401)
  })

  const endpoints: readonly (readonly ['GET' | 'POST' | 'PUT', string, Role | undefined])[] = [
    ['GET', '/-/ready', undefined],
    ['GET', '/-/live', undefined],
    ['GET', '/-/healthy', undefined],
    ['POST', '/api/v2/alerts', 'ingest'],
    ['GET', '/status', 'read'],
    ['GET', '/receivers', 'read'],
    ['GET', '/metrics', 'read'],
    ['GET', '/api/v1/history', 'read'],
    ['GET', '/api/v1/dead-letters', 'read'],
    ['GET', '/api/v1/ruleset', 'read'],
    ['GET', '/api/v1/refused-posts', 'read'],
    ['POST', '/api/v1/explain', 'read'],
    ['POST', '/-/reload', 'admin'],
    ['PUT', '/-/reload', 'admin'],
    ['POST', '/api/v1/dead-letters/some-id/replay', 'admin'],
  ]
  for (const [method, url, role] of endpoints) {
    it(`open ${method} ${url} to ${role ?? 'everybody'}`, async (t) => {
      const door = await openDoor(t, { access: access({ ingest: 'i', read: 'r', admin: 'a' }) })
      const opened: string[] = []
      for (const token of ['i', 'r', 'a', 'x']) {
        const { statusCode } = await door.server.inject({ method, url, headers: bearer(token) })
        if (statusCode !== 401 && statusCode !== 403) opened.push(token)
      }

      const wanted = { ingest: ['i'], read: ['r', 'a'], admin: ['a'] }
      assert.deepEqual(opened, role === undefined ? ['i', 'r', 'a', 'x'] : wanted[role])
    })
  }

  it('of readers close what changes something, when the administrators have none', async (t) => {
    const door = await openDoor(t, { access: access({ read: 'r' }) })

    const reload = await door.server.inject({ method: 'POST', url: '/-/reload', headers: bearer('r') })

    assert.equal(reload.statusCode, 403)
  })

  it('that make no sense are refused without being quoted', () => {
    assert.match(faultOf('# nothing\n'), /holds no credential/u)
    assert.match(faultOf('good\nt wo words'), /^credential 2 is no bearer token/u)
    assert.doesNotMatch(faultOf('s3cr et'), /s3cr/u)
  })
})

describe('a source that posts too much', () => {
  it('is asked to try again, while others are served, and has its turn back after a while', async (t) => {
    const door = await openDoor(t, { access: access({}, 2) })
    const from = (remoteAddress: string): Promise<number> =>
      door.server
        .inject({ method: 'POST', url: '/api/v2/alerts', payload: JSON.parse(firing) as object, remoteAddress })
        .then(({ statusCode }) => statusCode)

    const flood: number[] = []
    for (let time = 0; time < 6; time += 1) flood.push(await from('10.0.0.1'))
    const other = await from('10.0.0.2')
    await door.clock.advance(1_000)

    assert.deepEqual(flood, [200, 200, 200, 200, 503, 503])
    assert.equal(other, 200)
    assert.equal(await from('10.0.0.1'), 200)
  })

  it('takes no turns from those who may post, when it may not and shares their address', async (t) => {
    const door = await openDoor(t, { access: access({ ingest: 'right' }, 1) })
    const statuses: number[] = []
    for (const token of ['guess', 'guess', 'guess', 'right', 'right', 'right']) {
      statuses.push((await post(door.server, firing, { headers: bearer(token) })).statusCode)
    }

    assert.deepEqual(statuses, [401, 401, 503, 200, 200, 503])
  })

  it('is told apart by the network of its subscriber when it speaks IPv6', async (t) => {
    const door = await openDoor(t, { access: access({}, 1) })
    const statuses: number[] = []
    for (const remoteAddress of ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1::3', '2001:db8:0:2::1']) {
      const answer = await door.server.inject({
        method: 'POST',
        url: '/api/v2/alerts',
        payload: JSON.parse(firing) as object,
        remoteAddress,
      })
      statuses.push(answer.statusCode)
    }

    assert.deepEqual(statuses, [200, 200, 503, 200])
  })
})
