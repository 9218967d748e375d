import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'

/** Who may import whom among our own folders: the law. A folder may always import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  channels: ['model'],
  api: ['model'],
  templates: ['channels/channel', 'model'],
  rules: ['api', 'channels/channel', 'model'],
  notify: ['rules', 'templates', 'channels/channel', 'channels/http-client', 'channels/egress', 'model'],
  resources: ['api', 'model', 'rules'],
  directory: ['api', 'channels/channel', 'model', 'resources', 'rules'],
  kubernetes: ['api', 'channels/channel', 'model', 'notify', 'resources', 'rules'],
  operator: ['api', 'kubernetes', 'model'],
  migrate: ['api', 'model'],
  server: ['api', 'channels/channel', 'model', 'notify', 'rules', 'templates'],
  mailbox: ['model'],
  cli: ['api', 'channels', 'migrate', 'model', 'notify', 'rules', 'templates'],
}

/** Files at the top of src/ compose the rest: they may import everything, and nothing below imports them. */
const composers = new Set([
  'main',
  'app',
  'assets',
  'build',
  'cluster',
  'cluster-settings',
  'door-files',
  'door-settings',
  'demo',
  'flags',
  'offline',
  'operate',
  'pipeline',
  'planning-thread',
  'remote',
  'remote-settings',
  'settings',
  'system',
  'toolbox',
])

/** Each foreign library has one home; `model/fragments.ts` alone in the model may build schemas. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['kubernetes', 'operator'],
  ajv: ['api'],
  commander: ['cli'],
  fastify: ['server'],
  'json-rules-engine': ['rules'],
  liquidjs: ['templates'],
  mailparser: ['mailbox'],
  nodemailer: ['channels/email'],
  pino: ['system'],
  'prom-client': ['server'],
  'smtp-server': ['mailbox'],
  typebox: ['model/fragments', 'api', 'channels', 'rules', 'server'],
  undici: ['channels/http', 'kubernetes'],
  yaml: ['resources', 'cli'],
  'node:sqlite': ['notify'],
}

interface Import {
  readonly file: string
  readonly line: number
  readonly target: string
}

async function sources(): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob('src/**/*.ts')) files.push(file)
  return files.sort()
}

function importsOf(file: string): Import[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((text, index) => {
    const match = /(?:^|\s)from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/u.exec(text)
    const target = match?.[1] ?? match?.[2] ?? match?.[3]
    return target === undefined ? [] : [{ file, line: index + 1, target }]
  })
}

/** `src/rules/engine.ts` importing `../model/alert.ts` targets `model/alert`. */
function inside(found: Import): string {
  return normalize(join(dirname(found.file), found.target))
    .replace(/^src\//u, '')
    .replace(/\.ts$/u, '')
}

function folderOf(path: string): string {
  return path
    .replace(/^src\//u, '')
    .split('/')[0]!
    .replace(/\.ts$/u, '')
}

function covers(allowed: readonly string[], path: string): boolean {
  return allowed.some((prefix) => path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}-`))
}

/** `node:fs/promises` is itself; `yaml/util` is `yaml`; a scoped name keeps its scope. */
function packageOf(target: string): string {
  if (target.startsWith('node:')) return target
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

const at = (found: Import): string => `${found.file}:${found.line} imports ${found.target}`

describe('architecture', async () => {
  const files = await sources()
  const imports = files.flatMap(importsOf)
  const own = imports.filter((found) => found.target.startsWith('.'))
  const foreign = imports.filter((found) => !found.target.startsWith('.'))

  it('reads enough of the source to mean something', () => {
    assert.ok(files.length > 50 && own.length > 100, `${files.length} files, ${own.length} imports`)
  })

  it('imports point down only', () => {
    const wrong = own.filter((found) => {
      const from = folderOf(found.file)
      const to = inside(found)
      if (composers.has(from)) return false
      return folderOf(to) !== from && !covers(mayImport[from] ?? [], to)
    })

    assert.deepEqual(wrong.map(at), [])
  })

  it('nothing but the other composers imports a composer', () => {
    const wrong = own.filter((found) => composers.has(inside(found)) && !composers.has(folderOf(found.file)))

    assert.deepEqual(wrong.map(at), [])
  })

  it('a channel never imports another channel', () => {
    const folder = (path: string): string | undefined => /(?:^|\/)channels\/([^/]+)\//u.exec(path)?.[1]
    const wrong = own.filter((found) => {
      const from = folder(found.file)
      const to = folder(inside(found))
      return from !== undefined && to !== undefined && from !== to
    })

    assert.deepEqual(wrong.map(at), [])
  })

  it('each foreign library stays in its home', () => {
    const wrong = foreign.filter((found) => {
      const name = packageOf(found.target)
      if (name.startsWith('node:') && homes[name] === undefined) return false
      const path = found.file.replace(/^src\//u, '').replace(/\.ts$/u, '')
      return !covers(homes[name] ?? [], path)
    })

    assert.deepEqual(wrong.map(at), [])
  })

  it('only the way out opens sockets', () => {
    const sockets = new Set([
      'node:net',
      'node:tls',
      'node:http',
      'node:https',
      'node:dgram',
      'node:dns',
      'node:dns/promises',
    ])
    const allowed = [
      'channels/egress',
      'channels/address',
      'channels/http',
      'channels/tls',
      'channels/email',
      // Straight to the API server of the kubeconfig or the pod, never where a tenant says.
      'kubernetes',
      'mailbox',
      'server',
    ]
    const wrong = foreign.filter((found) => {
      const path = found.file.replace(/^src\//u, '').replace(/\.ts$/u, '')
      return sockets.has(found.target) && !covers(allowed, path)
    })

    assert.deepEqual(wrong.map(at), [])
  })

  it('imports make no cycle', () => {
    const graph = new Map(files.map((file) => [file.replace(/^src\//u, '').replace(/\.ts$/u, ''), [] as string[]]))
    for (const found of own) graph.get(found.file.replace(/^src\//u, '').replace(/\.ts$/u, ''))?.push(inside(found))

    assert.deepEqual(findCycle(graph), [])
  })

  it('no file is longer than 250 lines', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 251)

    assert.deepEqual(long, [])
  })

  it('every channel folder is in the registry', async () => {
    const registry = readFileSync('src/channels/index.ts', 'utf8')
    const folders: string[] = []
    for await (const file of glob('src/channels/*/schema.ts')) folders.push(file.split('/')[2]!)

    assert.deepEqual(
      folders.filter((name) => !registry.includes(`./${name}/${name}.ts`)),
      [],
    )
    assert.ok(folders.length >= 5)
  })
})

/** The nodes of one cycle, or none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const walk = (node: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node]
    if (done.has(node)) return []
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...trail, node])
      if (cycle.length > 0) return cycle
    }
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const cycle = walk(node, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
