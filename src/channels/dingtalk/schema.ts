import { Type, type Static } from 'typebox'
import { closed, duration, secretKeyRef } from '../../model/fragments.ts'

/** The DingTalk application that speaks in conversations. */
export const DingTalkConfigSpec = Type.Object(
  {
    conversation: Type.Optional(
      Type.Object(
        {
          appkey: Type.Optional(secretKeyRef('Key of the application. Must be given.')),
          appsecret: Type.Optional(secretKeyRef('Secret of the application. Must be given.')),
        },
        {
          ...closed,
          description:
            'The application that sends to conversations; it needs the authority Enterprise conversation, and our IP in its white list.',
        },
      ),
    ),
  },
  { ...closed, description: 'The DingTalk application that speaks in conversations; chatbots need none.' },
)
export type DingTalkConfigSpec = Static<typeof DingTalkConfigSpec>

/** Where in DingTalk to post. */
export const DingTalkReceiverSpec = Type.Object(
  {
    chatbot: Type.Optional(
      Type.Object(
        {
          webhook: secretKeyRef('Webhook address of the chatbot; it holds an access token, therefore a Secret.'),
          keywords: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 256, description: 'One keyword.' }), {
              maxItems: 100,
              description: 'Keywords that the chatbot asks for; those that a message lacks are added to it.',
            }),
          ),
          secret: Type.Optional(
            secretKeyRef('Signing secret of the chatbot. Without one, keywords or the IP white list must let us in.'),
          ),
        },
        { ...closed, description: 'A chatbot of a group chat to post through.' },
      ),
    ),
    conversation: Type.Optional(
      Type.Object(
        {
          chatid: Type.String({
            minLength: 1,
            maxLength: 256,
            description: 'Id of the conversation, as the call that created it answered.',
          }),
        },
        { ...closed, description: 'A conversation to post to, as the application of the config.' },
      ),
    ),
  },
  { ...closed, description: 'Where in DingTalk to post; chatbot, conversation or both.' },
)
export type DingTalkReceiverSpec = Static<typeof DingTalkReceiverSpec>

/** A limit on how often to post. */
function throttle(options: { readonly description: string; readonly defaults: readonly [number, string, string] }) {
  const [threshold, unit, maxWaitTime] = options.defaults
  return Type.Object(
    {
      threshold: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 2_147_483_647,
          description: `How many messages may go in one unit of time. Defaults to ${threshold}.`,
        }),
      ),
      unit: Type.Optional(
        duration({ description: `The unit of time. A bare integer counts nanoseconds. Defaults to ${unit}.` }),
      ),
      maxWaitTime: Type.Optional(
        duration({
          description: `How long a message may wait for its turn within one attempt. A bare integer counts nanoseconds. Defaults to ${maxWaitTime}.`,
        }),
      ),
    },
    { ...closed, description: options.description },
  )
}

function maxBytes(description: string) {
  return Type.Integer({ minimum: 1, maximum: 2_147_483_647, description })
}

/** The block `spec.receivers.options.dingtalk`. */
export const DingTalkOptions = Type.Object(
  {
    notificationTimeout: Type.Optional(
      duration({ description: 'How long one attempt may take. A bare integer counts seconds. Defaults to 3s.' }),
    ),
    template: Type.Optional(
      Type.String({ maxLength: 512, description: 'Template of the message. Defaults to `nm.default.text`.' }),
    ),
    tokenExpires: Type.Optional(
      duration({
        description: 'How long an access token is used at most. A bare integer counts nanoseconds. Defaults to 2h.',
      }),
    ),
    conversationMessageMaxSize: Type.Optional(
      maxBytes(
        'How many bytes one message to a conversation may have, counted as in JSON. Kept between 256 and 19960. Defaults to 5000.',
      ),
    ),
    chatbotMessageMaxSize: Type.Optional(
      maxBytes(
        'How many bytes one message through a chatbot may have, counted as in JSON. Kept between 256 and 19960, the limit of DingTalk. Defaults to 19960.',
      ),
    ),
    chatBotThrottle: Type.Optional(
      throttle({ description: 'How often to post through one chatbot.', defaults: [20, '1m', '10s'] }),
    ),
    conversationThrottle: Type.Optional(
      throttle({ description: 'How often to post as one application.', defaults: [25, '1s', '1s'] }),
    ),
  },
  { ...closed, description: 'Options of all DingTalk receivers.' },
)
export type DingTalkOptions = Static<typeof DingTalkOptions>
