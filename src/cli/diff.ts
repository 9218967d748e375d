import { SettingsError } from '../model/errors.ts'
import { formatProblem } from '../model/problem.ts'
import { toWirePairs } from '../model/wire.ts'
import { diffAlert, readAlerts, type AlertDifference, type Told } from './diff-alerts.ts'
import { diffRulesets, type Detail, type Difference } from './diff-rulesets.ts'
import { exitCode } from './exit-code.ts'
import { paint, plural, printJson } from './print.ts'
import { labelsText } from './printable.ts'
import { type Loaded, type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'

/** What changes for whom from one set of manifests to another; exit code 0 nothing, 1 something, 2 cannot say. */
export async function diff(
  toolbox: Toolbox,
  paths: { readonly before: string; readonly after: string },
  flags: VerbFlags,
): Promise<number> {
  const { terminal } = toolbox
  const alerts = await readAlerts(toolbox, flags)
  const before = await loadWhole(toolbox, paths.before, flags)
  const after = await loadWhole(toolbox, paths.after, flags)
  const differences = diffRulesets(before, after)
  const rerouted: AlertDifference[] = []
  for (const alert of alerts) {
    const difference = await diffAlert(before.ruleset, after.ruleset, alert)
    if (difference !== undefined) rerouted.push(difference)
  }
  const same = differences.length + rerouted.length === 0
  if (flags['output'] === 'json') {
    printJson(terminal, { same, differences, tried: alerts.length, alerts: rerouted.map(toJson) })
  } else {
    for (const difference of differences) printDifference(terminal, difference)
    for (const difference of rerouted) printAlert(terminal, difference)
    const tried = alerts.length === 0 ? '' : `; ${rerouted.length} of ${plural(alerts.length, 'alert')} told to others`
    terminal.out(`${same ? 'no difference' : plural(differences.length, 'difference')}${tried}\n`)
  }
  return same ? exitCode.ok : exitCode.problems
}

/** Throws SettingsError when a part could not be read: what is missing would look like a difference. */
async function loadWhole(toolbox: Toolbox, path: string, flags: VerbFlags): Promise<Loaded> {
  const loaded = await toolbox.load([path], flags)
  const errors = loaded.problems.filter(({ severity }) => severity === 'error')
  const unread = errors.find(({ reason }) => reason === 'KustomizeFailed' || reason === 'SourceUnreadable')
  if (unread !== undefined) throw new SettingsError(formatProblem(unread))
  if (errors.length > 0) {
    toolbox.terminal.err(
      `${path} has ${plural(errors.length, 'error')}, and what is wrong is left out; see \`validate\`.\n`,
    )
  }
  return loaded
}

function toJson({ alert, ...rest }: AlertDifference): unknown {
  return { labels: toWirePairs(alert.labels), ...rest }
}

const marks = { added: '+', removed: '-', changed: '!' } as const
const colours = { added: 'green', removed: 'red', changed: 'yellow' } as const

function printDifference(terminal: Terminal, { object, change, details }: Difference): void {
  terminal.out(`${paint(terminal, colours[change], `${marks[change]} ${object} ${change}`)}\n`)
  for (const detail of details) terminal.out(`    ${detailText(detail)}\n`)
}

function detailText({ what, before, after }: Detail): string {
  if (before === undefined && after === undefined) return `${what} differs`
  if (before === undefined) return `${what}: ${after ?? ''}`
  return after === undefined ? `${what}: ${before}` : `${what}: ${before} → ${after}`
}

function printAlert(terminal: Terminal, { alert, added, removed, droppedBy }: AlertDifference): void {
  const labels = labelsText(alert.labels)
  terminal.out(`${paint(terminal, 'bold', 'alert')} ${labels}\n`)
  if (droppedBy !== undefined) {
    terminal.out(`    dropped by: ${droppedBy.before ?? 'no rule'} → ${droppedBy.after ?? 'no rule'}\n`)
  }
  printTold(terminal, 'added', added)
  printTold(terminal, 'removed', removed)
}

function printTold(terminal: Terminal, change: 'added' | 'removed', told: readonly Told[]): void {
  for (const { receiver, because } of told) {
    const what = change === 'added' ? 'told now' : 'not told any more'
    terminal.out(`${paint(terminal, colours[change], `${marks[change]}   ${receiver} ${what}`)}: ${because}\n`)
  }
}
