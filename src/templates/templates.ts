import { formatProblem, type Problem } from '../model/problem.ts'
import { type TemplateFile } from '../model/template-file.ts'
import { createEngines } from './engine.ts'
import { type Templates } from './library.ts'
import { defaultLimits, type RenderLimits } from './limits.ts'
import { loadFiles, toProblem } from './load.ts'
import { type NamedTemplate } from './parse.ts'
import { createParsedFiles } from './parsed-files.ts'
import { createPatience } from './patience.ts'
import { createLibrary, type Shelf, type TemplateSet } from './shelf.ts'

/**
 * The template engine over the built-in templates, whose files are read by the caller. Throws when one of those is broken, which
 * is a bug.
 */
export function createTemplates(deps: {
  readonly builtin: readonly TemplateFile[]
  readonly limits?: Partial<RenderLimits>
  /** Milliseconds of a clock that never goes back; the process's own when absent. */
  readonly now?: () => number
}): Templates {
  const limits = { ...defaultLimits, ...deps.limits }
  const engines = createEngines(limits)
  const own = loadFiles(deps.builtin, new Map(), createParsedFiles(engines))
  const broken = [...own.problems, ...danglingCalls(own.templates, byName(own.templates))]
  if (broken.length > 0) throw new Error(`built-in templates: ${broken.map(formatProblem).join('; ')}`)
  const builtin = byName(own.templates)
  const files = createParsedFiles(engines)
  let last: Pick<Shelf, 'all' | 'patience'> = { all: builtin, patience: createPatience() }
  const now = deps.now ?? (() => performance.now())
  return {
    load(given, previous) {
      files.beginLoad()
      const { templates, good, problems } = loadFiles(given, previous?.good ?? new Map(), files)
      const all = new Map([...builtin, ...byName(templates)])
      // Who failed may have been mended by a change of what it calls.
      const patience = isSame(last.all, all) ? last.patience : createPatience()
      last = { all, patience }
      const library = createLibrary({ engines, builtin, all, limits, patience, now })
      return { library, good, problems: [...problems, ...shadowed(templates), ...danglingCalls(templates, all)] }
    },
  }
}

function byName(templates: readonly NamedTemplate[]): TemplateSet {
  return new Map(templates.map((template) => [template.name, template]))
}

function isSame(one: TemplateSet, other: TemplateSet): boolean {
  return one.size === other.size && [...one].every(([name, template]) => other.get(name) === template)
}

/** Names that two files define: the later file wins, as in Go. */
function shadowed(templates: readonly NamedTemplate[]): readonly Problem[] {
  const last = byName(templates)
  return templates.flatMap((template) => {
    const winner = last.get(template.name)
    if (winner === undefined || winner.file === template.file) return []
    const fault = {
      ...template.at,
      message: `"${template.name}" is defined in ${winner.file.path} too, and that one is used`,
    }
    return [toProblem(template.file, fault, { severity: 'warning', remedy: 'rename or remove one of them' })]
  })
}

/** Calls of templates that nobody defines. */
function danglingCalls(templates: readonly NamedTemplate[], all: TemplateSet): readonly Problem[] {
  return templates.flatMap(({ file, calls }) =>
    calls
      .filter((call) => !all.has(call.target))
      .map((call) => {
        const [line = 1, column = 1] = call.token.getPosition()
        const fault = { message: `no template is named "${call.target}"`, line, column, excerpt: call.token.getText() }
        const problem = toProblem(file, fault, { severity: 'warning', remedy: 'define it, or mend the name' })
        return { ...problem, reason: 'TemplateNotFound' as const }
      }),
  )
}
