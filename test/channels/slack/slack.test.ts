import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { slack } from '../../../src/channels/slack/slack.ts'

describe('slack', () => {
  it('needs a config, and a config a token', () => {
    assert.equal(slack.needsConfig({ channel: 'alerts' }), true)
    const check = (spec: object) => slack.config.check?.(spec as never) ?? []
    assert.deepEqual(check({ slackTokenSecret: { name: 'slack', key: 'token' } }), [])
    assert.equal(check({})[0]?.path, 'spec.slackTokenSecret')
  })

  it('gives an attempt three seconds unless told otherwise', () => {
    assert.equal(slack.timeoutMs({}), 3_000)
    assert.equal(slack.timeoutMs({ notificationTimeout: 0 }), 3_000)
    assert.equal(slack.timeoutMs({ notificationTimeout: 5 }), 5_000)
    assert.equal(slack.timeoutMs({ notificationTimeout: '1m30s' }), 90_000)
    assert.equal(slack.timeoutMs({ notificationTimeout: Number.MAX_SAFE_INTEGER }), 600_000)
  })
})
