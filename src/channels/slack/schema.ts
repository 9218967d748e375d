import { Type, type Static } from 'typebox'
import { closed, duration, secretKeyRef } from '../../model/fragments.ts'

/** The Slack app that posts. */
export const SlackConfigSpec = Type.Object(
  {
    slackTokenSecret: Type.Optional(
      secretKeyRef(
        'OAuth token of the Slack app (`xoxb-…` or `xoxp-…`), which needs the scope chat:write. Must be given.',
      ),
    ),
  },
  { ...closed, description: 'The Slack app that posts.' },
)
export type SlackConfigSpec = Static<typeof SlackConfigSpec>

/** Where in Slack to post. */
export const SlackReceiverSpec = Type.Object(
  {
    channel: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'Channel to post to, by name or id; the app or its bot must be a member.',
    }),
  },
  { ...closed, description: 'Where in Slack to post.' },
)
export type SlackReceiverSpec = Static<typeof SlackReceiverSpec>

/** The block `spec.receivers.options.slack`. */
export const SlackOptions = Type.Object(
  {
    notificationTimeout: Type.Optional(
      duration({ description: 'How long one attempt may take. A bare integer counts seconds. Defaults to 3s.' }),
    ),
    template: Type.Optional(
      Type.String({
        maxLength: 512,
        description:
          'Template of the message, which is sent as mrkdwn: links and mentions in it work, those in values of alerts are text. Defaults to `nm.default.text`, which is laid out in blocks as long as no template file replaces it.',
      }),
    ),
  },
  { ...closed, description: 'Options of all Slack receivers.' },
)
export type SlackOptions = Static<typeof SlackOptions>
