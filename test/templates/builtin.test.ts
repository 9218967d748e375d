import { test } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { payloads } from './payloads.ts'
import { acceptedAt, alert, builtin, library, notification } from './support.ts'

const golden = new URL('../fixtures/templates/', import.meta.url)
const built = library()

/** Compares with the kept file; UPDATE_GOLDEN=1 writes it instead, to be looked at in the diff. */
function matchesGolden(name: string, text: string): void {
  const file = new URL(name, golden)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  assert.ok(existsSync(file), `${name} is missing`)
  assert.equal(text, readFileSync(file, 'utf8'))
}

for (const [name, payload] of Object.entries(payloads)) {
  test(`the built-in messages of ${name} are the ones that were looked at`, () => {
    const subject = built.render({
      name: 'nm.default.subject',
      format: 'text',
      fallback: 'nm.default.subject',
      notification: payload,
    })
    const text = built.render({
      name: 'nm.default.text',
      format: 'text',
      fallback: 'nm.default.text',
      notification: payload,
    })
    const html = built.render({
      name: 'nm.default.html',
      format: 'html',
      fallback: 'nm.default.html',
      notification: payload,
    })

    assert.deepEqual([subject.fallback, text.fallback, html.fallback], [undefined, undefined, undefined])
    matchesGolden(`${name}.txt`, `Subject: ${subject.text}\n\n${text.text}\n`)
    matchesGolden(`${name}.html`, `${html.text}\n`)
  })
}

function subjectOf(...[alerts, group]: Parameters<typeof notification>): string {
  const given = { name: 'nm.default.subject', format: 'text', fallback: 'nm.default.subject' } as const
  return built.render({ ...given, notification: notification(alerts, group) }).text
}

const crash = { alertname: 'KubePodCrashLooping', namespace: 'payments', cluster: 'default', severity: 'critical' }

test('a subject tells state and count, then the alert, then the place', () => {
  const labels = crash
  const named = { alertname: 'A', cluster: 'default' }

  assert.equal(subjectOf([alert({ labels }), alert({ labels })]), '[FIRING:2] KubePodCrashLooping (payments)')
  assert.equal(subjectOf([alert({ labels, status: 'resolved' })]), '[RESOLVED] KubePodCrashLooping (payments)')
  assert.equal(
    subjectOf([alert({ labels }), alert({ labels }), alert({ labels, status: 'resolved' })]),
    '[FIRING:2, RESOLVED:1] KubePodCrashLooping (payments)',
  )
  assert.equal(
    subjectOf([alert({ labels: { ...labels, namespace: 'a' } }), alert({ labels })]),
    '[FIRING:2] KubePodCrashLooping (2 namespaces)',
  )
  assert.equal(
    subjectOf([alert({ labels: { ...labels, cluster: 'eu-1' } })]),
    '[FIRING:1] KubePodCrashLooping (eu-1/payments)',
  )
  assert.equal(subjectOf([alert({ labels: { ...named, node: 'worker-7' } })]), '[FIRING:1] A (worker-7)')
  assert.equal(subjectOf([alert({ labels: named }), alert({ labels: { alertname: 'B' } })]), '[FIRING:2] A, B')
  assert.equal(
    subjectOf(['A', 'B', 'C'].map((alertname) => alert({ labels: { alertname } }))),
    '[FIRING:3] 3 different alerts',
  )
  assert.equal(
    subjectOf([alert({ labels: named })], {
      groupLabels: new Map([
        ['alertname', 'A'],
        ['team', 'search'],
      ]),
    }),
    '[FIRING:1] A (search)',
  )
})

test('a subject says that alerts were cut off, so that a resolved group is not taken for the whole truth', () => {
  assert.equal(
    subjectOf([alert({ labels: crash, status: 'resolved' })], { truncatedAlerts: 3 }),
    '[RESOLVED, +3 CUT OFF] KubePodCrashLooping (payments)',
  )
})

test('a subject is one line of bounded length whatever the labels hold', () => {
  const subject = subjectOf([
    alert({
      labels: { alertname: 'a\r\nBcc: x@example.com\u0000\u202e'.repeat(1_000), namespace: 'n'.repeat(10_000) },
    }),
  ])

  assert.ok(subject.length <= 220, String(subject.length))
  assert.doesNotMatch(subject, /[\p{Cc}\u202e]/u)
  assert.match(subject, /…/)
})

test('every fingerprint of a thousand alerts is in the text once and in the mail once', () => {
  const many = Array.from({ length: 1_000 }, (_, index) =>
    alert({ labels: { alertname: 'A', pod: `p${index}` }, fingerprint: `f${index.toString().padStart(6, '0')}` }),
  )
  for (const [name, format] of [
    ['nm.default.text', 'text'],
    ['nm.default.html', 'html'],
  ] as const) {
    const { text, fallback } = built.render({ name, format, fallback: name, notification: notification(many) })

    assert.equal(fallback, undefined)
    for (const { fingerprint } of many) assert.equal(text.split(fingerprint).length, 2, `${fingerprint} in ${name}`)
  }
})

test('ten thousand alerts give a mail of bounded size that says how many are left out', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => alert({ labels: { alertname: 'A', pod: `p${index}` } }))
  const { text } = built.render({
    name: 'nm.default.html',
    format: 'html',
    fallback: 'nm.default.html',
    notification: notification(many),
  })

  assert.ok(text.length < 250_000, String(text.length))
  assert.match(text, /and 8960 more that are not listed here/)
})

test('firing alerts come before resolved ones and severe ones before mild ones', () => {
  const order = ['info', 'critical', 'warning'].map((severity) => alert({ labels: { alertname: severity, severity } }))
  const over = alert({ status: 'resolved', labels: { alertname: 'over', severity: 'critical' } })
  const { text } = built.render({
    ...{ name: 'nm.default.text', format: 'text', fallback: 'nm.default.text' },
    notification: notification([over, ...order]),
  })
  const places = ['critical', 'warning', 'info', 'over'].map((name) => text.search(new RegExp(`^\\S+ ${name}$`, 'm')))

  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  assert.ok(places.every((place) => place > 0))
})

test('the mail loads nothing: no scripts, no images, no remote styles', () => {
  for (const payload of Object.values(payloads)) {
    const { text } = built.render({
      name: 'nm.default.html',
      format: 'html',
      fallback: 'nm.default.html',
      notification: payload,
    })

    assert.doesNotMatch(text, /<(?:script|img|link|iframe|object|embed|form|input|base)\b|@import|url\(/i)
  }
})

test('the same notification gives the same bytes from another library', () => {
  const payload = payloads['mixed']!
  for (const name of ['nm.default.subject', 'nm.default.text', 'nm.default.html']) {
    const request = { name, format: 'html', fallback: name, notification: payload } as const
    assert.equal(library().render(request).text, built.render(request).text)
  }
  assert.equal(acceptedAt, payload.acceptedAt)
})

test('kustomize builds the templates into one ConfigMap that holds every file', () => {
  const yaml = execFileSync('kubectl', ['kustomize', new URL('../../templates', import.meta.url).pathname], {
    encoding: 'utf8',
  })

  assert.match(yaml, /^ {2}name: notification-manager-templates$/m)
  for (const { path } of builtin) assert.ok(yaml.includes(`\n  ${path.split('/').at(-1) ?? ''}: |`), path)
})
