import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { clockRemark, readWebhook, signed } from '../../../src/channels/dingtalk/robot.ts'
import { createRig } from '../../support/channel-rig.ts'

const webhook = new URL('https://oapi.dingtalk.com/robot/send?access_token=abc')

describe('the signature of a robot', () => {
  it('is the one that the vendor computes', () => {
    // printf '1577262236757\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64
    const url = signed(webhook, 'this is secret', 1_577_262_236_757.9)
    assert.equal(url.searchParams.get('timestamp'), '1577262236757')
    assert.equal(url.searchParams.get('sign'), 'hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=')
  })

  it('is encoded once: what arrives after one decoding is Base64', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 4e12 }), (secret, now) => {
        const { search } = signed(webhook, secret, now)
        const raw = /[?&]sign=([^&]*)/u.exec(search)?.[1] ?? assert.fail()
        const expected = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64')
        assert.equal(decodeURIComponent(raw), expected)
        assert.doesNotMatch(raw, /[+/=]/u)
      }),
    )
  })

  it('replaces an older one, and keeps the rest of the address', () => {
    const old = new URL('https://relay.test/hook/x?access_token=a%2Bb&timestamp=1&sign=old&sign=older&k=v')
    const { searchParams, pathname } = signed(old, 'secret', 1_700_000_000_000)
    assert.deepEqual(searchParams.getAll('timestamp'), ['1700000000000'])
    assert.equal(searchParams.getAll('sign').length, 1)
    assert.deepEqual([pathname, searchParams.get('access_token'), searchParams.get('k')], ['/hook/x', 'a+b', 'v'])
    assert.equal(old.searchParams.get('sign'), 'old', 'the address itself is left alone')
  })
})

describe('the address of a robot', () => {
  const rig = createRig()
  const read = (value: string) =>
    readWebhook({ name: 'robot', key: 'webhook' }, rig.context({ 'robot/webhook': value }))

  it('is read from its Secret, line ends and spaces taken off', async () => {
    for (const value of [webhook.href, `${webhook.href}\n`, ` ${webhook.href} \r\n`]) {
      assert.equal((await read(value)).href, webhook.href)
    }
  })

  it('must be one: other text is named by its Secret and not shown', async () => {
    for (const value of ['', 'abc-t0ken', 'ftp://x.test/', 'javascript:alert(1)', 'https://[', '//x.test', 'a\nb']) {
      await assert.rejects(read(value), (error: Error) => {
        assert.equal(error.name, 'CredentialError')
        assert.match(error.message, /key webhook of Secret robot/u)
        return value.length < 4 || !error.message.includes(value)
      })
    }
  })
})

describe('a refused signature', () => {
  const said = (words: string, code = 310000) => ({ code, words })
  const now = Date.UTC(2026, 0, 1, 12)
  const at = (ms: number): string => new Date(ms).toUTCString()

  it('is explained by a clock that is wrong', () => {
    const ahead = clockRemark(said('description:机器人发送签名过期'), at(now - 7_200_000), now)
    assert.match(ahead ?? '', /120 minutes ahead of DingTalk's.*set the clock/u)
    assert.match(clockRemark(said('sign not match'), at(now + 3_600_000), now) ?? '', /60 minutes behind/u)
  })

  it('is explained by the secret when the clock is right', () => {
    assert.match(clockRemark(said('sign not match'), at(now - 60_000), now) ?? '', /it is the secret/u)
  })

  it('says what to check when the time of the vendor is not known', () => {
    for (const date of [undefined, '', 'yesterday']) {
      assert.match(clockRemark(said('invalid timestamp'), date, now) ?? '', /2026-01-01T12:00:00.000Z/u)
    }
  })

  it('is not what other refusals are about', () => {
    assert.equal(clockRemark(said('keywords not in content'), at(0), now), undefined)
    assert.equal(clockRemark(said('sign not match', 300005), at(0), now), undefined)
  })
})
