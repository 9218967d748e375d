import { type Part, type Render } from '../channels/channel.ts'
import { type Notification } from '../model/notification.ts'
import { type CompiledReceiver } from '../rules/ruleset.ts'
import { type TemplateLibrary } from '../templates/library.ts'

/** One notification, and what is in force for its receiver. */
export interface PlanRequest {
  readonly notification: Notification
  readonly receiver: CompiledReceiver
  readonly templates: TemplateLibrary
  /** Marks settled by earlier attempts. */
  readonly done: ReadonlySet<string>
  /** Takes a line for each template that failed. */
  readonly fallbacks: string[]
}

/** The requests that a notification still needs: planned alike for a delivery and for a preview. Throws only on bugs of a channel. */
export function plan({ notification, receiver, templates, done, fallbacks }: PlanRequest): readonly Part[] {
  const { channel, resource, config, options } = receiver
  const render: Render = (name, format, group) => {
    const rendered = templates.render({
      name,
      format,
      fallback: defaultTemplate(receiver, name, format),
      notification: group === undefined ? notification : { ...notification, group },
    })
    const line = `template ${name} was replaced: ${rendered.fallback ?? ''}`
    // A notification that is split renders a template many times.
    if (rendered.fallback !== undefined && !fallbacks.includes(line)) fallbacks.push(line)
    return rendered
  }
  // The specs were validated by this channel's own schemas when the snapshot was made.
  return channel.plan({
    notification,
    receiver: resource.spec as never,
    config: config?.spec as never,
    options: options as never,
    templates: receiver.templates,
    render,
    isBuiltIn: (name) => templates.isBuiltIn(name),
    done,
  })
}

/** The channel's own template for the purpose that `name` was chosen for. */
function defaultTemplate({ channel, templates }: CompiledReceiver, name: string, format: string): string {
  const purposes = Object.entries(channel.templates).filter(([, template]) => template.format === format)
  const chosen = purposes.find(([purpose]) => templates[purpose] === name) ?? purposes[0]
  return chosen?.[1].name ?? name
}
