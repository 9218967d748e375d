import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Alert } from '../../src/model/alert.ts'
import { NotReadyError } from '../../src/model/errors.ts'
import { aRuleset, fixture, openDoor } from './harness.ts'

interface Explained {
  readonly ruleset: string
  readonly explanations: readonly { readonly alert: { readonly labels: Record<string, string> } }[]
}

async function ask(server: Awaited<ReturnType<typeof openDoor>>['server'], payload: string) {
  return server.inject({
    method: 'POST',
    url: '/api/v1/explain',
    payload,
    headers: { 'content-type': 'application/json' },
  })
}

describe('POST /api/v1/explain', () => {
  it('explains each alert of a webhook body', async (t) => {
    const { server } = await openDoor(t)

    const { ruleset, explanations } = (await ask(server, fixture('firing'))).json<Explained>()

    assert.equal(ruleset, 'ruleset-1')
    assert.deepEqual(
      explanations.map(({ alert }) => alert.labels['pod']),
      ['api-7d9c6b5f4-2xk8w', 'api-7d9c6b5f4-qz5tn'],
    )
  })

  it('explains bare labels, whatever their names', async (t) => {
    const asked: Alert[] = []
    const ruleset = aRuleset({
      explain(alert) {
        asked.push(alert)
        return Promise.resolve({ ruleset: 'ruleset-1', alert, tenants: [], platform: [], receivers: [] })
      },
    })
    const { server } = await openDoor(t, { current: () => ({ ruleset, problems: [] }) })

    const { body } = await ask(server, '{"labels": {"__proto__": "a", "constructor": "b", "x.y": "c"}}')

    assert.deepEqual([...(asked[0]?.labels ?? [])].length, 3)
    assert.match(body, /"__proto__":"a"/u)
  })

  it('refuses what is neither, and more alerts than a person reads', async (t) => {
    const { server } = await openDoor(t)
    const many = JSON.stringify({ alerts: Array.from({ length: 11 }, () => ({ labels: {} })) })

    for (const body of ['{}', '{"labels": 5}', '{"labels": {"a": 1}}', '[]', many]) {
      assert.equal((await ask(server, body)).statusCode, 400, body.slice(0, 40))
    }
  })

  it('is answered with 503 while a tenant lookup cannot be made', async (t) => {
    const ruleset = aRuleset({ explain: () => Promise.reject(new NotReadyError('RoleBindings cannot be read')) })
    const { server } = await openDoor(t, { current: () => ({ ruleset, problems: [] }) })

    assert.equal((await ask(server, '{"labels": {}}')).statusCode, 503)
  })
})
