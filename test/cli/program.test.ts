import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type VerbFlags } from '../../src/cli/toolbox.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { demo, payments, program } from './terminal.ts'

const verbs = [
  'serve',
  'demo',
  'validate',
  'compile',
  'explain',
  'render',
  'test',
  'diff',
  'migrate',
  'generate',
  'dead-letters',
  'outbox',
  'history',
]

describe('the program', () => {
  for (const verb of verbs) {
    it(`helps with ${verb}`, async () => {
      const { code, out } = await program([verb, '--help'])

      assert.equal(code, 0)
      assert.match(out, new RegExp(`^Usage: notification-manager ${verb}`, 'u'))
    })
  }

  it('prints its version', async () => {
    assert.deepEqual(await program(['--version']), { code: 0, out: '1.2.3\n', err: '' })
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['conquer'], /unknown command|too many arguments/u],
    [['validate'], /missing required argument 'path'/u],
    [['validate', demo, '-o', 'xml'], /Allowed choices are text, json/u],
    [['validate', demo, '--log-volume', '11'], /unknown option '--log-volume'/u],
    [['explain', 'a=b'], /required option '--manifests/u],
    [['explain', '--manifests', demo], /explain needs labels/u],
    [['explain', '--manifests', demo, 'nonsense'], /"nonsense" is not a label; write name=value/u],
    [['explain', '--manifests', demo, '--payload', '/nowhere.json'], /--payload: cannot read \/nowhere.json/u],
    [['explain', '--manifests', demo, '--payload', payments, 'a=b'], /labels or --payload FILE, not both/u],
    [['render', '--manifests', demo, '--payload', payments], /either --receiver Kind\/name or --all/u],
    [
      ['render', '--manifests', demo, '--payload', payments, '--receiver', 'EmailReceiver/x'],
      /EmailReceiver\/x is not in force; there are EmailReceiver\/administrators/u,
    ],
    [['render', '--manifests', demo, '--payload', payments, '--all', '--at', 'noon'], /--at: "noon" is not a time/u],
    [['validate', '/nowhere'], /nowhere/u],
    [['test', payments], /required option '--manifests/u],
    [['diff', demo], /missing required argument 'after'/u],
    [['migrate'], /missing required argument 'path'/u],
    [['migrate', '-', '--report', '/nowhere/report', '-o', 'xml'], /Allowed choices are text, json/u],
  ]
  for (const [argv, message] of wrong) {
    it(`ends with 2 and says why: ${argv.slice(0, 5).join(' ').replaceAll(demo, 'DEMO').replaceAll(payments, 'FILE')}`, async () => {
      const { code, err } = await program(argv)

      assert.equal(code, 2)
      assert.match(err, message)
    })
  }

  it("serves when no verb is given, with the predecessor's flags", async () => {
    const seen: VerbFlags[] = []
    const serve = (flags: VerbFlags): Promise<number> => {
      seen.push(flags)
      return Promise.resolve(0)
    }
    const argv = [
      '--webhook.address=:8080',
      '--log.level',
      'debug',
      '--log.format=json',
      '--worker.queue=7',
      '--manifests',
      'a',
      '--manifests',
      'b',
    ]

    assert.equal((await program(argv, { toolbox: { serve } })).code, 0)
    const [flags] = seen
    assert.deepEqual(
      [flags?.['listen'], flags?.['logLevel'], flags?.['logFormat'], flags?.['concurrency'], flags?.['manifests']],
      [':8080', 'debug', 'json', '7', ['a', 'b']],
    )
  })
})

describe('validate', () => {
  it('colours on a terminal only', async () => {
    const plain = await program(['validate', demo])
    const coloured = await program(['validate', demo], { colour: true })

    assert.doesNotMatch(plain.out, /\u001B/u)
    assert.match(coloured.out, /\u001B\[32m✓ valid/u)
  })

  it('ends with 1 and names file, line, path and remedy', async (context) => {
    const folder = await temporaryFolder(context)
    const text = (await readFile(join(demo, 'default-email.yaml'), 'utf8')).replace(
      'requireTLS: false',
      'requireTLS: maybe',
    )
    await writeFile(join(folder, 'email.yaml'), text)

    const { code, out } = await program(['validate', folder])

    assert.equal(code, 1)
    assert.match(
      out,
      /email\.yaml:17: error: EmailConfig\/default: spec\.requireTLS: is a string; write true or false/u,
    )
  })
})

describe('compile', () => {
  it('prints the same bytes for the same manifests', async () => {
    const first = await program(['compile', demo])
    const second = await program(['compile', demo])

    assert.equal(first.code, 0)
    assert.equal(first.out, second.out)
    assert.ok(first.out.includes('EmailReceiver/payments-on-call'))
    assert.ok(!first.out.includes('not-a-real'))
  })
})

describe('explain', () => {
  it('says for each receiver whether it is told and which clause decided', async () => {
    const { code, out } = await program([
      'explain',
      '--manifests',
      demo,
      'alertname=Down',
      'namespace=payments',
      'severity=warning',
    ])

    assert.equal(code, 0)
    assert.match(out, /^✓ EmailReceiver\/administrators \(global\): /mu)
    assert.match(out, /^✓ EmailReceiver\/payments-on-call \(tenant payments\): /mu)
    assert.match(out, /^· WebhookReceiver\/payments-incidents \(tenant payments\): .*severity.*critical.*warning/mu)
    assert.match(out, /^· EmailReceiver\/shop-on-call \(tenant shop\): .*payments/mu)
    assert.match(out, /^2 receivers told, 2 not$/mu)
  })

  it('takes a payload, and answers as JSON', async () => {
    const { code, out } = await program(['explain', '--manifests', demo, '--payload', payments, '-o', 'json'])
    const explained = JSON.parse(out) as { receivers: { receiver: string; matched: boolean }[] }[]
    const told = explained.map(({ receivers }) => receivers.filter(({ matched }) => matched).length)

    assert.equal(code, 0)
    assert.deepEqual(told, [3, 2])
  })
})

describe('generate', () => {
  it('writes what is stale, removes what is no longer made, and then finds all fresh', async (context) => {
    const root = await temporaryFolder(context)

    const before = await program(['generate', '--check'], { root })
    const first = await program(['generate'], { root })
    await writeFile(join(root, 'crds', 'old.yaml'), 'x')
    await writeFile(join(root, 'crds', 'emailconfigs.yaml'), 'x')
    const stale = await program(['generate', '--check'], { root })
    const again = await program(['generate'], { root })
    const fresh = await program(['generate', '--check'], { root })

    assert.deepEqual([before.code, first.code, stale.code, again.code, fresh.code], [1, 0, 1, 0, 0])
    assert.match(stale.out, /crds\/emailconfigs\.yaml is not fresh/u)
    assert.match(stale.out, /crds\/old\.yaml is not generated any more/u)
    assert.match(again.out, /^1 file written, 1 removed/u)
  })

  it('finds the committed files fresh', async () => {
    const { code, out } = await program(['generate', '--check'], { root: join(import.meta.dirname, '..', '..') })

    assert.deepEqual([code, out.includes('✗')], [0, false])
  })
})

describe('template migrate', () => {
  const seed = join(import.meta.dirname, '..', 'fixtures', 'seed', 'template.tmpl')

  it("prints the Liquid of the predecessor's own templates", async () => {
    const { code, out } = await program(['template', 'migrate', seed])

    assert.equal(code, 0)
    assert.match(out, /\{% define "nm\.default\.subject" %\}/u)
    assert.match(out, /\{% define "nm\.default\.text" %\}/u)
  })

  it('ends with 1 and names file, line and construct of what cannot be translated', async (context) => {
    const file = join(await temporaryFolder(context), 'mine.tmpl')
    await writeFile(file, '{{ define "x" }}\n{{ .Alerts | humanize1024 }}\n{{ end }}\n')

    const { code, out, err } = await program(['template', 'migrate', file])

    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /mine\.tmpl:2: error: .*humanize1024/u)
  })

  it('ends with 2 when there is no such file', async () => {
    const { code, err } = await program(['template', 'migrate', '/nowhere.tmpl'])

    assert.equal(code, 2)
    assert.match(err, /cannot read \/nowhere\.tmpl/u)
  })
})

describe('render', () => {
  it('shows each message that a payload would cause, as its receiver would see it', async () => {
    const { code, out } = await program(['render', '--manifests', demo, '--payload', payments, '--all'])

    assert.equal(code, 0)
    assert.match(out, /^to on-call@payments\.example, lead@payments\.example\n\[FIRING:2\] KubePodCrashLooping/mu)
    assert.match(out, /^WebhookReceiver\/payments-incidents: 1 message\nto http:\/\/127\.0\.0\.1:19080$/mu)
    assert.doesNotMatch(out, /shop\.example|not-a-real/u)
  })

  it('gives the same bytes for the same time', async () => {
    const argv = [
      'render',
      '--manifests',
      demo,
      '--payload',
      payments,
      '--all',
      '-o',
      'json',
      '--at',
      '2026-11-22T10:00:00Z',
    ]

    assert.equal((await program(argv)).out, (await program(argv)).out)
  })
})
