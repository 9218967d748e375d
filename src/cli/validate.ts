import { exitCode } from './exit-code.ts'
import { paint, plural, printJson, printProblems } from './print.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'

/** Reads and compiles manifests; exit code 1 when anything is an error. */
export async function validate(toolbox: Toolbox, paths: readonly string[], flags: VerbFlags): Promise<number> {
  const { terminal } = toolbox
  const { problems, objects, ruleset } = await toolbox.load(paths, flags)
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const warnings = problems.length - errors
  if (flags['output'] === 'json') {
    printJson(terminal, { valid: errors === 0, objects, receivers: ruleset.receivers.length, problems })
  } else {
    printProblems(terminal, problems)
    const verdict = errors === 0 ? paint(terminal, 'green', '✓ valid') : paint(terminal, 'red', '✗ not valid')
    terminal.out(
      `${verdict}: ${plural(objects, 'object')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}\n`,
    )
  }
  return errors === 0 ? exitCode.ok : exitCode.problems
}
