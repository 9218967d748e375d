import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { demo, payments, program } from './terminal.ts'

const root = join(demo, '..', '..', '..')

/** An overlay over a base, with a component, CRDs, workloads and patches: what people's repositories look like. */
const tree: Readonly<Record<string, string>> = {
  'base/kustomization.yaml': `resources: [../crds, ../demo, deployment.yaml, account.yaml]
`,
  'base/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: notification-manager, namespace: monitoring }
spec:
  selector: { matchLabels: { app: nm } }
  template:
    metadata: { labels: { app: nm } }
    spec: { containers: [{ name: nm, image: nm }] }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: notification-manager, namespace: monitoring }
spec: { endpoints: [], selector: {} }
`,
  'base/account.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: { name: nm, namespace: monitoring }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: nm, namespace: monitoring }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: nm }
subjects: [{ kind: ServiceAccount, name: nm, namespace: monitoring }]
`,
  'components/auditors/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [auditors.yaml]
configMapGenerator:
  - name: dashboard
    namespace: monitoring
    files: [words.yaml]
`,
  'components/auditors/words.yaml': `only words, which are no object
`,
  'components/auditors/auditors.yaml': `apiVersion: notification.kubesphere.io/v2alpha1
kind: EmailReceiver
metadata: { name: auditors, labels: { type: global } }
spec: { to: [audit@demo.example] }
`,
  'overlays/production/kustomization.yaml': `resources: [../../base]
components: [../../components/auditors]
patches:
  - path: louder.yaml
  - target: { kind: EmailReceiver, name: shop-on-call }
    path: address.yaml
`,
  'overlays/production/louder.yaml': `apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: payments-incidents }
spec:
  alertSelector:
    matchExpressions: [{ key: severity, operator: In, values: [critical, warning] }]
`,
  'overlays/production/address.yaml': `- op: replace
  path: /spec/to/0
  value: nights@shop.example
`,
}

async function plant(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

describe('a kustomize overlay with a base, a component, CRDs and workloads', () => {
  let base = ''
  let production = ''
  let folder = ''

  after(() => rm(folder, { recursive: true, force: true }))

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
    await cp(join(root, 'crds'), join(folder, 'crds'), { recursive: true })
    await cp(demo, join(folder, 'demo'), { recursive: true })
    await plant(folder, tree)
    base = join(folder, 'base')
    production = join(folder, 'overlays', 'production')
  })

  const warning = ['alertname=Down', 'namespace=payments', 'severity=warning']

  it('is validated, and what is none of our business is not spoken of', async () => {
    const { code, out } = await program(['validate', production])

    assert.equal(code, 0)
    assert.match(out, /^✓ valid: 8 objects, 0 errors, 0 warnings\n$/u)
  })

  it('is compiled as built', async () => {
    const { out } = await program(['compile', production])

    assert.match(out, /"EmailReceiver\/auditors"/u)
  })

  it('is explained with its patches and components', async () => {
    const { out } = await program(['explain', '--manifests', production, ...warning])

    assert.match(out, /^✓ WebhookReceiver\/payments-incidents .*severity In \[critical, warning\]/mu)
    assert.match(out, /^✓ EmailReceiver\/auditors \(global\)/mu)
  })

  it('is rendered', async () => {
    const { out } = await program(['render', '--manifests', production, '--payload', payments, '--all'])

    assert.match(out, /^to audit@demo\.example$/mu)
  })

  it('is tested, and differs from its base', async () => {
    const tested = await program(['test', join(demo, 'tests', 'routing.yaml'), '--manifests', production])
    const differs = await program(['diff', base, production])

    assert.equal(tested.code, 1)
    assert.match(tested.out, /\+ told, though not expected: EmailReceiver\/auditors: global: every alert/u)
    assert.match(differs.out, /^\+ EmailReceiver\/auditors added$/mu)
    assert.match(differs.out, /^! EmailReceiver\/shop-on-call changed\n {4}spec\.to differs$/mu)
    assert.match(differs.out, /^3 differences$/mu)
  })

  it('points to the file of the base or component where a mistake was written', async (context) => {
    const copy = await temporaryFolder(context)
    await cp(folder, copy, { recursive: true })
    const wrong = tree['components/auditors/auditors.yaml'] ?? ''
    await plant(copy, { 'components/auditors/auditors.yaml': wrong.replace('audit@demo.example', 'nobody') })
    const { code, out } = await program(['validate', join(copy, 'overlays', 'production')])

    assert.equal(code, 1)
    assert.match(out, /components\/auditors\/auditors\.yaml:4: error: EmailReceiver\/auditors: spec\.to\[0\]/u)
  })

  it('is not taken for an empty folder when it does not build', async (context) => {
    const broken = await temporaryFolder(context)
    await plant(broken, { 'kustomization.yaml': 'resources: [nowhere.yaml]\n' })
    const validated = await program(['validate', broken])
    const explained = await program(['explain', '--manifests', broken, ...warning])

    assert.equal(validated.code, 1)
    assert.match(validated.out, /kustomization\.yaml:1: error: `kubectl kustomize .*` failed: .*nowhere\.yaml/u)
    assert.equal(explained.code, 2)
    assert.match(explained.err, /no NotificationManager is in force.*\n.*nowhere\.yaml/u)
  })

  it('says which programs build it when none of them is there', async () => {
    for (const argv of [
      ['validate', production],
      ['explain', '--manifests', production, ...warning],
      ['diff', base, production],
      ['migrate', production],
    ]) {
      const { code, text } = await withoutPrograms(argv)

      assert.equal(code, argv[0] === 'validate' ? 1 : 2, text)
      assert.match(text, /neither `kubectl` nor `kustomize` is on PATH; install one of them/u)
    }
  })
})

/** Runs the program in a process of its own that finds no other program. */
function withoutPrograms(argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const options = { env: { PATH: '/nowhere' }, timeout: 100_000 }
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'src', 'main.ts'), ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr })
    })
  })
}
