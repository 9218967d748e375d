import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redact } from '../../src/model/redact.ts'

const secret = 'S3cr&t/"phrase"+of=2026?ö'

describe('redacting credentials', () => {
  const forms: Readonly<Record<string, string>> = {
    'as it is': secret,
    'in other case': secret.toUpperCase().replace('Ö', 'ö'),
    'percent-encoded': encodeURIComponent(secret),
    'percent-encoded in lower case': encodeURIComponent(secret).toLowerCase(),
    'as a field of a form': new URLSearchParams({ a: secret }).toString().slice(2),
    'escaped for JSON': JSON.stringify(secret).slice(1, -1),
    'escaped for JSON with its slashes': JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll('/', String.raw`\/`),
    'escaped for JSON in JSON': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    'escaped for HTML': secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    'in hexadecimal': Buffer.from(secret).toString('hex').toUpperCase(),
    'in Base64': Buffer.from(secret).toString('base64'),
    'in Base64 for URLs': Buffer.from(secret).toString('base64url'),
    'its first half': secret.slice(0, 13),
    'its last half': secret.slice(-13),
  }
  for (const [name, form] of Object.entries(forms)) {
    it(`takes one out ${name}`, () => {
      assert.equal(redact(`it said: ${form}.`, ['other-secret', secret]), 'it said: <redacted>.')
    })
  }

  for (const user of ['', 'a', 'ab', 'abc']) {
    it(`takes one out of the Base64 of ${JSON.stringify(`${user}:password`)}`, () => {
      const encoded = Buffer.from(`${user}:${secret}\0end`).toString('base64')
      const shown = redact(`Basic ${encoded}`, [secret])
      assert.match(shown, /^Basic .{0,8}<redacted>.{0,8}$/u)
    })
  }

  it('takes out several, and runs that touch or lie in one another as one', () => {
    assert.equal(redact('first-secret,second-secret', ['first-secret', 'second-secret']), '<redacted>,<redacted>')
    assert.equal(redact('first-secretsecond-secret!', ['first-secret', 'second-secret']), '<redacted>!')
    assert.equal(redact('user:first-secret', ['first-secret', 'user:first-secret']), '<redacted>')
  })

  it('takes a line of a private key out', () => {
    const line = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg'
    const pem = ['-----BEGIN PRIVATE KEY-----', line, line.toLowerCase(), '-----END PRIVATE KEY-----', ''].join('\n')
    assert.equal(redact(`not PEM: ${line}`, [pem]), 'not PEM: <redacted>')
  })

  it('leaves the origin of a URL to see, and nothing else of it', () => {
    const url = 'https://ann:passw0rd-of-ann@chat.example/robot/send?access_token=abcdef0123456789&x=1'
    assert.equal(redact(`https://chat.example answered 500`, [url]), 'https://chat.example answered 500')
    assert.equal(redact('no robot abcdef0123456789', [url]), 'no robot <redacted>')
    assert.equal(redact('cannot POST /robot/send', [url]), 'cannot POST <redacted>')
    const relay = 'https://relay.example/v1/0123456789abcdef/cgi'
    assert.equal(
      redact('at /v1/0123456789abcdef/cgi/gettoken: 01234567', [relay]),
      'at <redacted>/gettoken: <redacted>',
    )
    assert.equal(redact('ann:passw0rd-of-ann', [url]), 'ann:<redacted>')
    assert.doesNotMatch(redact(url, [url]), /abcdef|passw0rd/u)
  })

  it('leaves ordinary words, short parts and very short values alone', () => {
    const said = 'the server at mail.example said: authentication failed (535 5.7.8), error 3 of 4'
    assert.equal(redact(said, [secret, 'abc', 'the-authenticated-chat-robot', '']), said)
    assert.equal(redact('', [secret]), '')
  })

  it('takes a short value out where it stands whole', () => {
    assert.equal(
      redact('bad password test, dGVzdA==; testing', ['test']),
      'bad password <redacted>, <redacted>; <redacted>ing',
    )
  })
})
