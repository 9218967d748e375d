import { type AnyChannel } from '../channels/channel.ts'
import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { problemOf } from './problems.ts'
import { type ManagerSpec } from './snapshot.ts'

/** The option that names the body's template: the only one for which receivers and the global options speak too. */
const bodyOption = 'template'

/** The predecessor's way to name a template: `{{ template "name" . }}`. */
const action = /^\s*\{\{-?\s*template\s+"([^"]+)"\s*\.?\s*-?\}\}\s*$/u

/** A template that somebody asked for, and where. */
interface Wanted {
  readonly name: string
  readonly resource: Resource
  readonly path: string
}

/** Chooses templates, and remembers what to say about names that no template has. */
export interface TemplateChooser {
  /** Template names by purpose: the receiver's, else the channel's option, else the global option, else the default. */
  choose(receiver: Resource, channel: AnyChannel): Readonly<Record<string, string>>
  /** One Problem for each place that names an unknown template. */
  readonly problems: readonly Problem[]
}

/** A chooser for the options of one NotificationManager. */
export function createTemplateChooser(
  manager: Resource<ManagerSpec>,
  hasTemplate: (name: string) => boolean,
): TemplateChooser {
  const options = manager.spec.receivers.options ?? {}
  const problems = new Map<string, Problem>()

  function wantedOf(receiver: Resource, channel: string, option: string): Wanted | undefined {
    if (option === '') return undefined
    const ofReceiver = textField(receiver.spec, option)
    if (ofReceiver !== undefined) return { name: ofReceiver, resource: receiver, path: `spec.${option}` }
    const blocks = option === bodyOption ? [channel, 'global'] : [channel]
    for (const block of blocks) {
      const name = textField(Object.hasOwn(options, block) ? options[block] : undefined, option)
      if (name !== undefined) return { name, resource: manager, path: `spec.receivers.options.${block}.${option}` }
    }
    return undefined
  }

  function report({ name, resource, path }: Wanted): void {
    const key = JSON.stringify([resource.kind, resource.metadata.name, path])
    if (problems.has(key)) return
    const problem = problemOf('warning', resource, {
      reason: 'TemplateNotFound',
      path,
      message: `there is no template ${JSON.stringify(name.slice(0, 100))}, so the default is used`,
      remedy: 'define it in a template file, or name one that is there',
    })
    problems.set(key, problem)
  }

  return {
    choose(receiver, channel) {
      const chosen = Object.entries(channel.templates).map(([purpose, { name, option }]) => {
        const wanted = wantedOf(receiver, channel.name, option)
        if (wanted === undefined) return [purpose, name] as const
        if (!hasTemplate(wanted.name)) report(wanted)
        return [purpose, wanted.name] as const
      })
      return Object.fromEntries(chosen)
    },
    get problems() {
      return [...problems.values()]
    },
  }
}

/** A field's text without the action around it; undefined when it is absent or empty. */
function textField(spec: unknown, field: string): string | undefined {
  if (typeof spec !== 'object' || spec === null || !Object.hasOwn(spec, field)) return undefined
  const value = (spec as Readonly<Record<string, unknown>>)[field]
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return action.exec(value)?.[1] ?? value
}
