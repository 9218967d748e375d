import assert from 'node:assert/strict'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { demo, payments, program } from './terminal.ts'

/** The demo with some texts of its files replaced. */
async function changed(context: TestContext, edits: readonly (readonly [string, string, string])[]): Promise<string> {
  const folder = join(await temporaryFolder(context), 'demo')
  await cp(demo, folder, { recursive: true })
  for (const [file, from, to] of edits) {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    assert.ok(text.includes(from), `${file} holds ${from}`)
    await writeFile(path, text.replace(from, to))
  }
  return folder
}

describe('diff', () => {
  it('ends with 0 when only words for people and the order of fields differ', async (context) => {
    const after = await changed(context, [
      ['administrators.yaml', '# Administrators', '# The administrators'],
      [
        'administrators.yaml',
        '  name: administrators\n  labels:\n    type: global\n',
        '  labels:\n    type: global\n  name: administrators\n',
      ],
    ])
    const { code, out } = await program(['diff', demo, after, '--payload', payments])

    assert.deepEqual([code, out], [0, 'no difference; 0 of 2 alerts told to others\n'])
  })

  it('ends with 1 and tells each change once, without a value of a spec', async (context) => {
    const after = await changed(
      context,
      [
        ['notification-manager.yaml', 'bulk', 'single'],
        ['tenant-payments.yaml', 'values: [critical]', 'values: [critical, warning]'],
        ['tenant-payments.yaml', 'on-call@payments.example', 'nights@payments.example'],
        ['tenant-payments.yaml', 'emailConfigSelector:\n    matchLabels:\n      namespace: payments\n', ''],
        ['tenant-shop.yaml', 'name: shop-on-call', 'name: shop-nights'],
        ['administrators.yaml', 'type: global', 'type: tenant\n    namespace: shop'],
        ['default-email.yaml', 'alerts@demo.example', 'other@demo.example'],
      ].map(([file = '', from = '', to = '']) => [file, from, to] as const),
    )
    const { code, out } = await program(['diff', demo, after])

    assert.equal(code, 1)
    assert.doesNotMatch(out, /nights@|other@/u)
    for (const line of [
      '! NotificationManager/notification-manager changed\n    options.email.deliveryType: "bulk" → "single"\n',
      '! EmailReceiver/administrators changed\n    class: global → tenant shop\n',
      '! EmailReceiver/payments-on-call changed\n    config: EmailConfig/payments (Selected) → EmailConfig/default (DefaultConfig)\n    spec.emailConfigSelector differs\n    spec.to differs\n',
      '+ EmailReceiver/shop-nights added\n    class: tenant shop\n    alerts: all\n    config: EmailConfig/default (DefaultConfig)\n',
      '- EmailReceiver/shop-on-call removed\n    class: tenant shop\n',
      '! WebhookReceiver/payments-incidents changed\n    alerts: severity In [critical] → severity In [critical, warning]\n',
      '! EmailConfig/default changed\n    spec.from differs\n',
    ]) {
      assert.ok(out.includes(line), `${line}\nis not in\n${out}`)
    }
    assert.match(out, /^7 differences$/mu)
  })

  it('tells who would be told now, and who not any more, of the alerts of a payload and of a list', async (context) => {
    const after = await changed(context, [['tenant-payments.yaml', 'values: [critical]', 'values: [warning]']])
    const alerts = join(await temporaryFolder(context), 'alerts.json')
    const labels = { alertname: 'Down', namespace: 'payments', severity: 'critical' }
    await writeFile(alerts, JSON.stringify([{ labels, annotations: {}, status: { state: 'active' } }, { labels: {} }]))

    const posted = await program(['diff', demo, after, '--payload', payments])
    const listed = await program(['diff', demo, after, '--alerts', alerts, '-o', 'json'])
    const json = JSON.parse(listed.out) as {
      tried: number
      alerts: { labels: object; removed: object[]; added: object[] }[]
    }

    assert.match(posted.out, /^\+ {3}WebhookReceiver\/payments-incidents told now: .*severity=warning$/mu)
    assert.match(posted.out, /^- {3}WebhookReceiver\/payments-incidents not told any more: .*severity=critical$/mu)
    assert.match(posted.out, /^1 difference; 2 of 2 alerts told to others$/mu)
    assert.equal(json.tried, 2)
    assert.deepEqual(
      json.alerts.map((alert) => [alert.labels, alert.removed.length, alert.added.length]),
      [[labels, 1, 0]],
    )
  })

  it('tells of receivers that are not in force any more, and why', async (context) => {
    const after = await changed(context, [['administrators.yaml', 'type: global', 'type: nothing']])
    const { out } = await program(['diff', demo, after])

    assert.match(out, /^! EmailReceiver\/administrators changed\n {4}class: global → none, nobody is told: /mu)
  })

  it('tells of everything when there was nothing', async (context) => {
    const before = join(await temporaryFolder(context), 'empty')
    await mkdir(before)
    const { code, out } = await program(['diff', before, demo, '--payload', payments])

    assert.equal(code, 1)
    assert.match(out, /^\+ NotificationManager\/notification-manager added$/mu)
    assert.match(out, /^\+ {3}EmailReceiver\/administrators told now: global: every alert$/mu)
  })

  it('ends with 2 when one side cannot be read', async (context) => {
    const broken = await changed(context, [['kustomization.yaml', '- tenant-shop.yaml', '- tenant-shops.yaml']])
    await rm(join(broken, 'tenant-shop.yaml'))
    for (const [before, after] of [
      [demo, '/nowhere'],
      [broken, demo],
    ] as const) {
      const { code, out, err } = await program(['diff', before, after])

      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /nowhere is not there|tenant-shops\.yaml/u)
    }
  })

  it('ends with 2 when the alerts are none', async (context) => {
    const alerts = join(await temporaryFolder(context), 'alerts.yaml')
    await writeFile(alerts, '- labels: { code: 5 }\n')
    const { code, err } = await program(['diff', demo, demo, '--alerts', alerts])

    assert.equal(code, 2)
    assert.match(err, /--alerts: .*\[0\]\.labels\.code is an integer; write text/u)
  })
})
