import { writeFile } from 'node:fs/promises'
import { createKinds } from '../api/kinds.ts'
import { createValidator } from '../api/validator.ts'
import { channels } from '../channels/index.ts'
import { formatFinding } from '../migrate/finding.ts'
import { migrate, type Migration } from '../migrate/migrate.ts'
import { SettingsError } from '../model/errors.ts'
import { ruleDocumentSchema } from '../rules/document.ts'
import { exitCode } from './exit-code.ts'
import { paint, plural, printProblems } from './print.ts'
import { type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'
import { toYamlDocuments } from './yaml.ts'

/**
 * Prints manifests of the predecessor's v2beta2 as v2alpha1, and reports on standard error what is not the same. Exit code 1 when
 * something has no counterpart, 2 when something could not be read: then nothing is printed.
 */
export async function migrateVerb(toolbox: Toolbox, paths: readonly string[], flags: VerbFlags): Promise<number> {
  const { terminal } = toolbox
  const onError: Terminal = { ...terminal, out: terminal.err, colour: false }
  const { documents, problems } = await toolbox.readManifests(paths)
  if (problems.length > 0) {
    printProblems(onError, problems)
    return exitCode.usage
  }
  const rulesFile = flags['rulesOut']
  const namespace = flags['namespace']
  const migration = migrate(documents, {
    kinds: createKinds(channels),
    checkRule: createRuleCheck(),
    secrets: { emit: flags['emitSecrets'] === true, ...(typeof namespace === 'string' ? { namespace } : {}) },
    takesRules: typeof rulesFile === 'string',
  })
  if (migration.objects === 0) throw new SettingsError(`${paths.join(', ')}: no object of the predecessor is there`)
  if (typeof rulesFile === 'string') await write('--rules-out', rulesFile, toYamlDocuments(migration.rules))
  terminal.out(toYamlDocuments(migration.manifests))
  const report = flags['output'] === 'json' ? jsonReport(migration) : textReport(migration, onError)
  const reportFile = flags['report']
  if (typeof reportFile === 'string') await write('--report', reportFile, report)
  else terminal.err(report)
  return migration.findings.some(({ severity }) => severity === 'lost') ? exitCode.problems : exitCode.ok
}

function createRuleCheck(): (document: object) => readonly string[] {
  const validate = createValidator(ruleDocumentSchema)
  return (document) => {
    const verdict = validate(document)
    return verdict.ok ? [] : verdict.faults.map(({ path, message }) => `${path} ${message}`)
  }
}

async function write(flag: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw new SettingsError(`${flag}: cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`)
  })
}

function jsonReport(migration: Migration): string {
  const { objects, others, manifests, rules, findings } = migration
  const report = { objects, others, manifests: manifests.length, rules: rules.length, ...countsOf(migration), findings }
  return `${JSON.stringify(report, undefined, 2)}\n`
}

function textReport(migration: Migration, terminal: Terminal): string {
  const { objects, others, manifests, findings } = migration
  const { lost, changed } = countsOf(migration)
  const lines = [...findings.filter(isLost), ...findings.filter((finding) => !isLost(finding))].map((finding) =>
    paint(terminal, isLost(finding) ? 'red' : 'yellow', formatFinding(finding)),
  )
  const verdict = `${plural(objects, 'object')} read, ${plural(manifests.length, 'manifest')} printed: ${lost} lost, ${changed} changed`
  const rest = others === 0 ? '' : `; ${plural(others, 'object')} of other kinds left alone`
  return [...lines, `${verdict}${rest}\n`].join('\n')
}

function countsOf({ findings }: Migration): { readonly lost: number; readonly changed: number } {
  const lost = findings.filter(isLost).length
  return { lost, changed: findings.length - lost }
}

function isLost({ severity }: Migration['findings'][number]): boolean {
  return severity === 'lost'
}
