import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PayloadError } from '../../src/model/errors.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { toAlertGroup } from '../../src/server/payload.ts'
import { TooLargeError } from '../../src/server/refusals.ts'

const now = Date.UTC(2026, 10, 22, 16)

function group(body: unknown) {
  return toAlertGroup(body, { source: 'default', now })
}

describe('a body of another shape', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['null', /^the body must be an object/u],
    ['5', /^the body must be an object/u],
    ['"text"', /^the body must be an object/u],
    ['[]', /^the body must be an object/u],
    ['{}', /^alerts is missing;.*\{"alerts": \[\{"labels": \{…\}\}\]\}/u],
    ['{"alerts": null}', /^alerts must be an array/u],
    ['{"alerts": {"length": 1}}', /^alerts must be an array/u],
    ['{"alerts": [null]}', /^alerts\[0\] must be an object/u],
    ['{"alerts": [{}]}', /^alerts\[0\]\.labels is missing/u],
    ['{"alerts": [{"labels": {}}, {"labels": null}]}', /^alerts\[1\]\.labels must be an object/u],
    ['{"alerts": [{"labels": ["a"]}]}', /^alerts\[0\]\.labels must be an object/u],
    ['{"alerts": [{"labels": {"a": 5}}]}', /^alerts\[0\]\.labels\.a must be a string.*objects of strings/u],
    ['{"alerts": [{"labels": {"a.b/c~d": null}}]}', /^alerts\[0\]\.labels\["a\.b\/c~d"\] must be a string/u],
    ['{"alerts": [{"labels": {"__proto__": {}}}]}', /^alerts\[0\]\.labels\.__proto__ must be a string/u],
    ['{"alerts": [{"labels": {}, "annotations": {"a": true}}]}', /^alerts\[0\]\.annotations\.a must be a string/u],
    ['{"alerts": [{"labels": {}, "status": "pending"}]}', /^alerts\[0\]\.status must be firing or resolved/u],
    ['{"alerts": [{"labels": {}, "startsAt": "yesterday"}]}', /^alerts\[0\]\.startsAt must be a time as in RFC 3339/u],
    ['{"alerts": [{"labels": {}, "endsAt": "2026-13-01T00:00:00Z"}]}', /^alerts\[0\]\.endsAt must be a time/u],
    ['{"alerts": [{"labels": {}, "fingerprint": 7}]}', /^alerts\[0\]\.fingerprint must be a string or null/u],
    ['{"alerts": [], "truncatedAlerts": -1}', /^truncatedAlerts must be/u],
    ['{"alerts": [], "truncatedAlerts": "3"}', /^truncatedAlerts must be an integer or null/u],
    ['{"alerts": [], "groupKey": {}}', /^groupKey must be a string or null/u],
    ['{"alerts": [], "commonLabels": {"a": 1}}', /^commonLabels\.a must be a string/u],
  ]

  for (const [body, message] of table) {
    it(`is refused with its path: ${body}`, () => {
      assert.throws(
        () => group(JSON.parse(body)),
        (error) => error instanceof PayloadError && message.test(error.message),
      )
    })
  }

  it('is refused without repeating its values', () => {
    const secret = 'hunter2-hunter2'
    const bodies = [
      { alerts: [{ labels: { password: secret, n: 1 } }] },
      { alerts: [{ labels: {}, status: secret }] },
      { alerts: [{ labels: {}, startsAt: secret }] },
      { alerts: secret },
      secret,
    ]

    for (const body of bodies) {
      assert.throws(
        () => group(body),
        (error) => error instanceof PayloadError && !error.message.includes(secret),
      )
    }
  })

  it('is refused with a short message however long a label name is', () => {
    assert.throws(
      () => group({ alerts: [{ labels: { ['x'.repeat(10_000)]: 1 } }] }),
      (error) => error instanceof PayloadError && error.message.length < 400,
    )
  })
})

describe('limits of a body', () => {
  const limits = { ...defaultLimits, maxAlerts: 2, maxLabels: 2 }

  it('refuse more alerts than the limit, naming max_alerts', () => {
    const alerts = [1, 2, 3].map((n) => ({ labels: { n: String(n) } }))

    assert.throws(
      () => toAlertGroup({ alerts }, { source: 'default', now, limits }),
      (error) => error instanceof TooLargeError && error.message.includes('max_alerts'),
    )
    assert.equal(toAlertGroup({ alerts: alerts.slice(1) }, { source: 'default', now, limits }).alerts.length, 2)
  })

  it('refuse more labels than the limit, naming the alert', () => {
    const alerts = [{ labels: {} }, { labels: { a: '1', b: '2', c: '3' } }]

    assert.throws(
      () => toAlertGroup({ alerts }, { source: 'default', now, limits }),
      (error) => error instanceof PayloadError && error.message.startsWith('alerts[1].labels holds 3 pairs'),
    )
  })

  it('hold for what the alerts share as for each alert', () => {
    for (const field of ['groupLabels', 'commonLabels', 'commonAnnotations']) {
      assert.throws(
        () => toAlertGroup({ alerts: [], [field]: { a: '1', b: '2', c: '3' } }, { source: 'default', now, limits }),
        (error) => error instanceof PayloadError && error.message.startsWith(`${field} holds 3 pairs, more than 2`),
      )
    }
  })

  const sizes: readonly (readonly [object, RegExp])[] = [
    [
      { alerts: [{ labels: { nameTooLong: '' } }] },
      /^alerts\[0\]\.labels holds a name of 11 characters, more than 10$/u,
    ],
    [
      { alerts: [{ labels: {}, annotations: { a: 'x'.repeat(21) } }] },
      /^alerts\[0\]\.annotations\.a has 21 .*than 20$/u,
    ],
    [{ alerts: [{ labels: {}, fingerprint: 'x'.repeat(21) }] }, /^alerts\[0\]\.fingerprint has 21 .*than 20$/u],
    [{ alerts: [{ labels: {}, generatorURL: 'x'.repeat(21) }] }, /^alerts\[0\]\.generatorURL has 21 .*than 20$/u],
    [{ alerts: [], commonLabels: { a: 'x'.repeat(21) } }, /^commonLabels\.a has 21 characters, more than 20$/u],
    [{ alerts: [], groupKey: 'x'.repeat(21) }, /^groupKey has 21 characters, more than 20$/u],
    [{ alerts: [], receiver: 'x'.repeat(21) }, /^receiver has 21 characters, more than 20$/u],
    [{ alerts: [], externalURL: 'x'.repeat(21) }, /^externalURL has 21 characters, more than 20$/u],
    [{ alerts: [], notification_reason: 'x'.repeat(21) }, /^notification_reason has 21 characters, more than 20$/u],
  ]
  for (const [body, message] of sizes) {
    it(`refuse names and texts that are too long: ${String(message)}`, () => {
      const short = { ...limits, maxNameChars: 10, maxTextChars: 20 }

      assert.throws(
        () => toAlertGroup(body, { source: 'default', now, limits: short }),
        (error) => error instanceof PayloadError && message.test(error.message),
      )
      assert.ok(group(body))
    })
  }

  it('keep counts that a Number cannot hold exactly within what it can', () => {
    assert.equal(
      group(JSON.parse('{"alerts": [], "truncatedAlerts": 18446744073709551615}')).truncatedAlerts,
      2 ** 53 - 1,
    )
  })
})
