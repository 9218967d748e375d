import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLimits } from './directory/limits.ts'
import { SettingsError } from './model/errors.ts'
import { formatProblem } from './model/problem.ts'
import { readDocuments } from './resources/documents.ts'
import { type RuleDocument, type TemplateFile } from './rules/snapshot.ts'

/** The folder that holds rules/, templates/, schemas/ and crds/: the repository's, or the installed package's. */
export const root = join(import.meta.dirname, '..')

/** The demo's manifests, file by file: so the demo runs without a program that builds kustomizations. */
export const demoManifests: readonly string[] = filesOf(join(root, 'kustomize', 'overlays', 'demo'), '.yaml').filter(
  (path) => !path.endsWith('kustomization.yaml'),
)

/** This package's version. */
export const version: string = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string })
  .version

/** The documents that give global, tenant and default their meaning. */
export function builtInRules(): readonly RuleDocument[] {
  return filesOf(join(root, 'rules'), '.yaml')
    .filter((path) => !path.endsWith('kustomization.yaml'))
    .flatMap(readRules)
}

/** The default messages and their partials. */
export function builtInTemplates(): readonly TemplateFile[] {
  const folder = join(root, 'templates')
  return [...filesOf(folder, '.liquid'), ...filesOf(join(folder, 'partials'), '.liquid')].map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }))
}

/** Platform rules from files that a flag names. Throws SettingsError when one cannot be read as YAML. */
export function platformRules(paths: readonly string[]): readonly RuleDocument[] {
  return paths.flatMap(readRules)
}

function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name))
}

function readRules(path: string): readonly RuleDocument[] {
  const { documents, problems } = readDocuments(textOf(path), path, defaultLimits)
  const [problem] = problems
  if (problem !== undefined) throw new SettingsError(`--rules: ${formatProblem(problem)}`)
  return documents.map(({ value, originOf }) => ({ document: value, origin: originOf('') }))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingsError(`--rules: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
