import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { isRecord, own } from '../api/json-schema.ts'
import { type Problem } from '../model/problem.ts'
import { redact } from '../model/redact.ts'
import { readDocuments } from '../resources/documents.ts'
import { type FoundFile } from '../resources/read-file.ts'
import { kustomizationNames, list, type Listing } from './folders.ts'
import { type Limits } from './limits.ts'
import { runProgram, type ProgramOptions } from './run-program.ts'

/** What a folder with a kustomization builds to, or why it does not build. */
export type Built = { readonly text: string } | { readonly problem: Problem }

const programs = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
] as const

/** Builds a folder with the first program on PATH that can. `secrets` are values that the program's own words must not show. */
export async function buildKustomization(
  folder: string,
  options: ProgramOptions & { readonly secrets: readonly string[] },
): Promise<Built> {
  for (const [program, verb] of programs) {
    const result = await runProgram(program, [verb, resolve(folder)], options)
    if (result.end === 'ok') return { text: result.stdout }
    if (result.end === 'failed') {
      return { problem: buildFailed(folder, `${program} ${verb}`, redact(result.detail, options.secrets)) }
    }
  }
  return {
    problem: failed(folder, {
      message: 'the folder holds a kustomization, but neither `kubectl` nor `kustomize` is on PATH',
      remedy: 'install one of them, or give the folder that `kustomize build` wrote instead',
    }),
  }
}

function buildFailed(folder: string, command: string, detail: string): Problem {
  return failed(folder, {
    message: `\`${command} ${folder}\` failed: ${summarise(detail)}`,
    remedy: 'mend the kustomization so that the same command succeeds in a shell',
  })
}

function failed(folder: string, words: { readonly message: string; readonly remedy: string }): Problem {
  const origin = { file: join(folder, 'kustomization.yaml'), line: 1 }
  return { severity: 'error', reason: 'KustomizeFailed', path: '', ...words, origin }
}

const maxDetailChars = 1_000

/** One bounded line. Objects that kustomize prints whole are taken out: one of them may be a Secret. */
function summarise(detail: string): string {
  const text = detail
    .replace(/\{.*\}/gsu, '{…}')
    .replace(/map\[.*\]/gsu, 'map[…]')
    .replace(/^[EWIF]\d{4} \S+\s+\d+ \S+\] /u, '')
    .replace(/\s+/gu, ' ')
    .trim()
  if (text === '') return 'it gave no reason'
  return text.length <= maxDetailChars ? text : `${text.slice(0, maxDetailChars)}…`
}

/** The files that a kustomization is built from. */
export interface Inputs {
  /** Changes when one of them may have changed. */
  readonly stamp: string
  readonly files: readonly FoundFile[]
  readonly folders: Listing['folders']
  /** A Component is a part of other kustomizations and nothing by itself. */
  readonly component: boolean
}

/** What the kustomization files say, by file: read again only when their stamp changes. */
export type ReferenceCache = Map<string, References>

interface References {
  readonly stamp: string
  readonly values: readonly string[]
  readonly component: boolean
}

/**
 * Everything below the folder, and whatever local path a kustomization file on the way mentions: any text in it that is a path is
 * taken for one, so that no list of kustomize's fields can grow old here.
 */
export async function findInputs(folder: string, limits: Limits, cache: ReferenceCache): Promise<Inputs> {
  const files = new Map<string, FoundFile>()
  const folders = new Map<string, string>()
  const seen = new Set([folder])
  const roots = [folder]
  for (let root = roots.shift(); root !== undefined && files.size < limits.maxFiles; root = roots.shift()) {
    const listing = await list([root], { accept: () => true, stopAtKustomization: false, limits })
    for (const [path, identity] of listing.folders) folders.set(path, identity)
    for (const file of listing.files) {
      files.set(file.path, file)
      if (!folders.has(dirname(file.path))) folders.set(dirname(file.path), '')
    }
    const mentioned = await Promise.all(
      listing.files.filter(isKustomization).map((file) => mentions(file, limits, cache)),
    )
    const fresh = mentioned.flat().filter((path) => !files.has(path) && !folders.has(path) && !seen.has(path))
    for (const path of fresh) seen.add(path)
    roots.push(...new Set(fresh))
  }
  const sorted = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const component = sorted.some((file) => dirname(file.path) === folder && cache.get(file.path)?.component === true)
  return { stamp: sorted.map(({ path, stamp }) => `${path} ${stamp}`).join('\n'), files: sorted, folders, component }
}

function isKustomization(file: FoundFile): boolean {
  return kustomizationNames.includes(basename(file.path))
}

async function mentions(file: FoundFile, limits: Limits, cache: ReferenceCache): Promise<readonly string[]> {
  return resolveAll(dirname(file.path), (await references(file, limits, cache)).values)
}

const maxReferences = 5_000

async function references(file: FoundFile, limits: Limits, cache: ReferenceCache): Promise<References> {
  const known = cache.get(file.path)
  if (known?.stamp === file.stamp) return known
  const text = file.bytes > limits.maxFileBytes ? '' : await readFile(file.path, 'utf8').catch(() => '')
  const { documents } = readDocuments(text, file.path, limits)
  const values = new Set<string>()
  for (const { value } of documents) collectTexts(value, values)
  const component = documents.some(({ value }) => isRecord(value) && own(value, 'kind') === 'Component')
  const said = { stamp: file.stamp, values: [...values].slice(0, maxReferences), component }
  cache.set(file.path, said)
  return said
}

/** Every text that may be a path; generators write `name=path`. */
function collectTexts(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length <= 1_024 && !value.includes('\n') && !value.includes('://'))
      into.add(value.replace(/^[^=/]*=/u, ''))
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) collectTexts(child, into)
  }
}

/** Those that exist. Single words that are no file are most of them; a folder that holds this one cannot be a part of it. */
async function resolveAll(folder: string, values: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const value of values) {
    if (value === '' || isAbsolute(value)) continue
    const path = join(folder, value)
    if (`${resolve(folder)}/`.startsWith(`${resolve(path)}/`)) continue
    const facts = await stat(path).catch(() => undefined)
    if (facts?.isDirectory() === true || facts?.isFile() === true) found.push(path)
  }
  return found
}
