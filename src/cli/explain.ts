import { type Alert } from '../model/alert.ts'
import { SettingsError } from '../model/errors.ts'
import { toWirePairs } from '../model/wire.ts'
import { type Explanation, type ReceiverExplanation } from '../rules/ruleset.ts'
import { exitCode } from './exit-code.ts'
import { listOf } from './flags.ts'
import { readPayload } from './payload.ts'
import { paint, plural, printJson } from './print.ts'
import { labelsText, printable } from './printable.ts'
import { loadReady } from './ready.ts'
import { type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'

/** For each alert and each receiver: told or not, and the clause that decided. */
export async function explain(toolbox: Toolbox, labels: readonly string[], flags: VerbFlags): Promise<number> {
  const alerts = await readAlerts(toolbox, labels, flags)
  const { ruleset } = await loadReady(toolbox, listOf(flags['manifests']), flags)
  const explanations: Explanation[] = []
  for (const alert of alerts) explanations.push(await ruleset.explain(alert))
  if (flags['output'] === 'json') printJson(toolbox.terminal, explanations.map(toJson))
  else for (const explanation of explanations) printExplanation(toolbox.terminal, explanation, flags['all'] === true)
  return exitCode.ok
}

async function readAlerts(toolbox: Toolbox, labels: readonly string[], flags: VerbFlags): Promise<readonly Alert[]> {
  const file = flags['payload']
  if (typeof file !== 'string') return [alertOf(labels)]
  if (labels.length > 0) throw new SettingsError('explain takes labels or --payload FILE, not both')
  return (await readPayload(toolbox, file)).alerts
}

/** An alert from `name=value` arguments. */
function alertOf(pairs: readonly string[]): Alert {
  if (pairs.length === 0)
    throw new SettingsError('explain needs labels, for example: alertname=Down namespace=payments')
  const labels = new Map(
    pairs.map((pair): [string, string] => {
      const border = pair.indexOf('=')
      if (border < 1) throw new SettingsError(`${JSON.stringify(pair)} is not a label; write name=value`)
      return [pair.slice(0, border), pair.slice(border + 1)]
    }),
  )
  return {
    status: 'firing',
    labels,
    annotations: new Map(),
    startsAt: '',
    endsAt: null,
    generatorURL: '',
    fingerprint: '',
  }
}

function toJson(explanation: Explanation): unknown {
  return { ...explanation, alert: { status: explanation.alert.status, labels: toWirePairs(explanation.alert.labels) } }
}

function printExplanation(terminal: Terminal, explanation: Explanation, all: boolean): void {
  const labels = labelsText(explanation.alert.labels)
  const tenants = explanation.tenants.map(({ tenant, source }) => `${printable(tenant)} (${source})`).join(', ')
  terminal.out(`${paint(terminal, 'bold', 'alert')}    ${labels}\n`)
  terminal.out(`${paint(terminal, 'bold', 'tenants')}  ${tenants === '' ? 'none: only global receivers' : tenants}\n`)
  for (const { rule, effect, detail } of explanation.platform)
    terminal.out(`rule     ${printable(`${rule}: ${effect} ${detail}`)}\n`)
  if (explanation.droppedBy !== undefined) terminal.out(`dropped  by the platform rule ${explanation.droppedBy}\n`)
  const told = explanation.receivers.filter(({ matched }) => matched)
  const others = explanation.receivers.filter(({ matched }) => !matched)
  for (const receiver of told) printReceiver(terminal, receiver)
  for (const receiver of all ? others : others.slice(0, maxMissed)) printReceiver(terminal, receiver)
  const hidden = all ? 0 : Math.max(0, others.length - maxMissed)
  if (hidden > 0)
    terminal.out(paint(terminal, 'dim', `…and ${plural(hidden, 'other receiver')} not told; --all lists them\n`))
  terminal.out(`${plural(told.length, 'receiver')} told, ${others.length} not\n\n`)
}

/** More than this many receivers that are not told would hide the ones that are. */
const maxMissed = 25

function printReceiver(terminal: Terminal, receiver: ReceiverExplanation): void {
  const mark = receiver.matched ? paint(terminal, 'green', '✓') : paint(terminal, 'dim', '·')
  const owner = receiver.tenant === undefined ? receiver.class : `tenant ${receiver.tenant}`
  terminal.out(`${mark} ${receiver.receiver} (${printable(owner)}): ${printable(receiver.because)}\n`)
}
