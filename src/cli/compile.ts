import { exitCode } from './exit-code.ts'
import { printJson, printProblems } from './print.ts'
import { type Toolbox, type VerbFlags } from './toolbox.ts'

/** Prints the ruleset as stable JSON, and the problems to standard error; exit code 1 when anything is an error. */
export async function compileVerb(toolbox: Toolbox, paths: readonly string[], flags: VerbFlags): Promise<number> {
  const { terminal } = toolbox
  const { ruleset, problems } = await toolbox.load(paths, flags)
  printJson(terminal, ruleset.dump())
  printProblems({ ...terminal, out: terminal.err, colour: false }, problems)
  return problems.some((problem) => problem.severity === 'error') ? exitCode.problems : exitCode.ok
}
