import { type SlackConfigSpec, type SlackReceiverSpec } from '../../../src/channels/slack/schema.ts'
import { json, type Trouble } from '../../support/vendors/trouble.ts'
import { refusal, startSlack } from '../../support/vendors/slack.ts'
import { type ChannelDriver, type PeerMood } from './driver.ts'

const token = 'xoxb-c0ntract-t0ken'

const troubles: Readonly<Partial<Record<PeerMood, Trouble>>> = {
  refuseCredential: refusal('token_revoked'),
  rateLimit: { status: 429, headers: { 'retry-after': '30' }, body: '{"ok":false,"error":"ratelimited"}' },
  serverError: refusal('internal_error'),
  clientError: refusal('not_in_channel'),
  reset: 'reset',
}

/** A channel of a workspace that the app is in. */
export async function start(): Promise<ChannelDriver> {
  const vendor = await startSlack({ token })
  let asked = Promise.withResolvers<undefined>()
  const config: SlackConfigSpec = { slackTokenSecret: { name: 'slack', key: 'token' } }
  const receiver: SlackReceiverSpec = { channel: '#ops' }
  return {
    receiver,
    config,
    apis: { slack: vendor.apiUrl },
    secrets: { 'slack/token': token },
    rateLimitAfterMs: 30_000,
    mood(mood) {
      asked = Promise.withResolvers()
      vendor.trouble = troubles[mood]
      if (mood === 'echo') {
        vendor.trouble = ({ headers }) =>
          json({
            ok: false,
            error: headers.authorization,
            response_metadata: { messages: [headers.authorization, Buffer.from(token).toString('base64')] },
          })
      }
      if (mood === 'hang') {
        vendor.trouble = () => {
          asked.resolve(undefined)
          return 'hang'
        }
      }
    },
    taken: () => vendor.messages.map(({ shown }) => shown),
    hanging: () => asked.promise,
    stop: () => vendor.stop(),
  }
}
