import { setImmediate as nextTurn } from 'node:timers/promises'
import { createKinds, type Kinds } from './api/kinds.ts'
import { builtInRules, builtInTemplates } from './assets.ts'
import { channels } from './channels/index.ts'
import { type Logger } from './model/ports.ts'
import { type Problem } from './model/problem.ts'
import { type TemplateFile } from './model/template-file.ts'
import { type InForce } from './notify/in-force.ts'
import { type TemplateSources } from './notify/planner.ts'
import { createCompile } from './rules/compile.ts'
import { type Snapshot } from './rules/snapshot.ts'
import { type LoadedTemplates } from './templates/library.ts'
import { createTemplates } from './templates/templates.ts'

/** Everything that one snapshot gives: put in force together, by one assignment. */
export interface Built extends InForce {
  readonly snapshot: Snapshot
  readonly problems: readonly Problem[]
}

/** Turns snapshots into what can be put in force. */
export interface Builder {
  readonly kinds: Kinds
  /** A template file that breaks keeps what the build before had of it. */
  build(snapshot: Snapshot): Promise<Built>
}

/** What a build asks of the settings. */
export interface BuilderOptions {
  readonly namespace: string
  readonly allowedSecretNamespaces: readonly string[]
  readonly logger: Logger
}

/** Reads the built-in rules and templates, once. */
export function createBuilder(options: BuilderOptions): Builder {
  const kinds = createKinds(channels)
  const builtin = builtInTemplates()
  const templates = createTemplates({ builtin })
  const compile = createCompile({
    channels,
    documents: builtInRules(),
    ownNamespace: options.namespace,
    allowedSecretNamespaces: options.allowedSecretNamespaces,
    secretRefs: kinds.secretRefs,
    yieldNow: () => nextTurn(undefined),
    logger: options.logger,
  })
  let loaded: LoadedTemplates | undefined
  let templateSources: TemplateSources = { builtin, files: [] }
  return {
    kinds,
    async build(snapshot) {
      loaded = templates.load(snapshot.templateFiles, loaded)
      const { library, problems } = loaded
      const files = [...loaded.good.values()]
      if (!areSame(files, templateSources.files)) templateSources = { builtin, files }
      const compilation = await compile(snapshot, (name) => library.has(name))
      return {
        snapshot,
        ruleset: compilation.ruleset,
        templates: library,
        templateSources,
        problems: [...compilation.problems, ...problems],
      }
    },
  }
}

/** Whoever made a library of the same texts need not make it again. */
function areSame(files: readonly TemplateFile[], others: readonly TemplateFile[]): boolean {
  return (
    files.length === others.length &&
    files.every(({ path, text }, place) => others[place]?.path === path && others[place].text === text)
  )
}
