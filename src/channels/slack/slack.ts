import { attemptTimeoutMs } from '../../model/duration.ts'
import { type Channel, type SpecFault } from '../channel.ts'
import { planMessages, templateNames, type SlackRequest } from './plan.ts'
import { SlackConfigSpec, SlackOptions, SlackReceiverSpec } from './schema.ts'
import { createSender } from './sender.ts'

function checkConfig(spec: SlackConfigSpec): readonly SpecFault[] {
  if (spec.slackTokenSecret !== undefined) return []
  return [
    {
      path: 'spec.slackTokenSecret',
      message: 'is required',
      remedy: 'add an object with `name` and `key`: the Secret that holds the OAuth token of the Slack app',
    },
  ]
}

/** Slack, by way of `chat.postMessage`. */
export const slack: Channel<SlackConfigSpec, SlackReceiverSpec, SlackOptions, SlackRequest> = {
  name: 'slack',
  config: {
    kind: 'SlackConfig',
    plural: 'slackconfigs',
    // `sc` is Kubernetes' own short name of StorageClass.
    shortNames: [],
    description: 'A Slack app: how SlackReceivers are posted to.',
    spec: SlackConfigSpec,
    rules: [{ rule: 'has(self.slackTokenSecret)', message: 'slackTokenSecret must be given' }],
    check: checkConfig,
  },
  receiver: {
    kind: 'SlackReceiver',
    plural: 'slackreceivers',
    shortNames: ['sr'],
    description: 'A Slack channel to tell about alerts.',
    spec: SlackReceiverSpec,
  },
  configSelectorField: 'slackConfigSelector',
  options: SlackOptions,
  templates: {
    body: { name: templateNames.body, format: 'mrkdwn', option: 'template' },
    // The title of a message in blocks is always the default's: no option names another.
    title: { name: templateNames.title, format: 'text', option: '' },
  },
  needsConfig: () => true,
  plan: planMessages,
  preview: ({ message }) => ({ to: [message.channel], text: message.text, json: message }),
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
  open: createSender,
}
