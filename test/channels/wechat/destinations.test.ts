import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { destinationsOf } from '../../../src/channels/wechat/destinations.ts'
import { type WechatRequest } from '../../../src/channels/wechat/plan.ts'
import { openBench } from './wechat-bench.ts'
import { SecretText } from '../../../src/model/secret.ts'

const request: WechatRequest = {
  origin: 'https://qyapi.weixin.qq.com',
  apiUrl: new SecretText('https://qyapi.weixin.qq.com/cgi-bin/'),
  corpId: 'corp',
  agentId: '7',
  secret: { name: 'wechat', key: 'secret' },
  toUser: '',
  toParty: '',
  toTag: '',
  text: '',
  last: true,
  maxTokenAgeMs: 0,
}

/** Keys of the destinations that have limits. */
function limited(rest: Partial<WechatRequest>): readonly string[] {
  return destinationsOf({ ...request, ...rest })
    .filter(({ limits = [] }) => limits.length > 0)
    .map(({ key }) => key)
}

const users = (count: number): string => Array.from({ length: count }, (_, index) => `u${index}`).join('|')

describe('destinations of WeChat Work', () => {
  it('limit each member that a message names, whatever the case, and all of an app at once when it names many', () => {
    const app = 'https://qyapi.weixin.qq.com/cgi-bin/ corp 7'
    assert.deepEqual(limited({ toUser: 'Ann|bob' }), [`${app} user ann`, `${app} user bob`])
    const many = [
      { toParty: '1' },
      { toTag: '1' },
      { toUser: '@all' },
      { toUser: 'ann', toTag: '1' },
      { toUser: users(11) },
    ]
    for (const rest of many) assert.deepEqual(limited(rest), [`${app} many`])
    assert.equal(limited({ toUser: users(10) }).length, 10)
  })

  it('let no member have more than the vendor allows, named or among many', () => {
    const perMinute = (rest: Partial<WechatRequest>, perMs: number): number =>
      Math.max(
        ...destinationsOf({ ...request, ...rest }).flatMap(({ limits = [] }) =>
          limits.filter((limit) => limit.perMs === perMs).map(({ limit }) => limit),
        ),
      )
    assert.ok(perMinute({ toUser: 'ann' }, 60_000) + perMinute({ toParty: '1' }, 60_000) <= 30)
    assert.ok(perMinute({ toUser: 'ann' }, 3_600_000) + perMinute({ toParty: '1' }, 3_600_000) <= 1_000)
  })

  it('keep apps apart, and lay at the door of the host only that it is not there', () => {
    const [host, app] = destinationsOf({ ...request, toUser: 'ann' })
    const [sameHost, otherApp] = destinationsOf({ ...request, agentId: '8', toUser: 'ann' })
    assert.deepEqual([host?.key, host?.blamedFor], [sameHost?.key, ['unreached', 'connectionError']])
    assert.notEqual(app?.key, otherApp?.key)
  })

  it('are asked before anything is sent, and a message without room is given back', async () => {
    const bench = await openBench()
    const deferred = {
      outcome: 'deferred',
      cause: 'throttle',
      reason: 'rateLimited',
      detail: 'wait',
      afterMs: 1,
    } as const
    const asked: string[] = []
    const context = {
      ...bench.rig.context(bench.secrets),
      admit: (...destinations: readonly { readonly label: string }[]) => {
        asked.push(...destinations.map(({ label }) => label))
        return Promise.resolve(deferred)
      },
    }
    assert.equal(await bench.sender.send(bench.planOf()[0] ?? assert.fail(), context), deferred)
    assert.deepEqual(asked, ['WeChat Work', 'WeChat Work application', 'WeChat Work member'])
    assert.deepEqual(bench.paths(), [])
    await bench.close()
  })
})
