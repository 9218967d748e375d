import { attemptTimeoutMs } from '../../model/duration.ts'
import { type Channel, type Part, type PlanInput, type SpecFault } from '../channel.ts'
import { SlackConfigSpec, SlackOptions, SlackReceiverSpec } from './schema.ts'

/** One message to one Slack channel. */
export interface SlackRequest {
  readonly channel: string
  readonly text: string
}

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

function plan(input: PlanInput<SlackConfigSpec, SlackReceiverSpec, SlackOptions>): readonly Part<SlackRequest>[] {
  const { receiver, templates, render, done } = input
  const mark = `channel:${receiver.channel}`
  if (done.has(mark)) return []
  const { text } = render(templates['body'] ?? '', 'text')
  return [{ marks: [mark], summary: '1 message to a Slack channel', request: { channel: receiver.channel, text } }]
}

/** Slack, by way of `chat.postMessage`. Its sender is not built yet. */
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
  templates: { body: { name: 'nm.default.text', format: 'text', option: 'template' } },
  needsConfig: () => true,
  plan,
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
}
