import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { freePort, requireProgram, start, waitFor, type Program } from '../support/programs/process.ts'
import { startWebhookSink } from '../support/webhook-sink.ts'
import { build, filesBelow, listOf, makeContext, parseDockerfile, type BuiltImage } from './dockerfile.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const instructions = parseDockerfile(await readFile(join(root, 'Dockerfile'), 'utf8'))
const { version, devDependencies, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The image's user. Only root can become it; anyone else is not root already. */
const user = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {}

const texts = (name: string): readonly string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text)

describe('the Dockerfile', () => {
  it('has the Node.js that the tests run with, pinned to its release', () => {
    assert.ok(texts('ARG').includes(`NODE_IMAGE=node:${devDependencies['node']}-bookworm-slim`))
    assert.deepEqual(new Set(texts('FROM')), new Set(['${NODE_IMAGE} AS build', '${NODE_IMAGE}']))
  })

  it('leaves the process no privileges, and names the version that it holds', () => {
    assert.deepEqual(texts('USER'), ['65532:65532'])
    assert.ok(texts('ARG').includes(`VERSION=${version}`))
    assert.deepEqual(texts('ADD'), [])
    const labels = texts('LABEL').join(' ')
    for (const label of ['title', 'description', 'licenses', 'version', 'revision']) {
      assert.match(labels, new RegExp(`org\\.opencontainers\\.image\\.${label}="`, 'u'))
    }
  })
})

/** Needs npm, and the packages of the lock file from npm's cache or registry. As root it becomes the image's user. */
describe('an image that is built as the Dockerfile says', () => {
  let folder: string
  let image: BuiltImage
  let app: string
  before(
    async () => {
      requireProgram('npm', 'npm')
      folder = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
      await chmod(folder, 0o755)
      await makeContext(root, join(folder, 'context'))
      image = await build(instructions, {
        context: join(folder, 'context'),
        folder: join(folder, 'stages'),
        environment: buildEnvironment(),
      })
      app = join(image.root, 'app')
      await run('chmod', ['-R', 'a-w', app])
    },
    { timeout: 240_000 },
  )
  after(async () => {
    await run('chmod', ['-R', 'u+w', folder])
    await rm(folder, { recursive: true, force: true })
  })

  it('holds what the server reads, and neither sources nor tools nor tests', async () => {
    const names = await readdir(app)
    assert.deepEqual(
      names.toSorted(),
      [
        ...['CHANGELOG.md', 'LICENSE', 'crds', 'dist', 'kustomize', 'node_modules', 'package.json', 'rules'],
        ...['sbom.cdx.json', 'schemas', 'templates'],
      ].toSorted(),
    )
    assert.deepEqual(
      (await filesBelow(join(app, 'dist'))).filter((file) => !file.endsWith('.js')),
      [],
    )
    const installed = await readdir(join(app, 'node_modules'))
    for (const name of Object.keys(devDependencies)) assert.ok(!installed.includes(name), name)
    for (const name of Object.keys(dependencies)) assert.ok(installed.includes(name.split('/')[0] ?? ''), name)
  })

  it('lists every package that it holds in its SBOM, with version and licence', async () => {
    const bom = JSON.parse(await readFile(join(app, 'sbom.cdx.json'), 'utf8')) as Bom
    assert.equal(bom.bomFormat, 'CycloneDX')
    assert.equal(bom.metadata.component.version, version)
    const held = (await filesBelow(join(app, 'node_modules'))).filter((file) => /(^|\/)package\.json$/u.test(file))
    const packages = await Promise.all(
      held.filter(isPackage).map(async (file) => {
        const text = await readFile(join(app, 'node_modules', file), 'utf8')
        return JSON.parse(text) as { readonly name: string; readonly version: string }
      }),
    )
    assert.ok(packages.length > 100)
    const listed = new Set(bom.components.map((component) => `${nameOf(component)}@${component.version}`))
    assert.deepEqual(listed, new Set(packages.map((found) => `${found.name}@${found.version}`)))
    assert.deepEqual(
      bom.components.filter(({ licenses = [] }) => licenses.length === 0),
      [],
    )
  })

  it('runs without privileges from files that it cannot change, says that it is alive, and delivers', async (context) => {
    const sink = await startWebhookSink()
    context.after(() => sink.stop())
    const port = await freePort()
    const data = join(folder, 'data')
    const manifests = join(folder, 'manifests.yaml')
    await mkdir(data)
    if (user.uid !== undefined) await chown(data, user.uid, user.gid)
    await writeFile(manifests, manifestsFor(sink.url))
    const before = await filesBelow(app)
    const node = await ownNode(folder)
    const [, entry = ''] = listOf(instructions, 'ENTRYPOINT')
    const flags = [
      '--manifests',
      manifests,
      '--data',
      data,
      '--listen',
      `127.0.0.1:${port}`,
      '--egress-allow',
      '127.0.0.0/8',
    ]
    const server = start(node, [join(image.root, entry), 'serve', ...flags], {
      cwd: app,
      env: { ...image.environment, PATH: dirname(node), TMPDIR: data, HOME: data },
      ...user,
    })
    context.after(() => server.stop('SIGKILL'))
    const check = listOf(instructions, 'HEALTHCHECK').map((argument) => argument.replace('19093', String(port)))
    await waitFor('a healthy container', () => isHealthy(node, check), { timeoutMs: 30_000, describe: server.output })
    await waitFor('a server that is ready', () => isReady(port), { timeoutMs: 30_000, describe: server.output })

    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: await readFile(join(root, 'test', 'fixtures', 'alertmanager', 'firing.json'), 'utf8'),
    })
    assert.equal(answer.status, 200, await answer.text())
    await waitFor('the alert at the webhook', () => sink.arrivals.at(0), { describe: server.output })

    await assertSteppedDown(server)
    await server.stop()
    assert.equal(server.child.exitCode, 0, server.output())
    assert.equal(await isHealthy(node, check), undefined)
    assert.deepEqual(await filesBelow(app), before)
  })
})

