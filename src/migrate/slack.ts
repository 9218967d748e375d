import { takeTexts, type ChannelMigration } from './channel.ts'
import { compact } from './fields.ts'

/** Slack; a receiver posts to one channel here, so several channels make several receivers. */
export const slack: ChannelMigration = {
  name: 'slack',
  configKind: 'SlackConfig',
  receiverKind: 'SlackReceiver',
  configSelectorField: 'slackConfigSelector',
  config: (source, credentials) => compact({ slackTokenSecret: credentials.take(source, 'slackTokenSecret') }),
  receivers: (source) => takeTexts(source, 'channels').map((channel) => ({ channel })),
}
