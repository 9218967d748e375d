import { readFile } from 'node:fs/promises'
import { type AlertGroup } from '../model/alert.ts'
import { PayloadError, SettingsError } from '../model/errors.ts'
import { type Toolbox } from './toolbox.ts'

/** The group in a file that holds an Alertmanager webhook body; `-` is standard input. Throws SettingsError. */
export async function readPayload(toolbox: Toolbox, file: string): Promise<AlertGroup> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((error: unknown) => {
    throw new SettingsError(`--payload: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`)
  })
  try {
    return toolbox.parsePayload(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) throw new SettingsError(`--payload: ${file} is not JSON: ${error.message}`)
    if (error instanceof PayloadError) throw new SettingsError(`--payload: ${file}: ${error.message}`)
    throw error
  }
}
