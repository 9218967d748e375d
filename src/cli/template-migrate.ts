import { readFile } from 'node:fs/promises'
import { SettingsError } from '../model/errors.ts'
import { translate } from '../templates/go/translate.ts'
import { exitCode } from './exit-code.ts'
import { printProblems } from './print.ts'
import { type Toolbox } from './toolbox.ts'

/** Prints the Liquid of a file of Go templates; exit code 1, and where and why, when a construct cannot be translated. */
export async function migrateTemplate(toolbox: Toolbox, file: string): Promise<number> {
  const { terminal } = toolbox
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new SettingsError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  })
  const translation = translate(text, file)
  if ('liquid' in translation) {
    terminal.out(translation.liquid.endsWith('\n') ? translation.liquid : `${translation.liquid}\n`)
    return exitCode.ok
  }
  printProblems({ ...terminal, out: terminal.err, colour: false }, translation.problems)
  return exitCode.problems
}
