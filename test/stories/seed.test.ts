import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startApp } from '../support/app-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')
const seed = join('test', 'fixtures', 'seed')
const mistyped = 'webhook-default.yaml'

interface Listed {
  readonly kind: string
  readonly name: string
  readonly type: string
  readonly class: string
  readonly tenant: string | null
  readonly config: { readonly name?: string; readonly reason: string }
}

describe("the manifests of the predecessor's documentation", async () => {
  const files = (await readdir(join(root, seed))).filter((name) => name.endsWith('.yaml')).sort()

  for (const file of files.filter((name) => name !== mistyped)) {
    it(`are valid: ${file}`, async () => {
      const { code, output } = await validate(file)

      assert.deepEqual([code, output.problems.filter(({ severity }) => severity === 'error')], [0, []])
      assert.ok(output.objects > 0)
    })
  }

  it('have one mistake, which is reported with file, line and remedy', async () => {
    const { code, output } = await validate(mistyped)
    const [problem, ...others] = output.problems.filter(({ severity }) => severity === 'error')

    assert.equal(code, 1)
    assert.deepEqual(others, [])
    assert.equal(problem?.origin?.file, join(seed, mistyped))
    assert.equal(problem.origin.line, 36)
    assert.match(`${problem.message}; ${problem.remedy}`, /`bearerToken` has no colon after it; write `bearerToken:`/u)
  })

  it('are served, each receiver under its tenant and with its config', { timeout: 60_000 }, async (context) => {
    const served = ['01', '02', '03', '04', '05', '06', 'webhook-default-mended']
    const receivers = await serve(
      context,
      files.filter((name) => served.some((start) => name.startsWith(start))),
    )

    assert.deepEqual(receivers, [
      'DingTalkReceiver/global-dingtalk-receiver global default-dingtalk-config DefaultConfig',
      'EmailReceiver/global-email-receiver global default-email-config DefaultConfig',
      'EmailReceiver/user1-email-receiver user1 user1-email-config Selected',
      'SlackReceiver/global-slack-receiver global default-slack-config DefaultConfig',
      'WebhookReceiver/global-webhook-receiver global default-webhook-config DefaultConfig',
      'WechatReceiver/global-wechat-receiver global default-wechat-config DefaultConfig',
    ])
  })
})

interface Validated {
  readonly objects: number
  readonly problems: readonly {
    readonly severity: string
    readonly message: string
    readonly remedy: string
    readonly origin?: { readonly file: string; readonly line: number }
  }[]
}

/** A fragment of the documentation names no NotificationManager; `--namespace` is the one that its Secrets are in. */
async function validate(file: string): Promise<{ readonly code: number; readonly output: Validated }> {
  const args = [
    'src/main.ts',
    'validate',
    '-o',
    'json',
    '--namespace',
    'kubesphere-monitoring-system',
    join(seed, file),
  ]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code !== 'number') reject(new Error(stderr))
      else resolve({ code, output: JSON.parse(stdout) as Validated })
    })
  })
}

async function serve(context: TestContext, files: readonly string[]): Promise<readonly string[]> {
  const folder = await temporaryFolder(context)
  const app = await startApp({
    args: [...files.flatMap((file) => ['--manifests', join(root, seed, file)]), '--data', join(folder, 'data')],
  })
  context.after(() => app.stop())
  const { receivers } = (await app.get('/receivers')) as { receivers: readonly Listed[] }
  return receivers
    .map(
      ({ kind, name, class: role, tenant, config }) =>
        `${kind}/${name} ${tenant ?? role} ${config.name ?? 'none'} ${config.reason}`,
    )
    .sort()
}
