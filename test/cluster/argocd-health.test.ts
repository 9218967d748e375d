import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { kinds } from '../api/objects.ts'
import { requireProgram } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { argocdConfigMap, objectsIn, overlay, type Manifest } from './kustomizations.ts'

const run = promisify(execFile)
const prefix = 'resource.customizations.health.notification.kubesphere.io_'

const condition = (type: string, status: string, more: object = {}): object => ({
  type,
  status,
  reason: status === 'True' ? type : 'SecretNotFound',
  message: `${type} is ${status}`,
  ...more,
})

/** Statuses that a server or an operator writes, and what Argo CD is to show. */
const cases: readonly {
  readonly name: string
  readonly status?: object
  readonly health: string
  readonly says: RegExp
}[] = [
  { name: 'no status yet', health: 'Progressing', says: /Waiting for the server/u },
  { name: 'an empty status', status: {}, health: 'Progressing', says: /Waiting/u },
  { name: 'no condition yet', status: { conditions: [] }, health: 'Progressing', says: /Waiting/u },
  {
    name: 'the status of an older generation',
    status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
    health: 'Progressing',
    says: /newest generation/u,
  },
  {
    name: 'ready',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'True')] },
    health: 'Healthy',
    says: /Ready is True/u,
  },
  {
    name: 'not ready',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'False')] },
    health: 'Degraded',
    says: /Ready is False/u,
  },
  {
    name: 'unknown',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'Unknown')] },
    health: 'Progressing',
    says: /Ready is Unknown/u,
  },
  {
    name: 'another one in force',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'False', { reason: 'Superseded' })] },
    health: 'Suspended',
    says: /Ready is False/u,
  },
  {
    name: 'pods under way',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'True'), condition('Reconciling', 'True')] },
    health: 'Progressing',
    says: /Reconciling is True/u,
  },
  {
    name: 'pods that cannot be made',
    status: { conditions: [condition('Deployed', 'False'), condition('Stalled', 'True')] },
    health: 'Degraded',
    says: /Stalled is True/u,
  },
  {
    name: 'what the operator writes before a server runs',
    status: { conditions: [condition('Deployed', 'True')] },
    health: 'Progressing',
    says: /Waiting for the server/u,
  },
]

describe("Argo CD's health of our kinds", () => {
  for (const { kind } of kinds.list) {
    it(`is told for every status of ${kind}`, async (context) => {
      const script = (await healthScripts(context)).get(kind)
      assert.ok(script, `no key for ${kind}`)
      const objects = cases.map(({ status }) => ({
        kind,
        metadata: { name: 'one', generation: 2 },
        ...(status === undefined ? {} : { status }),
      }))
      const told = await evaluate(context, script, objects)
      assert.deepEqual(
        told.map(({ status }, place) => [cases[place]?.name, status]),
        cases.map(({ name, health }) => [name, health]),
      )
      for (const [place, { message }] of told.entries()) assert.match(message, cases[place]?.says ?? /$^/u)
    })
  }

  it('leaves the other keys of argocd-cm alone, and makes no ConfigMap of its own', async (context) => {
    const objects = await patched(context)
    assert.equal(objects.length, 1)
    const data = objects[0]?.['data'] as Readonly<Record<string, string>>
    assert.equal(data['admin.enabled'], 'false')
    assert.equal(Object.keys(data).length, kinds.list.length + 1)
  })
})

async function patched(context: TestContext): Promise<readonly Manifest[]> {
  return objectsIn(
    await overlay(context, {
      resources: [],
      files: { 'argocd-cm.yaml': argocdConfigMap },
      components: ['kustomize/components/argocd-health'],
    }),
  )
}

/** The scripts by kind, as Argo CD would find them. */
async function healthScripts(context: TestContext): Promise<ReadonlyMap<string, string>> {
  const [configMap] = await patched(context)
  const data = configMap?.['data'] as Readonly<Record<string, string>>
  const entries = Object.entries(data).filter(([key]) => key.startsWith(prefix))
  return new Map(entries.map(([key, script]) => [key.slice(prefix.length), script]))
}

/** Runs the script over each object, as Argo CD does: the object is a global, and there are no libraries but the basic functions. */
async function evaluate(
  context: TestContext,
  script: string,
  objects: readonly object[],
): Promise<readonly { readonly status: string; readonly message: string }[]> {
  const lua = requireProgram('lua5.1', 'lua5.1')
  const folder = await temporaryFolder(context)
  await writeFile(join(folder, 'health.lua'), script)
  const runner = `
local objects = ${toLua(objects)}
for _, obj in ipairs(objects) do
  local check = assert(loadfile(arg[1]))
  setfenv(check, { obj = obj, ipairs = ipairs, pairs = pairs, next = next, type = type, tostring = tostring })
  local health = check()
  print(health.status .. "\\t" .. tostring(health.message))
end`
  await writeFile(join(folder, 'run.lua'), runner)
  const { stdout } = await run(lua, [join(folder, 'run.lua'), join(folder, 'health.lua')], { timeout: 20_000 })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([status = '', message = '']) => ({ status, message }))
}

/** A JSON value as a Lua table. */
function toLua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(toLua).join(', ')}}`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, field]) => `[${JSON.stringify(key)}] = ${toLua(field)}`)
  return `{${fields.join(', ')}}`
}
