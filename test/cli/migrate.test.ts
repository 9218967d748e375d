import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { program } from './terminal.ts'

/** Labels and texts that YAML 1.1, which kubectl reads, takes for something else when they are not in quotes. */
const hostile = [
  'yes',
  'No',
  'on',
  'off',
  'y',
  'null',
  '~',
  '1:30',
  '0x1F',
  '0777',
  '1e3',
  '1_000',
  '.5',
  '2001-01-01',
  'true',
]

const old = `apiVersion: v1
kind: List
items:
  - apiVersion: notification.kubesphere.io/v2beta2
    kind: NotificationManager
    metadata: { name: nm, uid: a, resourceVersion: "5" }
    spec:
      defaultSecretNamespace: monitoring
      defaultConfigSelector: { matchLabels: { type: default } }
      receivers:
        tenantKey: namespace
        globalReceiverSelector: { matchLabels: { type: global } }
        tenantReceiverSelector: { matchLabels: { type: tenant } }
  - apiVersion: notification.kubesphere.io/v2beta2
    kind: Config
    metadata: { name: default, labels: { type: default } }
    spec:
      email:
        from: alerts@example.com
        smartHost: { host: smtp.example.com, port: 25 }
        authUsername: alerts
        authPassword: { value: hunter2 }
        tls: {}
  - apiVersion: notification.kubesphere.io/v2beta2
    kind: Receiver
    metadata: { name: all, labels: { type: global } }
    spec:
      email: { to: [all@example.com] }
  - apiVersion: notification.kubesphere.io/v2beta2
    kind: Router
    metadata: { name: way }
    spec: { alertSelector: { matchLabels: { team: a } }, receivers: { name: [all] } }
`

async function write(context: TestContext, text: string): Promise<string> {
  const file = join(await temporaryFolder(context), 'old.yaml')
  await writeFile(file, text)
  return file
}

describe('migrate', () => {
  it('prints manifests that validate takes, from files and from standard input alike', async (context) => {
    const folder = await temporaryFolder(context)
    const [manifests, rules] = [join(folder, 'new.yaml'), join(folder, 'rules.yaml')]
    const argv = ['--emit-secrets', '--rules-out', rules]

    const fromFile = await program(['migrate', await write(context, old), ...argv])
    const piped = await program(['migrate', '-', ...argv], { input: old })
    await writeFile(manifests, fromFile.out)
    const validated = await program(['validate', manifests, '--rules', rules])

    assert.equal(fromFile.code, 0, fromFile.err)
    assert.equal(fromFile.out, piped.out)
    assert.equal(validated.code, 0, validated.out)
    assert.match(validated.out, /valid: 3 objects, 0 errors, 0 warnings/u)
  })

  it('ends with 1 when something has no counterpart, prints the rest, and never shows a credential', async (context) => {
    const { code, out, err } = await program(['migrate', await write(context, old)])

    assert.equal(code, 1)
    assert.match(out, /kind: EmailConfig/u)
    assert.doesNotMatch(out + err, /hunter2/u)
    assert.match(
      err,
      /old\.yaml:22: lost: Config\/default: spec\.email\.authPassword: was a credential in plain text; /u,
    )
    assert.match(err, /lost: Router\/way: .*--rules-out/u)
    assert.match(err, /^4 objects read, 3 manifests printed: 2 lost, \d+ changed$/mu)
  })

  it('writes the report as JSON where it is told to', async (context) => {
    const report = join(await temporaryFolder(context), 'report.json')
    const { err } = await program(['migrate', '-', '--report', report, '-o', 'json'], { input: old })
    const { lost, findings } = JSON.parse(await readFile(report, 'utf8')) as { lost: number; findings: object[] }

    assert.equal(err, '')
    assert.equal(lost, 2)
    assert.ok(findings.length > 2)
  })

  it('builds kustomizations', async (context) => {
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'kustomization.yaml'), 'namePrefix: pre-\nresources: [old.yaml]\n')
    await writeFile(
      join(folder, 'old.yaml'),
      old
        .replaceAll(/^ {4}/gmu, '')
        .replace(/^[^]*?items:\n/u, '')
        .replaceAll('  - apiVersion', '---\napiVersion'),
    )

    const { out } = await program(['migrate', folder])

    assert.match(out, /name: pre-all/u)
  })

  const unreadable: readonly (readonly [string, string, RegExp])[] = [
    ['is no YAML', 'kind: [\n', /error: /u],
    [
      'holds nothing of the predecessor',
      'apiVersion: v1\nkind: Secret\nmetadata: { name: x }\n',
      /no object of the predecessor/u,
    ],
  ]
  for (const [what, text, message] of unreadable) {
    it(`ends with 2, and prints nothing, when the input ${what}`, async () => {
      const { code, out, err } = await program(['migrate', '-'], { input: text })

      assert.deepEqual([code, out], [2, ''])
      assert.match(err, message)
    })
  }

  it('ends with 2 when there is no such file', async () => {
    const { code, err } = await program(['migrate', '/nowhere'])

    assert.equal(code, 2)
    assert.match(err, /\/nowhere is not there/u)
  })

  it('writes YAML that kubectl reads as it was meant', async (context) => {
    const folder = await temporaryFolder(context)
    const annotations = Object.fromEntries(hostile.map((text, place) => [`a${place}`, text]))
    const receiver = {
      apiVersion: 'notification.kubesphere.io/v2beta2',
      kind: 'Receiver',
      metadata: { name: 'all', annotations, labels: { yes: 'on' } },
      spec: { slack: { channels: hostile } },
    }
    const { out } = await program(['migrate', '-'], { input: JSON.stringify(receiver) })
    await mkdir(join(folder, 'build'))
    await writeFile(join(folder, 'build', 'new.yaml'), out)
    await writeFile(join(folder, 'build', 'kustomization.yaml'), 'resources: [new.yaml]\n')

    const built = await promisify(execFile)('kubectl', ['kustomize', join(folder, 'build')])
    const objects = parseAllDocuments(built.stdout, { version: '1.1' }).map((document) => document.toJS() as Built)

    assert.deepEqual(objects.map(({ spec }) => spec.channel).sort(), [...hostile].sort())
    for (const { metadata } of objects) assert.deepEqual(metadata.annotations, annotations)
  })
})

interface Built {
  readonly metadata: { readonly annotations: object }
  readonly spec: { readonly channel: string }
}
