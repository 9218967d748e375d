import { type BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Problem } from '../model/problem.ts'
import { errorCode, toFile, type FoundFile } from '../resources/read-file.ts'
import { type Limits } from './limits.ts'
import { unreadable } from './problems.ts'

/** What lies below some paths at one moment. Sorted, so that the same tree always gives the same listing. */
export interface Listing {
  readonly files: readonly FoundFile[]
  /** Folders that kustomize builds; what lies below them is not among the files. */
  readonly kustomizations: readonly string[]
  /** Every folder that was looked into, with its identity: what must be watched. */
  readonly folders: ReadonlyMap<string, string>
  /** Paths of which nothing is known now; what was known of them before still holds. */
  readonly unreadable: readonly string[]
  readonly problems: readonly Problem[]
}

/** Which entries count. */
export interface ListOptions {
  readonly accept: (name: string) => boolean
  /** Whether a folder with a kustomization file is one thing rather than a folder. */
  readonly stopAtKustomization: boolean
  readonly limits: Pick<Limits, 'maxFiles' | 'maxFolderDepth'>
}

/** The names that kustomize looks for: https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#kustomization */
export const kustomizationNames: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** A manifest by its name. */
export function isManifestName(name: string): boolean {
  return /\.(?:ya?ml|json)$/u.test(name)
}

/**
 * Everything below `roots`, files given directly included. Names that begin with a dot are skipped, and with them the `..data` of
 * a mounted ConfigMap, whose visible entries are links through it. Links are followed; each folder is entered once, so a link
 * back up ends there.
 */
export async function list(roots: readonly string[], options: ListOptions): Promise<Listing> {
  const walk = new Walk(options)
  for (const root of roots) await walk.root(root)
  return walk.listing()
}

class Walk {
  readonly #options: ListOptions
  readonly #files: FoundFile[] = []
  readonly #kustomizations: string[] = []
  readonly #folders = new Map<string, string>()
  readonly #entered = new Set<string>()
  readonly #unreadable: string[] = []
  readonly #problems: Problem[] = []

  constructor(options: ListOptions) {
    this.#options = options
  }

  listing(): Listing {
    return {
      files: this.#files,
      kustomizations: this.#kustomizations,
      folders: this.#folders,
      unreadable: this.#unreadable,
      problems: this.#problems,
    }
  }

  async root(path: string): Promise<void> {
    try {
      const found = await stat(path, { bigint: true })
      if (found.isDirectory()) await this.#folder(path, found, 0)
      else if (!found.isFile()) this.#miss(path, 'is neither a file nor a folder')
      else if (this.#options.stopAtKustomization && kustomizationNames.includes(basename(path))) {
        this.#kustomizations.push(dirname(path))
      } else this.#file(path, found)
    } catch (error) {
      this.#miss(path, errorCode(error))
    }
  }

  async #folder(path: string, found: BigIntStats, depth: number): Promise<void> {
    const identity = `${found.dev}:${found.ino}`
    if (this.#entered.has(identity)) return
    this.#entered.add(identity)
    if (depth > this.#options.limits.maxFolderDepth) {
      this.#miss(path, `is more than ${this.#options.limits.maxFolderDepth} folders deep`)
      return
    }
    this.#folders.set(path, identity)
    const names = (await readdir(path)).filter((name) => !name.startsWith('.') && name !== 'node_modules').sort()
    if (this.#options.stopAtKustomization && names.some((name) => kustomizationNames.includes(name))) {
      this.#kustomizations.push(path)
      return
    }
    await this.#entries(path, names, depth)
  }

  async #entries(folder: string, names: readonly string[], depth: number): Promise<void> {
    for (let from = 0; from < names.length; from += entriesAtOnce) {
      if (this.#full(folder)) return
      const chunk = names.slice(from, from + entriesAtOnce)
      for (const looked of await Promise.all(chunk.map((name) => look(join(folder, name)))))
        await this.#entry(looked, depth)
    }
  }

  async #entry({ path, found, fault }: Looked, depth: number): Promise<void> {
    if (fault !== undefined) this.#miss(path, fault)
    else if (found?.isDirectory() === true) await this.#enter(path, found, depth + 1)
    else if (found !== undefined && this.#options.accept(path)) this.#file(path, found)
  }

  async #enter(path: string, found: BigIntStats, depth: number): Promise<void> {
    try {
      await this.#folder(path, found, depth)
    } catch (error) {
      const code = errorCode(error)
      if (code !== 'ENOENT') this.#miss(path, code)
    }
  }

  #file(path: string, found: BigIntStats): void {
    if (found.isFile() && !this.#full(path)) this.#files.push(toFile(path, found))
  }

  #full(path: string): boolean {
    const { maxFiles } = this.#options.limits
    if (this.#files.length < maxFiles) return false
    this.#miss(path, `lies beyond the first ${maxFiles} files and is not read`)
    return true
  }

  #miss(path: string, why: string): void {
    this.#unreadable.push(path)
    if (this.#problems.length < maxListedProblems) this.#problems.push(unreadable(path, why))
  }
}

const maxListedProblems = 50
const entriesAtOnce = 256

interface Looked {
  readonly path: string
  readonly found?: BigIntStats
  readonly fault?: string
}

/** An entry that has gone meanwhile is nothing; a link that leads nowhere is a fault. */
async function look(path: string): Promise<Looked> {
  try {
    return { path, found: await stat(path, { bigint: true }) }
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ENOENT') return { path, fault: code }
    return (await isLink(path)) ? { path, fault: 'is a link to nothing' } : { path }
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch {
    return false
  }
}
