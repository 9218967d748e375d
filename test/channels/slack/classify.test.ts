import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classify } from '../../../src/channels/slack/classify.ts'
import { slackErrors } from '../../../src/channels/slack/errors.ts'
import { type Delivery } from '../../../src/model/delivery.ts'

const now = Date.UTC(2026, 0, 1)
const token = 'xoxb-0123456789-abcdefghijklmnopqrstuvwx'

function answered(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Delivery {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return classify({ status, headers: new Map(Object.entries(headers)), body: text }, { now, token })
}

/** Outcome, reason and wait. */
function verdict(delivery: Delivery): string {
  const { outcome } = delivery
  if (outcome === 'sent') return outcome
  const wait = outcome === 'retry' && delivery.afterMs !== undefined ? ` ${delivery.afterMs}` : ''
  return `${outcome} ${delivery.reason}${wait}`
}

/** What each error must come to, by what somebody can do about it. */
const expected: Readonly<Record<string, string>> = {
  'retry rateLimited': 'ratelimited rate_limited message_limit_exceeded',
  'retry serverError':
    'fatal_error internal_error service_unavailable request_timeout team_added_to_org org_login_required',
  'failed authError':
    'invalid_auth not_authed account_inactive token_expired token_revoked not_allowed_token_type ' +
    'two_factor_setup_required missing_scope no_permission access_denied accesslimited app_access_restricted ' +
    'ekm_access_denied enterprise_is_restricted team_access_not_granted',
  'failed clientError':
    'channel_not_found not_in_channel is_archived cannot_dm_bot messages_tab_disabled restricted_action ' +
    'restricted_action_read_only_channel restricted_action_thread_only_channel ' +
    'restricted_action_non_threadable_channel restricted_action_thread_locked team_not_found msg_too_long ' +
    'msg_blocks_too_long no_text invalid_blocks invalid_blocks_format invalid_attachments too_many_attachments ' +
    'as_user_not_supported metadata_too_large invalid_metadata_format invalid_metadata_schema ' +
    'metadata_must_be_sent_from_app invalid_arguments invalid_arg_name invalid_array_arg invalid_charset ' +
    'invalid_form_data invalid_post_type missing_post_type invalid_json json_not_object unknown_method ' +
    'method_deprecated deprecated_endpoint',
}

describe('what an answer of Slack means', () => {
  it('never quotes the token, nor what is left of it where a text is cut or spelled otherwise', () => {
    const hex = Buffer.from(token).toString('hex')
    for (const place of [0, 170, 185, 195, 199]) {
      const messages = [`${'x'.repeat(place)} ${token}`]
      const { detail } = answered(200, { ok: false, error: 'invalid_blocks', response_metadata: { messages } })
      assert.doesNotMatch(detail ?? '', /xoxb/u, `at ${place}`)
    }
    const { detail } = answered(200, { ok: false, error: hex.slice(0, 64), warning: token })
    assert.match(detail ?? '', /an error without a code/u)
  })

  it('is decided row by row for every error that Slack documents', () => {
    const walked: string[] = []
    for (const [wanted, errors] of Object.entries(expected)) {
      for (const error of errors.split(' ')) {
        const delivery = answered(200, { ok: false, error })
        assert.equal(verdict(delivery), wanted, error)
        assert.ok(delivery.detail?.includes(error), error)
        walked.push(error)
      }
    }
    assert.deepEqual(walked.toSorted(), [...slackErrors.keys()].toSorted())
  })

  it('tells a remedy with every error that somebody must mend', () => {
    for (const [error, { outcome, remedy }] of slackErrors) {
      assert.equal(remedy !== undefined, outcome === 'failed', error)
      if (remedy !== undefined) assert.ok(answered(200, { ok: false, error }).detail?.endsWith(remedy), error)
    }
    assert.match(answered(200, { ok: false, error: 'not_in_channel' }).detail ?? '', /invite the app to the channel/u)
  })

  it('comes from the body before the status', () => {
    const cases: readonly (readonly [number, unknown, string])[] = [
      [200, { ok: true, channel: 'C1', ts: '1.2' }, 'sent'],
      [200, { ok: false }, 'failed clientError'],
      [200, { ok: false, error: 'some_new_error' }, 'failed clientError'],
      [200, { ok: false, error: 42 }, 'failed clientError'],
      [403, { ok: false, error: 'channel_not_found' }, 'failed clientError'],
      [400, { ok: false, error: 'internal_error' }, 'retry serverError'],
      [503, { ok: false, error: 'channel_not_found' }, 'retry serverError'],
      [500, { ok: true }, 'retry serverError'],
      [404, { ok: true }, 'failed clientError'],
      [302, { ok: true }, 'failed clientError'],
      [429, { ok: false, error: 'ratelimited' }, 'retry rateLimited'],
    ]
    for (const [status, body, wanted] of cases) {
      assert.equal(verdict(answered(status, body)), wanted, `${status} ${JSON.stringify(body)}`)
    }
  })

  it('is never success without its word', () => {
    const bodies = [
      '',
      'ok',
      '<html>200</html>',
      '{"ok":',
      'null',
      '[]',
      '[{"ok":true}]',
      '{"ok":"true"}',
      '{"ok":1}',
      '"ok"',
      '{}',
      '{"error":"x","ok":',
    ]
    for (const body of bodies) assert.equal(verdict(answered(200, body)), 'retry serverError', body)
    for (const body of ['', '<html>']) {
      assert.equal(verdict(answered(502, body)), 'retry serverError')
      assert.equal(verdict(answered(401, body)), 'failed authError')
      assert.equal(verdict(answered(404, body)), 'failed clientError')
    }
  })

  it('is success when the message that it repeats was too long to be read whole', () => {
    const whole = JSON.stringify({ ok: true, channel: 'C1', message: { text: 'x'.repeat(100) } })
    assert.equal(verdict(answered(200, whole.slice(0, 60))), 'sent')
    assert.equal(verdict(answered(200, whole.replace('true', 'false').slice(0, 60))), 'retry serverError')
  })

  it('has the wait that Slack asks for', () => {
    assert.equal(verdict(answered(429, '', { 'retry-after': '30' })), 'retry rateLimited 30000')
    assert.equal(
      verdict(answered(200, { ok: false, error: 'ratelimited' }, { 'retry-after': '7' })),
      'retry rateLimited 7000',
    )
    const date = new Date(now + 90_000).toUTCString()
    assert.equal(
      verdict(answered(429, { ok: false, error: 'ratelimited' }, { 'retry-after': date })),
      'retry rateLimited 90000',
    )
    assert.equal(verdict(answered(429, '', { 'retry-after': 'soon' })), 'retry rateLimited')
  })

  it('quotes what Slack says about blocks, and its warnings, on one short line', () => {
    const messages = [
      '[ERROR] must be less than 3001 characters\r\n[json-pointer:/blocks/0/text/text]',
      'x'.repeat(5_000),
    ]
    const { detail = '' } = answered(200, { ok: false, error: 'invalid_blocks', response_metadata: { messages } })
    assert.match(detail, /^refused the message: invalid_blocks; it says: \[ERROR\] must be .* \[json-pointer/u)
    assert.ok(detail.length < 500 && !/[\r\n]/u.test(detail))
    const warned = answered(200, { ok: true, warning: 'missing_charset' })
    assert.deepEqual(warned, { outcome: 'sent', detail: 'took the message; warning: missing_charset' })
    assert.equal(answered(200, { ok: false, error: 'a b <script>' }).detail?.includes('script'), false)
  })
})
