import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, matchesGlob, posix } from 'node:path'
import { type Origin, type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type ManagerSpec, type TemplateFile } from '../rules/snapshot.ts'
import { type ConfigMapObject } from './core-kinds.ts'
import { mountedFiles, missingConfigMaps, type MountedFile } from './mounts.ts'
import { readBounded } from './read-file.ts'

/** The template files that a NotificationManager names. */
export interface TemplateReading {
  readonly files: readonly TemplateFile[]
  readonly problems: readonly Problem[]
  /** Folders of files that are not in ConfigMaps, to be watched. */
  readonly folders: ReadonlySet<string>
}

/** The NotificationManager in force, and what its volumes can mount. */
export interface TemplateRequest {
  readonly manager: Resource<ManagerSpec> | undefined
  readonly originOf: (path: string) => Origin | undefined
  readonly configMaps: readonly ConfigMapObject[]
  readonly ownNamespace: string
}

const maxTemplateBytes = 1024 * 1024
const maxTemplateFiles = 100
const nothing: TemplateReading = { files: [], problems: [], folders: new Set() }

/**
 * Reads `spec.receivers.options.global.templateFile`: each entry is a file, a folder or a glob; first among what the volumes mount,
 * then on disk. A file on disk that cannot be read now keeps the text that it had.
 */
export function createTemplateReader(): (request: TemplateRequest) => Promise<TemplateReading> {
  const known = new Map<string, string>()

  async function fromDisk(path: string): Promise<TemplateFile | undefined> {
    const content = await readBounded(path, maxTemplateBytes)
    if (content.state === 'gone') known.delete(path)
    if (content.state === 'read') known.set(path, Buffer.from(content.bytes).toString('utf8'))
    const text = known.get(path)
    return text === undefined ? undefined : { path, text, origin: { file: path, line: 1 } }
  }

  async function read(manager: Resource<ManagerSpec>, request: TemplateRequest): Promise<TemplateReading> {
    const mounted = mountedFiles(manager.spec, request.configMaps, request.ownNamespace)
    const files = new Map<string, TemplateFile>()
    const problems: Problem[] = []
    const folders = new Set<string>()
    for (const [place, entry] of entriesOf(manager).entries()) {
      const inMounts = fromMounts(entry, mounted)
      const path = isAbsolute(entry) ? entry : join(dirname(manager.origin?.file ?? '.'), entry)
      if (inMounts.length === 0) folders.add(dirname(path))
      const found = inMounts.length > 0 ? inMounts : await fromFolder(path)
      for (const file of found) if (!files.has(file.path)) files.set(file.path, file)
      if (found.length === 0) problems.push(notFound(manager, place, request))
    }
    return { files: [...files.values()].slice(0, maxTemplateFiles), problems, folders }
  }

  async function fromFolder(path: string): Promise<readonly TemplateFile[]> {
    const found: TemplateFile[] = []
    for (const file of await expand(path)) {
      const onDisk = await fromDisk(file)
      if (onDisk !== undefined) found.push(onDisk)
    }
    return found
  }

  return async (request) => {
    const { manager } = request
    const reading = manager === undefined ? nothing : await read(manager, request)
    const used = new Set(reading.files.map(({ path }) => path))
    for (const path of known.keys()) if (!used.has(path)) known.delete(path)
    return reading
  }
}

function entriesOf({ spec }: Resource<ManagerSpec>): readonly string[] {
  return spec.receivers.options?.global?.templateFile ?? []
}

function notFound(manager: Resource<ManagerSpec>, place: number, request: TemplateRequest): Problem {
  const missing = missingConfigMaps(manager.spec, request.configMaps)
  const path = `spec.receivers.options.global.templateFile[${place}]`
  const origin = request.originOf(path)
  const remedy =
    missing.length === 0
      ? 'mount a ConfigMap that has it with spec.volumes and spec.volumeMounts, or put the file there'
      : `add the ConfigMap ${missing.join(', ')}, which spec.volumes mounts`
  return {
    severity: 'warning',
    reason: 'TemplateNotFound',
    object: { kind: manager.kind, name: manager.metadata.name },
    path,
    message: 'there is no such template file, neither in a mounted ConfigMap nor on disk',
    remedy,
    ...(origin === undefined ? {} : { origin }),
  }
}

function fromMounts(entry: string, mounted: readonly MountedFile[]): TemplateFile[] {
  const wanted = posix.normalize(entry)
  const folder = wanted.endsWith('/') ? wanted : `${wanted}/`
  return mounted
    .filter(({ path }) => path === wanted || path.startsWith(folder) || (isGlob(wanted) && matchesGlob(path, wanted)))
    .map(toTemplateFile)
}

function toTemplateFile({ path, text, origin }: MountedFile): TemplateFile {
  const written = origin()
  return { path, text, ...(written === undefined ? {} : { origin: written }) }
}

function isGlob(path: string): boolean {
  return /[*?[]/u.test(path)
}

/** The files that a path means: itself, those of a folder, or those that match a glob in its last part. */
async function expand(path: string): Promise<readonly string[]> {
  const pattern = isGlob(basename(path)) ? basename(path) : undefined
  const folder = pattern === undefined ? path : dirname(path)
  const facts = await stat(folder).catch(() => undefined)
  if (facts?.isDirectory() !== true) return facts === undefined ? [] : [path]
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => !name.startsWith('.') && (pattern === undefined || matchesGlob(name, pattern)))
    .sort()
    .slice(0, maxTemplateFiles)
    .map((name) => join(folder, name))
}
