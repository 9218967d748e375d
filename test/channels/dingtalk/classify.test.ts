import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dingtalkApi, dingtalkRobot } from '../../../src/channels/dingtalk/classify.ts'
import { judge, type Asked, type ErrcodeVendor } from '../../../src/channels/errcode.ts'

const asked: Asked = { origin: 'https://oapi.dingtalk.com', now: 0, secrets: [] }

function judgeFields(vendor: ErrcodeVendor, fields: object) {
  return judge({ status: 200, headers: new Map(), body: JSON.stringify(fields) }, vendor, asked)
}

function inWords(vendor: ErrcodeVendor, fields: object): string {
  const { delivery, tokenRefused } = judgeFields(vendor, fields)
  const reason = 'reason' in delivery ? ` ${delivery.reason}` : ''
  const after = 'afterMs' in delivery ? ` ${delivery.afterMs ?? ''}` : ''
  return `${delivery.outcome}${reason}${after}${tokenRefused ? ' token' : ''}`
}

const final = 'failed clientError'
const denied = 'failed authError'
const minute = 'retry rateLimited 60000'

/** What each code of a robot must come to: the vendor's tables, read anew. */
const robot: Readonly<Record<number, string>> = {
  [-1]: 'retry serverError',
  88: denied,
  1111: 'retry rateLimited 5000',
  40035: final,
  43004: final,
  90030: 'retry rateLimited 3600000',
  101002: final,
  130101: minute,
  300001: denied,
  300005: denied,
  310000: denied,
  400013: final,
  400101: denied,
  400102: denied,
  400105: final,
  400106: denied,
  410100: minute,
  430101: final,
  430102: final,
  430103: final,
  430104: final,
  460101: final,
}

/** The same for the API of applications. */
const api: Readonly<Record<number, string>> = {
  [-1]: 'retry serverError',
  88: denied,
  33001: denied,
  34001: final,
  34004: final,
  34007: final,
  34013: final,
  34014: final,
  40001: `${denied} token`,
  40008: final,
  40013: denied,
  40014: 'retry authError token',
  40015: final,
  40016: final,
  40033: final,
  40035: final,
  40089: denied,
  40096: denied,
  41001: 'retry authError token',
  41002: denied,
  41004: denied,
  42001: 'retry authError token',
  43007: denied,
  44004: final,
  45002: final,
  45009: minute,
  48002: denied,
  49000: final,
  50003: denied,
  50005: denied,
  60011: denied,
  60020: denied,
  90001: minute,
  90002: minute,
  90003: minute,
  90004: minute,
  90005: minute,
  90006: minute,
  90018: 'retry rateLimited 1000',
}

for (const [name, vendor, expected] of [
  ['a DingTalk robot', dingtalkRobot, robot],
  ["DingTalk's API", dingtalkApi, api],
] as const) {
  describe(`errors of ${name}`, () => {
    for (const [code, means] of Object.entries(expected)) {
      it(`${code} is ${means}`, () => {
        const fields = { errcode: Number(code), errmsg: '话' }
        assert.equal(inWords(vendor, fields), means)
        const detail = judgeFields(vendor, fields).delivery.detail ?? ''
        assert.match(detail, new RegExp(`^https://oapi\\.dingtalk\\.com answered errcode ${code}: .+话$`, 'u'))
      })
    }

    it('have no row that was not read above, none twice, and each with a link', () => {
      const codes = vendor.rows.map(({ code }) => code)
      assert.deepEqual(codes.toSorted(), Object.keys(expected).map(Number).toSorted())
      for (const { source } of vendor.rows) assert.match(source, /^https:\/\/[a-z.]+\/\S+$/u)
    })

    it('0 is sent, an unknown code is final, and what is no answer is retried', () => {
      assert.equal(inWords(vendor, { errcode: 0, errmsg: 'ok' }), 'sent')
      assert.equal(inWords(vendor, { errcode: 987_654 }), final)
      for (const fields of [{}, { status: 0 }, { errmsg: 'ok' }, { code: 0 }, { errcode: 'ok' }, { success: true }]) {
        assert.equal(inWords(vendor, fields), 'retry serverError', JSON.stringify(fields))
      }
    })
  })
}

describe('a robot that is punished', () => {
  it('waits as long as it is told to', () => {
    const punished = { status: 1111, wait: 7, source: 'x5', punish: 'deny', uuid: '1' }
    assert.equal(inWords(dingtalkRobot, punished), 'retry rateLimited 7000')
    assert.equal(
      inWords(dingtalkRobot, { ...punished, errcode: 0 }),
      'retry rateLimited 7000',
      'never taken for success',
    )
    assert.equal(inWords(dingtalkRobot, { ...punished, errcode: 130101 }), minute)
  })

  it('waits neither for ever nor for nothing', () => {
    const wait = (seconds: unknown) => inWords(dingtalkRobot, { status: 1111, punish: 'deny', wait: seconds })
    assert.deepEqual(
      [wait(10 ** 12), wait(-5), wait(0), wait('soon'), wait(undefined)],
      ['retry rateLimited 3600000', ...Array.from({ length: 4 }, () => 'retry rateLimited 5000')],
    )
  })
})

describe('an error behind the gateway of the API', () => {
  it('is what its inner code says', () => {
    const of = (code: unknown) =>
      inWords(dingtalkApi, { errcode: 88, errmsg: 'ding talk error', sub_code: code, sub_msg: 'x' })
    assert.deepEqual(
      [of('40014'), of(90_018), of('60011'), of('isv.unknown'), of('0'), of(undefined)],
      ['retry authError token', 'retry rateLimited 1000', denied, denied, denied, denied],
    )
  })
})
