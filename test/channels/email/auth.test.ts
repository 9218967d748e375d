import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseMechanism, MailAuthError } from '../../../src/channels/email/auth.ts'

const encrypted = { encrypted: true, plaintextAllowed: false }
const open = { encrypted: false, plaintextAllowed: false }
const both = { username: 'u', identity: '', password: 'p', secret: 's' }
const passwordOnly = { username: 'u', identity: '', password: 'p' }
const secretOnly = { username: 'u', identity: '', secret: 's' }

test('the first mechanism that both sides can is CRAM-MD5, then PLAIN, then LOGIN', () => {
  assert.equal(chooseMechanism(['LOGIN', 'PLAIN', 'CRAM-MD5'], both, encrypted), 'CRAM-MD5')
  assert.equal(chooseMechanism(['LOGIN', 'PLAIN', 'CRAM-MD5'], passwordOnly, encrypted), 'PLAIN')
  assert.equal(chooseMechanism(['LOGIN', 'CRAM-MD5'], passwordOnly, encrypted), 'LOGIN')
  assert.equal(chooseMechanism(['LOGIN'], both, encrypted), 'LOGIN')
})

test('without TLS only CRAM-MD5 is spoken, unless plain text was allowed', () => {
  assert.equal(chooseMechanism(['CRAM-MD5', 'PLAIN'], secretOnly, open), 'CRAM-MD5')
  assert.equal(chooseMechanism(['PLAIN'], passwordOnly, { encrypted: false, plaintextAllowed: true }), 'PLAIN')
  assert.throws(
    () => chooseMechanism(['PLAIN'], passwordOnly, open),
    (error) => error instanceof MailAuthError && error.temporary && /requireTLS: false/u.test(error.summary),
  )
})

test('no common mechanism is final, and says what each side has', () => {
  const refusal = (offered: readonly string[], credentials: Parameters<typeof chooseMechanism>[1]) => {
    try {
      chooseMechanism(offered, credentials, encrypted)
    } catch (error) {
      if (error instanceof MailAuthError) return error
    }
    return assert.fail('a mechanism was found')
  }
  const refused = refusal(['PLAIN', 'LOGIN'], secretOnly)
  assert.equal(refused.temporary, false)
  assert.match(refused.summary, /offers PLAIN, LOGIN, the config has CRAM-MD5 \(authSecret\)/u)
  assert.match(refusal([], passwordOnly).summary, /none that is known here, the config has PLAIN or LOGIN/u)
  assert.match(refusal(['PLAIN'], { username: 'u', identity: '' }).summary, /neither authPassword nor authSecret/u)
})
