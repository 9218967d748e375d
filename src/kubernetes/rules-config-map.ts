import { formatPath } from '../api/text.ts'
import { type ObjectRef } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type ConfigMapObject } from '../resources/core-kinds.ts'
import { readDocuments } from '../resources/documents.ts'
import { type RuleDocument } from '../rules/snapshot.ts'

/** Platform rules that a ConfigMap holds. */
export interface RulesReading {
  readonly rules: readonly RuleDocument[]
  readonly problems: readonly Problem[]
}

/** Names a ConfigMap. */
export interface ConfigMapName {
  readonly namespace: string
  readonly name: string
}

/** The API server takes no larger ConfigMap: https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const limits = { maxDocumentChars: 1_048_576, maxDocuments: 1_000 }

/**
 * Reads the rule documents of every key, in order of the keys. A key whose text is no YAML keeps the rules that it had; a ConfigMap
 * that is not there has none.
 */
export function createRulesReader(named: ConfigMapName): (configMap: ConfigMapObject | undefined) => RulesReading {
  const object: ObjectRef = { kind: 'ConfigMap', ...named }
  let before: ReadonlyMap<string, KeyReading> = new Map()

  return (configMap) => {
    const keys = [...(configMap?.data ?? [])].sort(([one], [other]) => (one < other ? -1 : 1))
    const now = new Map(keys.map(([key, text]) => [key, readKey(object, key, text, before.get(key))]))
    before = now
    const readings = [...now.values()]
    const problems = readings.flatMap((reading) => reading.problems)
    return {
      rules: readings.flatMap(({ rules }) => rules),
      problems: configMap === undefined ? [notThere(object)] : problems,
    }
  }
}

interface KeyReading extends RulesReading {
  readonly text: string
}

function readKey(object: ObjectRef, key: string, text: string, before: KeyReading | undefined): KeyReading {
  if (before?.text === text) return before
  const file = `ConfigMap ${object.namespace ?? ''}/${object.name}/${key}`
  const { documents, problems } = readDocuments(text, file, limits)
  if (problems.length > 0) {
    const path = formatPath(['data', key])
    return { text, rules: before?.rules ?? [], problems: problems.map((problem) => ({ ...problem, object, path })) }
  }
  return { text, rules: documents.map(({ value, originOf }) => ({ document: value, origin: originOf('') })), problems }
}

function notThere(object: ObjectRef): Problem {
  return {
    severity: 'warning',
    reason: 'SourceUnreadable',
    object,
    path: '',
    message: 'the ConfigMap of platform rules, named with --rules-configmap, is not there, so it has no rules',
    remedy: 'apply it, or start the server without the flag',
  }
}
