import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PayloadError } from '../../src/model/errors.ts'
import { fingerprint } from '../../src/server/fingerprint.ts'
import { toAlertGroup, unquote } from '../../src/server/payload.ts'
import { fixture } from './harness.ts'

const now = Date.UTC(2026, 10, 22, 16)

function group(body: unknown) {
  return toAlertGroup(body, { source: 'default', now })
}

function only(alert: object) {
  return group(JSON.parse(JSON.stringify({ alerts: [{ labels: { a: 'b' }, ...alert }] }))).alerts[0]!
}

describe('a captured body', () => {
  const names = readdirSync(join(import.meta.dirname, '..', 'fixtures', 'alertmanager')).map((file) =>
    file.slice(0, -5),
  )

  for (const name of names) {
    it(`is understood: ${name}`, () => {
      const body = JSON.parse(fixture(name)) as { alerts: { fingerprint?: string; labels: object }[] }

      const { alerts, status } = group(body)

      assert.equal(alerts.length, body.alerts.length)
      assert.equal(status, alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved')
      for (const [place, alert] of alerts.entries()) {
        const sent = body.alerts[place]!
        assert.deepEqual([...alert.labels], Object.entries(sent.labels))
        assert.equal(alert.fingerprint, sent.fingerprint ?? fingerprint(alert.labels))
        assert.equal(fingerprint(alert.labels), alert.fingerprint, "our hash is Alertmanager's")
      }
    })
  }

  it('keeps what identifies the group', () => {
    const { receiver, groupKey, externalURL, truncatedAlerts, groupLabels, source } = group(
      JSON.parse(fixture('firing')),
    )

    assert.deepEqual(
      { receiver, groupKey, externalURL, truncatedAlerts, source, groupLabels: [...groupLabels] },
      {
        receiver: 'notification-manager',
        groupKey: '{}:{alertname="KubePodCrashLooping", namespace="payments"}',
        externalURL: 'http://alertmanager-0.monitoring:9093',
        truncatedAlerts: 0,
        source: 'default',
        groupLabels: [
          ['alertname', 'KubePodCrashLooping'],
          ['namespace', 'payments'],
        ],
      },
    )
  })

  it('has the quotes of the receiver taken back', () => {
    assert.equal(group(JSON.parse(fixture('quoted-receiver'))).receiver, 'team.x/prod (eu)')
  })

  it('tells that alerts were cut off', () => {
    assert.equal(group(JSON.parse(fixture('truncated'))).truncatedAlerts, 3)
  })

  it('tells that it repeats on purpose', () => {
    assert.equal(group(JSON.parse(fixture('repeat'))).notificationReason, 'repeat interval elapsed')
  })

  it('is frozen', () => {
    const parsed = group(JSON.parse(fixture('firing')))

    assert.ok(Object.isFrozen(parsed) && Object.isFrozen(parsed.alerts) && Object.isFrozen(parsed.alerts[0]))
  })
})

describe('label names that JavaScript knows', () => {
  it('stay ordinary labels and touch no prototype', () => {
    const { alerts, commonLabels } = group(JSON.parse(fixture('proto-labels')))

    assert.equal(alerts[0]!.labels.get('__proto__'), 'polluted')
    assert.equal(alerts[0]!.labels.get('constructor'), 'polluted')
    assert.equal(alerts[0]!.annotations.get('__proto__'), 'note')
    assert.equal(commonLabels.get('__proto__'), 'polluted')
    assert.equal(Object.getPrototypeOf(alerts[0]), Object.prototype)
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })

  it('are not read as fields of the body', () => {
    const bodies = ['{"__proto__": {"alerts": []}}', '{"alerts": [{"__proto__": {"labels": {}}}]}']

    for (const body of bodies) assert.throws(() => group(JSON.parse(body)), PayloadError)
  })
})

describe('a body of a sender of its own', () => {
  it('needs alerts with labels only', () => {
    const { alerts, ...rest } = group(JSON.parse(fixture('custom-alerts-only')))

    assert.deepEqual([...rest.commonLabels], [])
    assert.deepEqual(
      { receiver: rest.receiver, groupKey: rest.groupKey, status: rest.status, reason: rest.notificationReason },
      { receiver: '', groupKey: '', status: 'firing', reason: '' },
    )
    assert.deepEqual(
      alerts.map(({ startsAt, endsAt, generatorURL }) => ({ startsAt, endsAt, generatorURL })),
      alerts.map(() => ({ startsAt: '', endsAt: null, generatorURL: '' })),
    )
  })

  it('gets common labels and annotations computed', () => {
    const { commonLabels } = group(JSON.parse(fixture('custom-audit-events')))

    assert.equal(commonLabels.get('alertname'), 'ResourceChange')
    assert.equal(commonLabels.has('verb'), false)
  })

  it('may say null where Go would', () => {
    const { endsAt, annotations, status } = only({ annotations: null, endsAt: null, startsAt: null, status: null })

    assert.deepEqual(
      { endsAt, annotations: annotations.size, status },
      { endsAt: null, annotations: 0, status: 'firing' },
    )
  })

  it('gets the status from the end of the alert when it gives none', () => {
    assert.equal(only({ endsAt: '2026-11-22T15:59:59Z' }).status, 'resolved')
    assert.equal(only({ endsAt: '2026-11-22T16:00:01Z' }).status, 'firing')
    assert.equal(only({ endsAt: '0001-01-01T00:00:00Z', status: '' }).status, 'firing')
  })

  it('keeps the start to the nanosecond, and no end while firing', () => {
    const alert = only({ startsAt: '2026-11-22T14:06:54.781980228Z', endsAt: '2026-11-22T23:00:00Z', status: 'firing' })

    assert.equal(alert.startsAt, '2026-11-22T14:06:54.781980228Z')
    assert.equal(alert.endsAt, null)
  })

  it('gets the fingerprint that Prometheus would compute', () => {
    // The values of prometheus/common model/signature_test.go.
    const labels = new Map([
      ['name', 'garland, briggs'],
      ['fear', 'love is not enough'],
    ])

    assert.equal(BigInt(`0x${fingerprint(labels)}`), 5799056148416392346n)
    assert.equal(BigInt(`0x${fingerprint(new Map())}`), 14695981039346656037n)
  })
})

describe('unquote', () => {
  it("takes Go's QuoteMeta back, whatever the name", () => {
    const quoteMeta = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/gu, (character) => `\\${character}`)

    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab.\\*+?()[]{}|^$-/é🔥')) }), (name) => {
        assert.equal(unquote(quoteMeta(name)), name)
      }),
    )
  })
})
