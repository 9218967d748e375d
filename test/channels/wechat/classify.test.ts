import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judge, type Asked } from '../../../src/channels/errcode.ts'
import { type HttpResponse } from '../../../src/channels/http-client.ts'
import { refusalsOf, wechatWork } from '../../../src/channels/wechat/classify.ts'

const asked: Asked = { origin: 'https://qyapi.weixin.qq.com', now: 0, secrets: ['s3cret-value'] }

function answer(body: string, status = 200): HttpResponse {
  return { status, headers: new Map(), body }
}

function judgeCode(errcode: number | string, errmsg = 'words') {
  return judge(answer(JSON.stringify({ errcode, errmsg })), wechatWork, asked)
}

const final = 'failed clientError'
const denied = 'failed authError'

/** What each code must come to: the vendor's table, read anew. */
const expected: Readonly<Record<number, string>> = {
  [-1]: 'retry serverError',
  40001: `${denied} token`,
  40003: final,
  40008: final,
  40013: denied,
  40014: 'retry authError token',
  40031: final,
  40032: final,
  40033: final,
  40035: final,
  40056: denied,
  40058: final,
  40063: final,
  40066: final,
  40068: final,
  40070: final,
  40091: denied,
  41001: 'retry authError token',
  41002: denied,
  41004: denied,
  41011: final,
  42001: 'retry authError token',
  44004: final,
  45002: final,
  45009: 'retry rateLimited 60000',
  45033: 'retry rateLimited 1000',
  46004: final,
  48002: denied,
  50002: final,
  50003: denied,
  60003: final,
  60011: final,
  60020: denied,
  60111: final,
  60123: final,
  81013: final,
  82001: final,
  82002: final,
  82003: final,
  301002: denied,
}

describe('errors of WeChat Work', () => {
  for (const [code, means] of Object.entries(expected)) {
    it(`${code} is ${means}`, () => {
      const { delivery, tokenRefused } = judgeCode(Number(code))
      assert.notEqual(delivery.outcome, 'sent')
      const reason = 'reason' in delivery ? delivery.reason : ''
      const after = 'afterMs' in delivery ? ` ${delivery.afterMs ?? ''}` : ''
      assert.equal(`${delivery.outcome} ${reason}${after}${tokenRefused ? ' token' : ''}`, means)
      assert.match(
        delivery.detail ?? '',
        new RegExp(`qyapi\\.weixin\\.qq\\.com answered errcode ${code}: .+words`, 'u'),
      )
    })
  }

  it('has no row that was not read above, none twice, and each with a link to its own page', () => {
    const codes = wechatWork.rows.map(({ code }) => code)
    assert.deepEqual(codes.toSorted(), Object.keys(expected).map(Number).toSorted())
    for (const { code, source } of wechatWork.rows) {
      assert.equal(source, `https://open.work.weixin.qq.com/devtool/query?e=${code}`)
    }
  })

  it('0 is sent, as a number or as text', () => {
    assert.deepEqual(judgeCode(0).delivery, { outcome: 'sent' })
    assert.deepEqual(judgeCode('0').delivery, { outcome: 'sent' })
  })

  it('a code that is in no table is final, as the vendor asks for', () => {
    const { delivery } = judgeCode(99_999)
    assert.equal(delivery.outcome, 'failed')
    assert.match(delivery.detail, /errcode 99999: an error that is not known here; it said: words/u)
  })

  it('a remedy is said where there is one', () => {
    assert.match(judgeCode(60020).delivery.detail ?? '', /trusted IP addresses/u)
    assert.match(judgeCode(81013).delivery.detail ?? '', /visible range/u)
  })

  it('what is no answer of the API is retried, whatever its status says', () => {
    const bodies = [
      '',
      'null',
      '[]',
      '"ok"',
      '{}',
      '{"errmsg":"ok"}',
      '{"errcode":null}',
      '{"errcode":0.5}',
      '{"errcode":0',
    ]
    for (const body of [...bodies, '<html>errcode 0</html>', '{"__proto__":{"errcode":0}}', '\u0000'.repeat(9)]) {
      const { delivery } = judge(answer(body), wechatWork, asked)
      assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['retry', 'serverError'], body)
    }
  })

  it('a status that is no success goes before the body', () => {
    const of = (status: number) => judge(answer('{"errcode":0}', status), wechatWork, asked).delivery
    assert.deepEqual(
      [500, 502, 429, 401, 403, 404, 302].map((status) => {
        const delivery = of(status)
        return `${delivery.outcome} ${'reason' in delivery ? delivery.reason : ''}`
      }),
      ['retry serverError', 'retry serverError', 'retry rateLimited', denied, denied, final, final],
    )
  })

  it("the vendor's words are one bounded line without credentials", () => {
    const forms = ['s3cret-value', Buffer.from('s3cret-value').toString('base64')]
    const { delivery } = judgeCode(40003, `a\r\nb\u2028c ${forms.join(' ')} ${'x'.repeat(10_000)}`)
    const detail = delivery.detail ?? ''
    assert.match(detail, /it said: a b c <redacted> <redacted> x+$/u)
    assert.ok(detail.length < 500)
  })
})

describe('whom a message did not reach', () => {
  it('is read from the lists beside a success', () => {
    const fields = { invaliduser: 'ann|bob', invalidparty: '7', invalidtag: ' 9 |', unlicenseduser: 'cem' }
    assert.deepEqual(
      refusalsOf(fields).map(({ target, reason }) => `${target} ${reason}`),
      [
        'user ann clientError',
        'user bob clientError',
        'department 7 clientError',
        'tag 9 clientError',
        'user cem clientError',
      ],
    )
    assert.match(refusalsOf(fields)[4]?.detail ?? '', /licence/u)
  })

  it('is nobody when the lists are empty, absent or no lists', () => {
    for (const fields of [{}, { invaliduser: '' }, { invaliduser: null, invalidtag: ['a'], invalidparty: 7 }]) {
      assert.deepEqual(refusalsOf(fields), [])
    }
  })
})
