import { type Problem } from '../model/problem.ts'
import { type TemplateFile } from '../model/template-file.ts'
import { type Fault } from './fault.ts'
import { type NamedTemplate, type ParsedFile } from './parse.ts'
import { type ParsedFiles } from './parsed-files.ts'

/** Template files read, as far as they can be. */
export interface LoadedFiles {
  readonly templates: readonly NamedTemplate[]
  readonly good: ReadonlyMap<string, TemplateFile>
  readonly problems: readonly Problem[]
}

/** Reads each file, or its last good version; reports what is wrong with the newest. */
export function loadFiles(
  files: readonly TemplateFile[],
  previous: ReadonlyMap<string, TemplateFile>,
  { parse }: Pick<ParsedFiles, 'parse'>,
): LoadedFiles {
  const good = new Map<string, TemplateFile>()
  const templates = new Map<string, readonly NamedTemplate[]>()
  const problems: Problem[] = []
  for (const file of files) {
    const lastGood = previous.get(file.path)
    const parsed = parse(file)
    problems.push(...problemsOf(file, parsed, lastGood !== undefined))
    const usable = isUsable(parsed) ? { file, parsed } : again(lastGood, parse)
    if (usable === undefined) continue
    good.set(file.path, usable.file)
    templates.set(file.path, usable.parsed.templates)
  }
  return { templates: [...templates.values()].flat(), good, problems }
}

type Usable = Extract<ParsedFile, { readonly templates: unknown }>

function isUsable(parsed: ParsedFile): parsed is Usable {
  return 'templates' in parsed
}

/** The version of a file that was good before. */
function again(
  file: TemplateFile | undefined,
  parse: ParsedFiles['parse'],
): { file: TemplateFile; parsed: Usable } | undefined {
  if (file === undefined) return undefined
  const parsed = parse(file)
  return isUsable(parsed) ? { file, parsed } : undefined
}

function problemsOf(file: TemplateFile, parsed: ParsedFile, hasLastGood: boolean): readonly Problem[] {
  const meanwhile = hasLastGood
    ? 'its last good version stays in force meanwhile'
    : 'the built-in default is used meanwhile'
  if (!('faults' in parsed)) {
    return parsed.warnings.map((fault) =>
      toProblem(file, fault, { severity: 'warning', remedy: 'move it or remove it' }),
    )
  }
  return parsed.faults.map((fault) => toProblem(file, fault, { severity: 'error', remedy: `mend it; ${meanwhile}` }))
}

/** A fault as a Problem: its place counts from where the file's text begins. */
export function toProblem(
  file: TemplateFile,
  fault: Fault,
  { severity, remedy }: Pick<Problem, 'severity' | 'remedy'>,
): Problem {
  const near = fault.excerpt === '' ? '' : `, near ${JSON.stringify(fault.excerpt)}`
  const line = (file.origin?.line ?? 1) + fault.line - 1
  return {
    severity,
    reason: 'TemplateInvalid',
    path: file.origin === undefined || file.origin.file === file.path ? '' : file.path,
    message: `line ${fault.line}, column ${fault.column}: ${fault.message}${near}`,
    remedy,
    origin: { file: file.origin?.file ?? file.path, line, column: fault.column },
  }
}
