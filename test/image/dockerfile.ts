import { execFile } from 'node:child_process'
import { chown, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One instruction of a Dockerfile: https://docs.docker.com/reference/dockerfile/ */
export interface Instruction {
  readonly name: string
  /** `--from=build` and its like. */
  readonly options: Readonly<Record<string, string>>
  readonly text: string
}

/** The instructions of a Dockerfile, continued lines joined, without comments. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/u.test(line))
  const whole = lines.join('\n').replaceAll(/\\\n\s*/gu, '')
  return whole
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/u.exec(line.trim()) ?? []
      const options = [...rest.matchAll(/--([\w-]+)=(\S+)\s+/gu)]
      const head = /^(?:--[\w-]+=\S+\s+)*/u.exec(rest)?.[0] ?? ''
      return {
        name: name.toUpperCase(),
        options: Object.fromEntries(
          options.filter((option) => option.index < head.length).map(([, key = '', value = '']) => [key, value]),
        ),
        text: rest.slice(head.length),
      }
    })
}

/** The value of an instruction that stands in JSON, as ENTRYPOINT does here. */
export function listOf(instructions: readonly Instruction[], name: string): readonly string[] {
  const found = instructions.findLast((instruction) => instruction.name === name)
  if (found === undefined) throw new Error(`the Dockerfile has no ${name}`)
  return JSON.parse(found.text.replace(/^CMD\s+/u, '')) as readonly string[]
}

/** What a build gives: the root of the last stage's file system, as far as the Dockerfile made it. */
export interface BuiltImage {
  readonly root: string
  readonly environment: Readonly<Record<string, string>>
}

interface Stage {
  readonly root: string
  workdir: string
  readonly environment: Record<string, string>
}

/** Where a build happens: `context` is what the Dockerfile may copy, `folder` takes a folder for each stage. */
export interface Build {
  readonly context: string
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
}

/**
 * Executes a Dockerfile without an engine: each stage is a folder, the base image is this machine, and every COPY and RUN is done as
 * it is written. Paths of RUN must be relative, for a folder is not a root.
 */
export async function build(instructions: readonly Instruction[], options: Build): Promise<BuiltImage> {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const name = / AS (\S+)$/u.exec(instruction.text)?.[1] ?? 'last'
      stage = { root: join(options.folder, name), workdir: '/', environment: {} }
      await mkdir(stage.root, { recursive: true })
      stages.set(name, stage)
    } else if (stage !== undefined) {
      await execute(instruction, stage, { ...options, stages })
    }
  }
  if (stage === undefined) throw new Error('the Dockerfile has no FROM')
  return { root: stage.root, environment: stage.environment }
}

async function execute(
  { name, text, options }: Instruction,
  stage: Stage,
  world: Build & { readonly stages: ReadonlyMap<string, Stage> },
): Promise<void> {
  switch (name) {
    case 'WORKDIR':
      stage.workdir = text
      await mkdir(join(stage.root, text), { recursive: true })
      return
    case 'ENV': {
      const [key = '', value = ''] = text.split('=')
      stage.environment[key] = value
      return
    }
    case 'RUN':
      await shell(text, join(stage.root, stage.workdir), { ...world.environment, ...stage.environment })
      return
    case 'COPY': {
      const from = options['from']
      const source = from === undefined ? world.context : world.stages.get(from)?.root
      if (source === undefined) throw new Error(`COPY from ${from}, which is no stage`)
      await copy(text.split(/\s+/u), { source, target: stage, owner: options['chown'] })
      return
    }
    default:
  }
}

async function shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run('/bin/sh', ['-euc', command], { cwd, env, maxBuffer: 64 * 1024 * 1024 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`RUN ${command}\n${stdout}${stderr}`, { cause: error })
  }
}

/** As COPY does: files go into a destination that ends in a slash, and folders give their content. */
async function copy(
  paths: readonly string[],
  { source, target, owner }: { readonly source: string; readonly target: Stage; readonly owner: string | undefined },
): Promise<void> {
  const destination = paths.at(-1) ?? ''
  const into = destination.startsWith('/')
    ? join(target.root, destination)
    : join(target.root, target.workdir, destination)
  for (const path of paths.slice(0, -1)) {
    const found = join(source, path)
    const isFile = (await stat(found)).isFile()
    const to = isFile && destination.endsWith('/') ? join(into, found.slice(dirname(found).length + 1)) : into
    await cp(found, to, { recursive: true, verbatimSymlinks: true })
    if (owner !== undefined && process.getuid?.() === 0) {
      const [user = 0, group = user] = owner.split(':').map(Number)
      await chown(to, user, group)
    }
  }
}

/** The part of the repository that `.dockerignore`, which names what it lets through, gives to the build. */
export async function makeContext(repository: string, folder: string): Promise<void> {
  const rules = (await readFile(join(repository, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => /^[^#]/u.test(line))
  if (rules[0] !== '*' || !rules.slice(1).every((rule) => rule.startsWith('!'))) {
    throw new Error('.dockerignore keeps everything out first, and lets some of it through')
  }
  for (const path of rules.slice(1).map((rule) => rule.slice(1))) {
    await cp(join(repository, path), join(folder, path), { recursive: true })
  }
}

/** Every file below a folder, by its relative path. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted()
}
