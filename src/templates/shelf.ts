import { type Format, type Rendered } from '../channels/channel.ts'
import { toInput, type Input } from './data.ts'
import { type Engines } from './engine.ts'
import { describeFault, faultOf } from './fault.ts'
import { lastResort } from './last-resort.ts'
import { type RenderRequest, type TemplateLibrary } from './library.ts'
import { builtinLimits, type RenderLimits } from './limits.ts'
import { templateName } from './name.ts'
import { type NamedTemplate } from './parse.ts'
import { createAllowance, type Allowance, type Patience } from './patience.ts'
import { renderNodes } from './render.ts'

/** Templates by name. A Map, because `constructor` is a name like any other. */
export type TemplateSet = ReadonlyMap<string, NamedTemplate>

/** What a library renders with. */
export interface Shelf {
  readonly engines: Engines
  readonly builtin: TemplateSet
  /** The built-in ones and those of the files, which may replace a built-in one or a part of it. */
  readonly all: TemplateSet
  readonly limits: RenderLimits
  readonly patience: Patience
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** What one template gave, or why it gave nothing. */
type Outcome = { readonly text: string } | { readonly reason: string }

/** The library over a shelf. */
export function createLibrary(shelf: Shelf): TemplateLibrary {
  const untouched = [...shelf.builtin].every(([name, template]) => shelf.all.get(name) === template)
  const allowance = createAllowance(shelf.limits.maxNotificationMs)
  return {
    has: (name) => shelf.all.has(templateName(name)),
    isBuiltIn: (name) => isUntouched(shelf, templateName(name), new Set()),
    render(request) {
      const name = templateName(request.name)
      const input = toInput(request.notification)
      // As long as the files replace no part of the built-in templates, these may take the time that a busy machine needs.
      const wanted = { name, format: request.format, input }
      const isOurs = untouched && shelf.builtin.has(name)
      const outcome = isOurs ? fromBuiltin(shelf, wanted) : fromAll(shelf, allowance, wanted)
      return 'text' in outcome ? outcome : fallBack(shelf, request, input, outcome.reason)
    },
  }
}

/** Whether a built-in template and those that it calls are in force as they were shipped. */
function isUntouched(shelf: Shelf, name: string, seen: Set<string>): boolean {
  if (seen.has(name)) return true
  seen.add(name)
  const template = shelf.builtin.get(name)
  if (template === undefined || shelf.all.get(name) !== template) return false
  return template.calls.every(({ target }) => isUntouched(shelf, target, seen))
}

interface Wanted {
  readonly name: string
  readonly format: Format
  readonly input: Input
}

function fromBuiltin(shelf: Shelf, wanted: Wanted): Outcome {
  const template = shelf.builtin.get(wanted.name)
  if (template === undefined) return missing(wanted.name)
  return attempt({ engines: shelf.engines, set: shelf.builtin, limits: builtinLimits }, template, wanted)
}

/** A template that is not ours has a limit for each message, for each notification, and for how often it may reach them. */
function fromAll(shelf: Shelf, allowance: Allowance, wanted: Wanted): Outcome {
  const { name, input } = wanted
  const template = shelf.all.get(name)
  if (template === undefined) return missing(name)
  const { id } = input.data
  const refusal = allowance.isSpent(id)
    ? 'the messages of this notification took too long'
    : shelf.patience.refuse(template)
  if (refusal !== undefined) return { reason: `template "${name}" was not tried: ${refusal}` }
  const began = shelf.now()
  const outcome = attempt({ engines: shelf.engines, set: shelf.all, limits: shelf.limits }, template, wanted)
  const tookMs = shelf.now() - began
  allowance.spend(id, tookMs)
  shelf.patience.ended(template, 'reason' in outcome ? { tookMs, reason: outcome.reason } : { tookMs })
  return outcome
}

function missing(name: string): Outcome {
  return { reason: `no template is named "${name.slice(0, 100)}"` }
}

/** The built-in template, which tells the reason in its last line; a message by code alone when even that fails. */
function fallBack(shelf: Shelf, request: RenderRequest, input: Input, reason: string): Rendered {
  const { format, notification } = request
  const told = { ...input, data: { ...input.data, fallback: reason } }
  const outcome = fromBuiltin(shelf, { name: templateName(request.fallback), format, input: told })
  if ('text' in outcome) return { text: outcome.text, fallback: reason }
  return { text: lastResort(notification, format), fallback: `${reason}; then ${outcome.reason}` }
}

/** What a rendering may use. */
interface Means {
  readonly engines: Engines
  readonly set: TemplateSet
  readonly limits: RenderLimits
}

function attempt({ engines, set, limits }: Means, template: NamedTemplate, { name, format, input }: Wanted): Outcome {
  function renderAs(as: Format): string {
    const lookup = (called: string) => set.get(called)?.nodesFor(as)
    return renderNodes({ engine: engines[as], nodes: template.nodesFor(as), input, limits, lookup })
  }
  try {
    const output = renderAs(format)
    if (output.trim() === '') return { reason: `template "${name}" gave an empty message` }
    // A template that gives no JSON, or no markup, was written for text: then its text is what is meant.
    if (format === 'json' && !isJson(output)) return { text: renderAs('text') }
    if (format === 'html' && !output.includes('<')) return { text: asPreformatted(output) }
    return { text: output }
  } catch (error) {
    // A template is somebody's program: whatever it throws is the reason of the fallback.
    return { reason: `template "${name}" failed: ${describeFault(faultOf(error))}` }
  }
}

/** Text whose values are escaped already, as HTML that keeps its lines. */
function asPreformatted(text: string): string {
  const font = '14px/1.5 ui-monospace,Menlo,Consolas,monospace'
  return `<pre style="margin:0;font:${font};white-space:pre-wrap;overflow-wrap:anywhere">${text}</pre>`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
