import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { demo, payments, program, type Ended } from './terminal.ts'

const watchdog = join(demo, '..', '..', '..', 'rules', 'platform', 'drop-watchdog.yaml')

/** Runs cases, written as YAML, against the demo. */
async function tried(context: TestContext, cases: string, ...flags: readonly string[]): Promise<Ended> {
  const folder = await temporaryFolder(context)
  await cp(payments, join(folder, 'payments.json'))
  await writeFile(join(folder, 'tests.yaml'), `cases:\n${cases}`)
  return program(['test', join(folder, 'tests.yaml'), '--manifests', demo, ...flags])
}

const crash = 'alert: { alertname: Crash, namespace: payments, severity: warning }'

describe('test', () => {
  const examples: readonly (readonly [path: string, tests: string, count: number])[] = [
    ['overlays/demo', 'overlays/demo/tests/routing.yaml', 4],
    ['examples/tenants', 'examples/tests/tenants.yaml', 3],
  ]
  for (const [path, tests, count] of examples) {
    it(`passes the tests of ${path}`, async () => {
      const kustomize = join(demo, '..', '..')
      const { code, out } = await program(['test', join(kustomize, tests), '--manifests', join(kustomize, path)])

      assert.equal(code, 0, out)
      assert.ok(out.endsWith(`${count} cases, 0 failed\n`))
    })
  }

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [
      'a receiver that is told, though not expected',
      `  - { ${crash}, expect: { receivers: [EmailReceiver/payments-on-call] } }`,
      /^ {4}\+ told, though not expected: EmailReceiver\/administrators: global: every alert$/mu,
    ],
    [
      'a receiver that is not told, and why',
      `  - { ${crash}, expect: { includes: [WebhookReceiver/payments-incidents] } }`,
      /^ {4}- not told, though expected: WebhookReceiver\/payments-incidents: .*severity In \[critical\].*severity=warning$/mu,
    ],
    [
      'a receiver that must not be told',
      `  - { ${crash}, expect: { excludes: [EmailReceiver/payments-on-call] } }`,
      /\+ told, though not expected: EmailReceiver\/payments-on-call: tenant payments/u,
    ],
    [
      'a receiver that is not there, so that it could never be told',
      `  - { ${crash}, expect: { excludes: [EmailReceiver/payments-on-cal] } }`,
      /\? not there: +EmailReceiver\/payments-on-cal: .*did you mean EmailReceiver\/payments-on-call\?/u,
    ],
    [
      'other tenants',
      `  - { ${crash}, expect: { tenants: [shop] } }`,
      /! expected: +tenants shop: it belongs to payments \(alertLabel\)/u,
    ],
    [
      'an alert that is not dropped',
      `  - { ${crash}, expect: { dropped: true } }`,
      /dropped: no platform rule drops it/u,
    ],
  ]
  for (const [what, text, message] of wrong) {
    it(`ends with 1 and tells ${what}`, async (context) => {
      const { code, out } = await tried(context, text)

      assert.equal(code, 1)
      assert.match(out, message)
      assert.match(out, /^1 case, 1 failed$/mu)
    })
  }

  it('takes platform rules, by name or as such', async (context) => {
    const alert = 'alert: { alertname: Watchdog }'
    const cases = ['drop-watchdog', 'true'].map(
      (dropped) => `  - { ${alert}, expect: { dropped: ${dropped}, receivers: [] } }\n`,
    )
    const passed = await tried(context, cases.join(''), '--rules', watchdog)
    const failed = await tried(context, `  - { ${alert}, expect: { dropped: other } }`, '--rules', watchdog)

    assert.equal(passed.code, 0, passed.out)
    assert.equal(failed.code, 1)
    assert.match(failed.out, /dropped by other: the platform rule drop-watchdog drops it/u)
  })

  it('takes a payload beside it, and counts the receivers of all its alerts', async (context) => {
    const { code, out } = await tried(
      context,
      `  - name: posted
    payload: payments.json
    expect:
      receivers: [EmailReceiver/administrators, WebhookReceiver/payments-incidents, EmailReceiver/payments-on-call]
`,
    )

    assert.equal(code, 0, out)
    assert.match(out, /^✓ posted \(.*tests\.yaml:2\)$/mu)
  })

  it('answers as JSON and as JUnit XML', async (context) => {
    const text = `  - { name: 'a < "b" & \\u0001', ${crash}, expect: { receivers: [] } }\n  - { ${crash}, expect: { dropped: false } }`
    const json = JSON.parse((await tried(context, text, '-o', 'json')).out) as { passed: number; failed: number }
    const xml = (await tried(context, text, '-o', 'junit')).out

    assert.deepEqual([json.passed, json.failed], [1, 1])
    assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="2" failures="1">$/mu)
    assert.match(xml, /<testcase name="a &lt; &quot;b&quot; &amp; \\u0001"/u)
    assert.match(xml, /<failure message="\+ told, though not expected: EmailReceiver\/administrators/u)
  })

  const unreadable: readonly (readonly [string, string, RegExp])[] = [
    [
      'an unknown field',
      `  - { ${crash}, expects: {} }`,
      /tests\.yaml:2: error: cases\[0\]\.expects: unknown field `expects`; did you mean `expect`\?/u,
    ],
    [
      'a label that is no text',
      '  - { alert: { code: 500 }, expect: { receivers: [] } }',
      /cases\[0\]\.alert\.code: is an integer; write text/u,
    ],
    ['no expectation', `  - { ${crash}, expect: {} }`, /cases\[0\]\.expect: /u],
    ['neither alert nor payload', '  - { expect: { receivers: [] } }', /has neither alert nor payload/u],
    [
      'both',
      `  - { ${crash}, payload: payments.json, expect: { receivers: [] } }`,
      /cases\[0\]\.alert: stands beside payload/u,
    ],
    [
      'a payload that is not there',
      '  - { payload: nowhere.json, expect: { receivers: [] } }',
      /cannot read .*nowhere\.json/u,
    ],
    [
      'a receiver without a kind',
      `  - { ${crash}, expect: { receivers: [on-call] } }`,
      /receivers\[0\]: "on-call" does not have the right form; write text such as "EmailReceiver\/on-call"/u,
    ],
    ['broken YAML', '  - { alert: ', /tests\.yaml:/u],
  ]
  for (const [what, text, message] of unreadable) {
    it(`ends with 2 on ${what}`, async (context) => {
      const { code, out, err } = await tried(context, text)

      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    })
  }

  it('ends with 2 without a NotificationManager, and says what is wrong with the manifests', async (context) => {
    const folder = await temporaryFolder(context)
    const text = await readFile(join(demo, 'notification-manager.yaml'), 'utf8')
    await writeFile(join(folder, 'nm.yaml'), text.replace('tenantKey: namespace', 'tenantKey: 5'))
    const { code, err } = await program(['test', join(demo, 'tests', 'routing.yaml'), '--manifests', folder])

    assert.equal(code, 2)
    assert.match(
      err,
      /no NotificationManager is in force, so no alert can be routed\n.*nm\.yaml:\d+: error: .*tenantKey/u,
    )
  })
})
