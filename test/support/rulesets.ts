import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { parse } from 'yaml'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { builtInNames } from '../../src/rules/built-in.ts'
import { createCompile, type Compile, type CompileDeps } from '../../src/rules/compile.ts'
import { type Compilation } from '../../src/rules/ruleset.ts'
import { type RuleDocument, type Snapshot } from '../../src/rules/snapshot.ts'
import { createLogCapture } from './log-capture.ts'

/** One document of rules/, parsed. */
export function readRule(path: string): RuleDocument {
  const file = `rules/${path}.yaml`
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  return { document: parse(text) as unknown, origin: { file, line: 1 } }
}

/** The built-in documents as they are shipped. */
export function readBuiltInDocuments(): readonly RuleDocument[] {
  return builtInNames.map(readRule)
}

/** What compiling needs, with the real channels and the shipped rules. */
export function compileDeps(changes: Partial<CompileDeps> = {}): CompileDeps {
  return {
    channels,
    documents: readBuiltInDocuments(),
    ownNamespace: 'notifications',
    allowedSecretNamespaces: [],
    secretRefs: createKinds(channels).secretRefs,
    yieldNow: () => setImmediate(),
    logger: createLogCapture(),
    ...changes,
  }
}

/** The compiler as the server makes it. */
export const compile: Compile = createCompile(compileDeps())

/** A snapshot compiled; every template is there. */
export async function compiled(snapshot: Snapshot): Promise<Compilation> {
  return compile(snapshot, () => true)
}
