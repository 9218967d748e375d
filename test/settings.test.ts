import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SettingsError } from '../src/model/errors.ts'
import { parseListen, parsePort, readSettings } from '../src/settings.ts'

describe('settings', () => {
  it('take the defaults that --help prints', () => {
    const settings = readSettings({}, {})

    assert.deepEqual(settings.listen, { host: '0.0.0.0', port: 19093 })
    assert.equal(settings.namespace, 'default')
    assert.equal(settings.maxAgeMs, 24 * 3_600_000)
    assert.equal(settings.graceMs, 0)
    assert.ok(Object.isFrozen(settings))
  })

  it('take lists as repeated flags and as commas', () => {
    const settings = readSettings({ egressAllow: ['10.0.0.0/8,fd00::/8', '127.0.0.1/32'], manifests: ['a', 'b'] }, {})

    assert.deepEqual(settings.egressAllow, ['10.0.0.0/8', 'fd00::/8', '127.0.0.1/32'])
    assert.deepEqual(settings.manifests, ['a', 'b'])
  })

  it("take the namespace from the flag, then from the predecessor's variable, then from the pod", () => {
    const environment = { NAMESPACE: 'monitoring', POD_NAMESPACE: 'pod' }

    assert.equal(readSettings({ namespace: 'flag' }, environment).namespace, 'flag')
    assert.equal(readSettings({}, environment).namespace, 'monitoring')
    assert.equal(readSettings({}, { POD_NAMESPACE: 'pod' }).namespace, 'pod')
  })

  const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ listen: '19093' }, /--listen: "19093" is not HOST:PORT/u],
    [{ listen: 'host:70000' }, /--listen/u],
    [{ logLevel: 'loud' }, /--log-level: "loud" is not one of debug, info, warn, error/u],
    [{ logFormat: 'xml' }, /--log-format/u],
    [{ postTimeout: '5' }, /--post-timeout: "5" is not a duration, for example 30s/u],
    [{ postTimeout: '0s' }, /--post-timeout/u],
    [{ maxAge: '-1h' }, /--max-age/u],
    [{ concurrency: '0' }, /--concurrency: "0" is not a whole number above 0/u],
    [{ maxPending: '1e3' }, /--max-pending/u],
    [{ slackApiUrl: 'slack.com' }, /--slack-api-url: "slack.com" is not an http or https address/u],
  ]
  for (const [flags, message] of refused) {
    it(`refuse ${JSON.stringify(flags)} and say what is taken`, () => {
      assert.throws(
        () => readSettings(flags, {}),
        (error) => error instanceof SettingsError && message.test(error.message),
      )
    })
  }

  it('read addresses in every spelling', () => {
    assert.deepEqual(parseListen(':19093'), { host: '0.0.0.0', port: 19093 })
    assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 })
    assert.deepEqual(parseListen('localhost:80'), { host: 'localhost', port: 80 })
    assert.throws(() => parsePort('--mailbox-smtp-port', 'x'), /--mailbox-smtp-port/u)
  })
})
