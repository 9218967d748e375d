import { type AnyChannel, type Part, type Preview } from '../channels/channel.ts'
import { type Alert, type AlertGroup } from '../model/alert.ts'
import { SettingsError } from '../model/errors.ts'
import { narrow } from '../model/notification.ts'
import { plan } from '../notify/plan.ts'
import { type CompiledReceiver, type Ruleset } from '../rules/ruleset.ts'
import { exitCode } from './exit-code.ts'
import { listOf } from './flags.ts'
import { readPayload } from './payload.ts'
import { paint, plural, printJson } from './print.ts'
import { loadReady } from './ready.ts'
import { type Loaded, type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'

/** What would be sent to one receiver. */
interface RenderedReceiver {
  readonly receiver: string
  readonly channel: string
  readonly messages: readonly (Preview & { readonly summary: string })[]
  /** Templates that failed, and what was used instead. */
  readonly fallbacks: readonly string[]
}

/** Prints exactly what would be sent, and sends nothing. */
export async function render(toolbox: Toolbox, flags: VerbFlags): Promise<number> {
  const { terminal } = toolbox
  const wanted = flags['receiver']
  if ((wanted === undefined) === (flags['all'] !== true)) {
    throw new SettingsError('render needs either --receiver Kind/name or --all')
  }
  const group = await readPayload(toolbox, String(flags['payload']))
  const loaded = await loadReady(toolbox, listOf(flags['manifests']), flags)
  const acceptedAt = timeOf(flags['at'], toolbox.now())
  const { told, alerts } = await routeAll(loaded.ruleset, group)
  const receivers = typeof wanted === 'string' ? [named(loaded.ruleset, wanted)] : [...told.keys()]
  const rendered = receivers.map((receiver) =>
    preview(loaded, { receiver, group: narrow(group, told.get(receiver) ?? alerts), acceptedAt }),
  )
  if (flags['output'] === 'json') printJson(terminal, rendered)
  else for (const one of rendered) print(terminal, one, flags['output'] === 'html')
  if (rendered.length === 0) terminal.err('No receiver is told about this payload.\n')
  const unreached = receivers.filter((receiver) => !told.has(receiver))
  for (const { key } of unreached) terminal.err(`${key} would not be told about this payload; rendered all the same.\n`)
  return exitCode.ok
}

/** The alerts as they were routed, and which of them reach which receiver. */
async function routeAll(
  ruleset: Ruleset,
  group: AlertGroup,
): Promise<{ readonly told: ReadonlyMap<CompiledReceiver, readonly Alert[]>; readonly alerts: readonly Alert[] }> {
  const told = new Map<CompiledReceiver, Alert[]>()
  const alerts: Alert[] = []
  for (const posted of group.alerts) {
    const { alert, receivers } = await ruleset.route(posted)
    alerts.push(alert)
    for (const receiver of receivers) told.set(receiver, [...(told.get(receiver) ?? []), alert])
  }
  return { told, alerts }
}

function named(ruleset: Ruleset, wanted: string): CompiledReceiver {
  const [kind, name] = wanted.split('/')
  const receiver = ruleset.receiver(`${kind ?? ''}/${name ?? ''}`)
  if (receiver !== undefined) return receiver
  const keys = ruleset.receivers.map(({ key }) => key)
  throw new SettingsError(
    `--receiver: ${wanted} is not in force; there ${keys.length === 1 ? 'is' : 'are'} ${keys.slice(0, 20).join(', ') || 'none'}`,
  )
}

interface PreviewRequest {
  readonly receiver: CompiledReceiver
  readonly group: AlertGroup
  readonly acceptedAt: number
}

function preview({ templates }: Loaded, { receiver, group, acceptedAt }: PreviewRequest): RenderedReceiver {
  const { key, channel, undeliverable } = receiver
  const [problem] = undeliverable
  if (problem !== undefined) throw new SettingsError(`${key} cannot be rendered: ${problem.message}; ${problem.remedy}`)
  const fallbacks: string[] = []
  const notification = { id: 'preview', receiver: key, group, acceptedAt }
  const parts = plan({ notification, receiver, templates, done: new Set(), fallbacks })
  return { receiver: key, channel: channel.name, messages: parts.map((part) => show(channel, part)), fallbacks }
}

/** Messages say how long an alert has been firing, so the same time gives the same text. */
function timeOf(flag: VerbFlags[string], now: number): number {
  if (typeof flag !== 'string') return now
  const time = Date.parse(flag)
  if (Number.isNaN(time))
    throw new SettingsError(`--at: ${JSON.stringify(flag)} is not a time, for example 2026-11-22T10:00:00Z`)
  return time
}

function show(channel: AnyChannel, part: Part): Preview & { readonly summary: string } {
  return { summary: part.summary, ...channel.preview(part.request) }
}

function print(terminal: Terminal, { receiver, messages, fallbacks }: RenderedReceiver, asHtml: boolean): void {
  terminal.out(`${paint(terminal, 'bold', receiver)}: ${plural(messages.length, 'message')}\n`)
  for (const line of fallbacks) terminal.out(`${paint(terminal, 'yellow', '!')} ${line}\n`)
  for (const { to, title, text, html, json } of messages) {
    terminal.out(`${paint(terminal, 'dim', `to ${to.join(', ')}`)}\n`)
    if (title !== undefined) terminal.out(`${paint(terminal, 'bold', title)}\n\n`)
    const body = asHtml ? (html ?? text) : (text ?? html)
    terminal.out(`${body ?? JSON.stringify(json, undefined, 2)}\n\n`)
  }
}
