import { createValidator } from '../api/validator.ts'
import { type Problem } from '../model/problem.ts'
import { exceedsBounds } from './bounds.ts'
import { builtInDocumentSchema, type BuiltInDocument } from './document.ts'
import { ruleProblem, schemaProblems } from './problems.ts'
import { type RuleDocument } from './snapshot.ts'

/** The documents that give selection its meaning: files of these names under rules/. */
export const builtInNames = ['global-receiver', 'tenant-receiver', 'default-config', 'tenant-config'] as const
export type BuiltInName = (typeof builtInNames)[number]

/** The built-in documents by their names. */
export type BuiltInRules = Readonly<Record<BuiltInName, BuiltInDocument>>

/** The documents checked; `rules` is undefined when one is missing or faulty, and then nothing may be routed. */
export function readBuiltInRules(documents: readonly RuleDocument[]): {
  readonly rules: BuiltInRules | undefined
  readonly problems: readonly Problem[]
} {
  const validate = createValidator<BuiltInDocument>(builtInDocumentSchema)
  const found = new Map<string, BuiltInDocument>()
  const problems: Problem[] = []
  for (const document of documents) {
    const bound = exceedsBounds(document.document)
    const checked = bound === undefined ? validate(document.document) : undefined
    if (bound !== undefined) problems.push(ruleProblem('error', document, bound))
    else if (checked?.ok === false) problems.push(...schemaProblems(document, checked.faults))
    else if (checked?.ok === true) found.set(checked.value.name, checked.value)
  }
  const [globalReceiver, tenantReceiver, defaultConfig, tenantConfig] = builtInNames.map((name) => found.get(name))
  if (!globalReceiver || !tenantReceiver || !defaultConfig || !tenantConfig) {
    return { rules: undefined, problems: [...problems, ...missing(found)] }
  }
  const rules = {
    'global-receiver': globalReceiver,
    'tenant-receiver': tenantReceiver,
    'default-config': defaultConfig,
    'tenant-config': tenantConfig,
  }
  return { rules, problems }
}

function missing(found: ReadonlyMap<string, unknown>): readonly Problem[] {
  return builtInNames
    .filter((name) => !found.has(name))
    .map((name) => ({
      severity: 'error',
      reason: 'InvalidRule',
      path: '',
      message: `the built-in rule document ${name} is missing, so nothing can be routed`,
      remedy: `restore rules/${name}.yaml`,
    }))
}
