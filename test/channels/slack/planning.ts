import { type Part } from '../../../src/channels/channel.ts'
import { type SlackMessage } from '../../../src/channels/slack/message.ts'
import { type SlackRequest } from '../../../src/channels/slack/plan.ts'
import { slack } from '../../../src/channels/slack/slack.ts'
import { type Notification } from '../../../src/model/notification.ts'
import { type TemplateLibrary } from '../../../src/templates/library.ts'
import { planInput } from '../../support/channel-rig.ts'
import { library } from '../../templates/support.ts'

export const tokenSecret = { name: 'slack', key: 'token' }

const builtIn = library()

export interface Planning {
  readonly notification: Notification
  /** The template's name; the default when absent. */
  readonly body?: string
  readonly templates?: TemplateLibrary
  readonly done?: readonly string[]
  readonly channel?: string
}

/** Plans with real templates, as the dispatcher does. */
export function planWith(planning: Planning): readonly Part<SlackRequest>[] {
  const { notification, body = 'nm.default.text', templates = builtIn, done = [], channel = '#ops' } = planning
  return slack.plan(
    planInput({
      notification,
      receiver: { channel },
      config: { slackTokenSecret: tokenSecret },
      options: {},
      templates: { body, title: 'nm.default.subject' },
      done: new Set(done),
      isBuiltIn: (name) => templates.isBuiltIn(name),
      render: (name, format, group = notification.group) =>
        templates.render({ name, format, fallback: 'nm.default.text', notification: { ...notification, group } }),
    }),
  )
}

export function messagesOf(parts: readonly Part<SlackRequest>[]): readonly SlackMessage[] {
  return parts.map(({ request }) => request.message)
}
