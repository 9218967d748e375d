import { type Destination } from '../channel.ts'
import { messagesPerSecond } from './limits.ts'

/** What a message goes to. The token and the channel together are the place that Slack limits. */
export interface Route {
  readonly url: URL
  readonly token: string
  readonly channel: string
}

/**
 * Slack's host, the app that posts and the channel that it posts to. We keep the limit of the channel ourselves; so a message that
 * is refused as one too many is most likely one too many for the workspace, and all that the app posts waits:
 * https://docs.slack.dev/apis/web-api/rate-limits
 */
export function destinationsOf({ url, token, channel }: Route): readonly Destination[] {
  const app = `${url.href} ${token}`
  return [
    { key: url.origin, label: 'Slack', blamedFor: ['unreached', 'connectionError'] },
    { key: app, label: 'Slack app', blamedFor: ['serverError', 'contextDeadlineExceeded', 'rateLimited'] },
    {
      key: `${app} ${channel}`,
      label: 'Slack channel',
      limits: [{ limit: messagesPerSecond, perMs: 1_000 }],
      // The parts of a long message follow one another within one attempt.
      maxWaitMs: 3_000,
      blamedFor: [],
    },
  ]
}