interface Bom {
  readonly bomFormat: string
  readonly metadata: { readonly component: { readonly version: string } }
  readonly components: readonly {
    readonly group?: string
    readonly name: string
    readonly version: string
    readonly licenses?: readonly unknown[]
  }[]
}

function nameOf({ group, name }: Bom['components'][number]): string {
  return group === undefined || group === '' ? name : `${group}/${name}`
}

/** A package's own manifest, not one that lies deeper inside it. */
function isPackage(file: string): boolean {
  return /^(?:(?:@[^/]+\/)?[^/]+\/node_modules\/)*(?:@[^/]+\/)?[^/]+\/package\.json$/u.test(file)
}

/** Without what npm and the test runner tell the programs that they start; with the same Node.js first on the path. */
function buildEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_(lifecycle|package|command|config_local)|NODE_(TEST_CONTEXT|OPTIONS|ENV)$|INIT_CWD$)/u
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    npm_config_prefer_offline: 'true',
  }
}

/** This Node.js at a place that every user can reach, as it is in the base image. */
async function ownNode(folder: string): Promise<string> {
  const path = join(folder, 'node')
  await copyFile(process.execPath, path)
  await chmod(path, 0o755)
  return path
}

async function isHealthy(node: string, [, ...args]: readonly string[]): Promise<true | undefined> {
  return run(node, args).then(
    () => true as const,
    () => undefined,
  )
}

async function isReady(port: number): Promise<true | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined)
  return answer?.ok === true ? true : undefined
}

/** The process has the user's number and no capability left. */
async function assertSteppedDown(server: Program): Promise<void> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8')
  const wanted = user.uid ?? process.getuid?.()
  assert.match(status, new RegExp(`^Uid:\\t${wanted}\\t${wanted}\\t`, 'mu'))
  assert.notEqual(wanted, 0)
  assert.match(status, /^CapEff:\t0+$/mu)
}

function manifestsFor(url: string): string {
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: notification-manager }
spec:
  receivers:
    globalReceiverSelector: { matchLabels: { type: global } }
---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: everyone, labels: { type: global } }
spec:
  url: ${url}
`
}
