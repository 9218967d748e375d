import { exitCode } from './exit-code.ts'
import { listOf } from './flags.ts'
import { toJunit } from './junit.ts'
import { paint, plural, printJson } from './print.ts'
import { loadReady } from './ready.ts'
import { readRoutingTests } from './routing-test-file.ts'
import { describeFailure, runCase, type CaseResult } from './routing-test-run.ts'
import { type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'

/** Tries alerts against manifests; exit code 1 when one of them is not routed as expected. */
export async function testRouting(toolbox: Toolbox, files: readonly string[], flags: VerbFlags): Promise<number> {
  const { terminal } = toolbox
  const cases = await readRoutingTests(toolbox, files)
  const { ruleset, problems } = await loadReady(toolbox, listOf(flags['manifests']), flags)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  if (errors > 0) terminal.err(`The manifests have ${plural(errors, 'error')}; \`validate\` names them.\n`)
  const results: CaseResult[] = []
  for (const one of cases) results.push(await runCase(ruleset, one))
  const failed = results.filter(({ passed }) => !passed).length
  if (flags['output'] === 'json') printJson(terminal, { passed: results.length - failed, failed, cases: results })
  else if (flags['output'] === 'junit') terminal.out(toJunit(results))
  else printResults(terminal, results, failed)
  return failed === 0 ? exitCode.ok : exitCode.problems
}

function printResults(terminal: Terminal, results: readonly CaseResult[], failed: number): void {
  for (const { name, file, line, passed, failures } of results) {
    const mark = passed ? paint(terminal, 'green', '✓') : paint(terminal, 'red', '✗')
    terminal.out(`${mark} ${name} ${paint(terminal, 'dim', `(${file}:${line})`)}\n`)
    for (const failure of failures) terminal.out(`    ${describeFailure(failure)}\n`)
  }
  terminal.out(`${plural(results.length, 'case')}, ${failed} failed\n`)
}
