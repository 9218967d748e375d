import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { demo } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..')

/** A clone with the demo on `main` and a change on the branch that is checked out, and programs that stand in for the network. */
interface Workplace {
  readonly folder: string
  readonly clone: string
  readonly environment: NodeJS.ProcessEnv
  /** Runs a script as CI does: `bash -e`, in the clone. */
  run(
    script: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly out: string }>
}

async function workplace(context: TestContext, edit: readonly [from: string, to: string]): Promise<Workplace> {
  const folder = await temporaryFolder(context)
  const [programs, clone, origin] = ['bin', 'clone', 'origin.git'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await mkdir(programs)
  await shim(
    join(programs, 'notification-manager'),
    `exec '${process.execPath}' '${join(root, 'src', 'main.ts')}' "$@"`,
  )
  for (const name of ['npm', 'apt-get'])
    await shim(join(programs, name), `echo ${name} "$@" >> '${join(folder, 'installed')}'`)
  const environment: NodeJS.ProcessEnv = {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'somebody'],
        [`GIT_${who}_EMAIL`, 'somebody@example.com'],
      ]),
    ),
  }
  const run: Workplace['run'] = (script, variables) =>
    new Promise((resolve) => {
      const options = { cwd: clone, env: { ...environment, ...variables }, timeout: 100_000 }
      execFile('bash', ['-eo', 'pipefail', '-c', script], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr })
      })
    })
  await mkdir(clone)
  await cp(demo, join(clone, 'manifests'), { recursive: true })
  await cp(join(demo, 'tests'), join(clone, 'tests'), { recursive: true })
  await cp(join(demo, 'alerts'), join(clone, 'alerts'), { recursive: true })
  const prepared = await run(
    `git init -q -b main && git add . && git commit -qm one && git clone -q --bare . '${origin}' &&
     git remote add origin 'file://${origin}' && git checkout -qb change`,
    {},
  )
  assert.equal(prepared.code, 0, prepared.out)
  const file = join(clone, 'manifests', 'tenant-payments.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace(...edit))
  return { folder, clone, environment, run }
}

async function shim(path: string, body: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: {
    readonly notifications: { readonly steps: readonly { readonly run?: string; readonly if?: string }[] }
  }
}

interface Pipeline {
  readonly notifications: {
    readonly variables: Readonly<Record<string, string>>
    readonly before_script: readonly string[]
    readonly script: readonly string[]
  }
}

async function example<T>(name: string): Promise<T> {
  return parse(await readFile(join(root, 'kustomize', 'ci', name), 'utf8')) as T
}

const address = ['on-call@payments.example', 'nights@payments.example'] as const
const noIncidents = ['namespace: payments\nspec:\n  url', 'namespace: elsewhere\nspec:\n  url'] as const

describe('the example for GitHub Actions', async () => {
  const { env, jobs } = await example<Workflow>('github-actions.yaml')
  const steps = jobs.notifications.steps.filter(({ run }) => run !== undefined)

  /** Runs the steps in their order; after a failure only those that say so, as GitHub does. */
  async function runJob(
    place: Workplace,
  ): Promise<{ readonly failed: boolean; readonly summary: string; readonly log: string }> {
    const summary = join(place.folder, 'summary')
    await writeFile(summary, '')
    const variables = { ...env, GITHUB_BASE_REF: 'main', GITHUB_STEP_SUMMARY: summary, RUNNER_TEMP: place.folder }
    let failed = false
    let log = ''
    for (const { run = '', if: condition } of steps) {
      if (failed && condition === undefined) continue
      const { code, out } = await place.run(run, variables)
      failed ||= code !== 0
      log += out
    }
    return { failed, summary: await readFile(summary, 'utf8'), log }
  }

  it('passes a good change, and shows what changes for whom', async (context) => {
    const { failed, summary, log } = await runJob(await workplace(context, address))

    assert.equal(failed, false, log)
    assert.match(log, /✓ valid: \d+ objects/u)
    assert.match(log, /^4 cases, 0 failed$/mu)
    assert.match(
      summary,
      /^```diff\n! EmailReceiver\/payments-on-call changed\n {4}spec\.to differs\n1 difference\n```\n$/u,
    )
  })

  it('fails a change that routes otherwise than tested, and shows it all the same', async (context) => {
    const { failed, summary, log } = await runJob(await workplace(context, noIncidents))

    assert.equal(failed, true)
    assert.match(log, /- not told, though expected: WebhookReceiver\/payments-incidents/u)
    assert.match(
      summary,
      /! WebhookReceiver\/payments-incidents changed\n {4}class: tenant payments → tenant elsewhere/u,
    )
  })
})

describe('the example for GitLab CI', async () => {
  const { notifications: job } = await example<Pipeline>('gitlab-ci.yml')

  async function runJob(place: Workplace): Promise<{ readonly code: number; readonly out: string }> {
    const variables = { ...job.variables, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main', CI_PROJECT_DIR: place.clone }
    return place.run([...job.before_script, ...job.script].join('\n'), variables)
  }

  it('passes a good change, and keeps the results and what changes', async (context) => {
    const place = await workplace(context, address)
    const { code, out } = await runJob(place)

    assert.equal(code, 0, out)
    assert.match(await readFile(join(place.clone, 'routing.xml'), 'utf8'), /<testsuites tests="4" failures="0">/u)
    assert.match(await readFile(join(place.clone, 'diff.txt'), 'utf8'), /EmailReceiver\/payments-on-call changed/u)
    assert.match(
      await readFile(join(place.folder, 'installed'), 'utf8'),
      /^apt-get install .*kubernetes-client\nnpm install /mu,
    )
  })

  it('fails a change that routes otherwise than tested, and one that is not valid', async (context) => {
    const other = await runJob(await workplace(context, noIncidents))
    const invalid = await runJob(await workplace(context, ['operator: In', 'operator: Inn']))

    assert.equal(other.code, 1)
    assert.match(other.out, /<testsuites tests="4" failures="1">/u)
    assert.equal(invalid.code, 1)
    assert.match(invalid.out, /✗ .*"Inn" is not allowed/u)
  })
})

describe('both examples', () => {
  it('install the version that they come with', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    const { env } = await example<Workflow>('github-actions.yaml')
    const { notifications } = await example<Pipeline>('gitlab-ci.yml')

    for (const variables of [env, notifications.variables]) {
      assert.equal(variables['PACKAGE'], `notification-manager@${version}`)
    }
  })
})
