import { SettingsError } from '../model/errors.ts'
import { formatProblem } from '../model/problem.ts'
import { type Loaded, type Toolbox, type VerbFlags } from './toolbox.ts'

/** More problems than people read before they look for themselves with `validate`. */
const maxShown = 5

/** Loads manifests that alerts can be routed by. Throws SettingsError, with what is wrong with them, when none can. */
export async function loadReady(toolbox: Toolbox, paths: readonly string[], flags: VerbFlags): Promise<Loaded> {
  const loaded = await toolbox.load(paths, flags)
  if (loaded.ruleset.manager !== undefined) return loaded
  const errors = loaded.problems.filter(({ severity }) => severity === 'error').slice(0, maxShown)
  const lines = errors.map((problem) => `\n  ${formatProblem(problem)}`).join('')
  throw new SettingsError(`${paths.join(', ')}: no NotificationManager is in force, so no alert can be routed${lines}`)
}
