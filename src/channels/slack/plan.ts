import { createHash } from 'node:crypto'
import { type AlertGroup } from '../../model/alert.ts'
import { type SecretKeyRef } from '../../model/fragments.ts'
import { narrow } from '../../model/notification.ts'
import { escapeMrkdwn } from '../../model/readable.ts'
import { type Part, type PlanInput } from '../channel.ts'
import { chatTextOf } from '../chat-text.ts'
import { utf16Units } from '../measure.ts'
import { untold, type Places } from '../settled-alerts.ts'
import { createUntoldMessages } from '../untold-messages.ts'
import { compose } from './compose.ts'
import { limits } from './limits.ts'
import { type SlackContent, type SlackMessage } from './message.ts'
import { type SlackConfigSpec, type SlackOptions, type SlackReceiverSpec } from './schema.ts'

/** Template names by purpose. */
export const templateNames = { body: 'nm.default.text', title: 'nm.default.subject' } as const

/** One message to one Slack channel. */
export interface SlackRequest {
  /** Where the OAuth token is. */
  readonly token: SecretKeyRef
  readonly message: SlackMessage
}

type Input = PlanInput<SlackConfigSpec, SlackReceiverSpec, SlackOptions>

/**
 * The messages that the channel has not been sent. The default template means a message in blocks; any other, or a default that a
 * template file has replaced, is sent as the mrkdwn that it gives: links and mentions that its author wrote work, those in values
 * of alerts are text.
 */
export function planMessages(input: Input): readonly Part<SlackRequest>[] {
  const { notification, receiver, config } = input
  const token = config?.slackTokenSecret
  if (token === undefined) throw new Error('a Slack message was planned without the token of its config')
  const contents = isLaidOut(input) ? planBlocks(input) : planTexts(input)
  return contents.map(({ content, mark }) => ({
    marks: [mark],
    summary: '1 message to a Slack channel',
    request: { token, message: toMessage(content, { channel: receiver.channel, notification: notification.id, mark }) },
  }))
}

function isLaidOut({ templates, isBuiltIn = () => true }: Input): boolean {
  const body = templates['body'] ?? templateNames.body
  return body === templateNames.body && isBuiltIn(body)
}

interface Untold {
  readonly content: SlackContent
  readonly mark: string
}

function targetOf({ receiver }: Input): string {
  return `channel:${receiver.channel}`
}

function planBlocks(input: Input): readonly Untold[] {
  const { notification, templates, render, done } = input
  const composeGroup = (group: AlertGroup): ReturnType<typeof compose> => {
    const title = render(templates['title'] ?? templateNames.title, 'text', group).text
    return compose({ group, title, now: notification.acceptedAt })
  }
  const { group } = notification
  return untold({
    target: targetOf(input),
    done,
    messages: composeGroup(group),
    again: (places: Places) => {
      const alerts = places.flatMap((place) => group.alerts[place] ?? [])
      return composeGroup(narrow(group, alerts)).map((message) => ({
        ...message,
        places: message.places.flatMap((place) => places[place] ?? []),
      }))
    },
  }).map(({ message, mark }) => ({ content: message.content, mark }))
}

function planTexts(input: Input): readonly Untold[] {
  const { notification, templates, render, done } = input
  const body = templates['body'] ?? templateNames.body
  const messages = createUntoldMessages({
    group: notification.group,
    limit: limits.text,
    measure: utf16Units,
    markup: 'mrkdwn',
    render: (group) => chatTextOf(render(body, 'mrkdwn', group).text, escapeMrkdwn(body)),
    done,
  })
  return messages(targetOf(input)).map(({ text, mark }) => ({ content: { text }, mark }))
}

interface Envelope {
  readonly channel: string
  readonly notification: string
  readonly mark: string
}

function toMessage(content: SlackContent, { channel, notification, mark }: Envelope): SlackMessage {
  const part = createHash('sha256').update(mark).digest('hex').slice(0, 16)
  return {
    channel,
    ...content,
    mrkdwn: true,
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: 'alert_notification', event_payload: { notification, part } },
  }
}
