import { attemptTimeoutMs } from '../../model/duration.ts'
import { SecretText } from '../../model/secret.ts'
import { type Channel, type Part, type PlanInput, type SpecFault } from '../channel.ts'
import { addressOf } from './address.ts'
import { WebhookConfigSpec, WebhookOptions, WebhookReceiverSpec } from './schema.ts'
import { createSender, type WebhookRequest } from './sender.ts'

const mark = 'post'
const defaultTemplate = 'webhook.default.message'

function checkReceiver(spec: WebhookReceiverSpec): readonly SpecFault[] {
  if (spec.url === undefined && spec.service === undefined) {
    return [
      {
        path: 'spec',
        message: 'neither url nor service is given',
        remedy: 'give `url`, as in `https://example.com/alerts`, or `service` with `name` and `namespace`',
      },
    ]
  }
  if (addressOf(spec) !== undefined) return []
  const path = spec.url === undefined ? 'spec.service' : 'spec.url'
  return [
    { path, message: 'not an address', remedy: 'give an http or https address, as in `https://example.com/alerts`' },
  ]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function plan(
  input: PlanInput<WebhookConfigSpec, WebhookReceiverSpec, WebhookOptions>,
): readonly Part<WebhookRequest>[] {
  const { receiver, templates, render, done } = input
  const url = addressOf(receiver)
  if (done.has(mark)) return []
  if (url === undefined) throw new Error('a webhook receiver without an address was planned')
  const body = render(templates['body'] ?? defaultTemplate, 'json').text
  const { proxyUrl, basicAuth, bearerToken, tlsConfig } = receiver.httpConfig ?? {}
  const request: WebhookRequest = {
    origin: url.origin,
    url: new SecretText(url.href),
    ...(proxyUrl === undefined ? {} : { proxyUrl: new SecretText(proxyUrl) }),
    contentType: isJson(body) ? 'application/json' : 'text/plain; charset=utf-8',
    body,
    auth: {
      ...(basicAuth === undefined ? {} : { basicAuth }),
      ...(bearerToken === undefined ? {} : { bearerToken }),
      ...(tlsConfig === undefined ? {} : { tlsConfig }),
    },
  }
  return [{ marks: [mark], summary: `1 POST to ${url.origin}`, request }]
}

/** Any HTTP endpoint: the notification as JSON in Alertmanager's shape, or the text of a template. */
export const webhook: Channel<WebhookConfigSpec, WebhookReceiverSpec, WebhookOptions, WebhookRequest> = {
  name: 'webhook',
  config: {
    kind: 'WebhookConfig',
    plural: 'webhookconfigs',
    shortNames: ['wc'],
    description: 'Nothing: a WebhookReceiver needs no config.',
    spec: WebhookConfigSpec,
  },
  receiver: {
    kind: 'WebhookReceiver',
    plural: 'webhookreceivers',
    shortNames: ['wr'],
    description: 'An HTTP endpoint to tell about alerts.',
    spec: WebhookReceiverSpec,
    rules: [{ rule: 'has(self.url) || has(self.service)', message: 'url or service must be given' }],
    check: checkReceiver,
  },
  configSelectorField: 'webhookConfigSelector',
  options: WebhookOptions,
  templates: { body: { name: defaultTemplate, format: 'json', option: 'template' } },
  needsConfig: () => false,
  plan,
  preview: ({ origin, body, contentType }) => ({
    to: [origin],
    text: body,
    ...(contentType === 'application/json' ? { json: JSON.parse(body) as unknown } : {}),
  }),
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 5_000),
  open: createSender,
}
