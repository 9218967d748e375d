import { describe } from 'node:test'
import { accepts, goodSpecs, object, refuses } from './objects.ts'

const emailConfig = goodSpecs['EmailConfig'] as { readonly smartHost: object }

describe('configs and receivers', () => {
  accepts({
    'a port as number': object('EmailConfig', { ...emailConfig, smartHost: { host: 'h', port: 65_535 } }),
    'the largest port as text': object('EmailConfig', { ...emailConfig, smartHost: { host: 'h', port: '65535' } }),
    'a sender with a display name': object('EmailConfig', { ...emailConfig, from: 'Ünï <a@example.com>' }),
    'an address with letters beyond ASCII': object('EmailReceiver', { to: ['jürgen@exämple.com'] }),
    'a thousand addresses': object('EmailReceiver', { to: Array(1000).fill('a@b.c') }),
    'an address with everything': object('WebhookReceiver', { url: 'https://u:p@ss@[2001:db8::1]:65535/a?b#c' }),
    'an address of a host only': object('WebhookReceiver', { url: 'http://exämple' }),
    'a url and a service': object('WebhookReceiver', { url: 'HTTP://h', service: { name: 's' } }),
    'a service with a port as text': object('WebhookReceiver', {
      service: { name: 's', namespace: 'n', port: '80', path: 'p', scheme: 'https' },
    }),
    'a chatbot only': object('DingTalkReceiver', { chatbot: { webhook: { name: 's', key: 'k' } } }),
  })

  refuses([
    [
      object('EmailConfig', { ...emailConfig, authPassword: 'hunter2' }),
      'error: EmailConfig/x: spec.authPassword: is a string; write an object with `name` and `key` (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, authPassword: { key: 'k' } }),
      'error: EmailConfig/x: spec.authPassword.name: is required; add the field name: Name of the Secret (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, from: 'a@b.c\r\nBcc: d@e.f' }),
      String.raw`error: EmailConfig/x: spec.from: "a@b.c\r\nBcc: d@e.f" does not have the right form; write text such as "alerts@example.com" or "Alerts <alerts@example.com>" (InvalidObject)`,
    ],
    [
      object('EmailConfig', { ...emailConfig, smartHost: { host: 'h' } }),
      'error: EmailConfig/x: spec.smartHost.port: is required; add the field port: Port of the mail server, as text or number (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, smartHost: { host: 'h', port: true } }),
      'error: EmailConfig/x: spec.smartHost.port: is a boolean; write an integer or text such as 587 or "587" (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, smartHost: { host: 'h', port: 65_536 } }),
      'error: EmailConfig/x: spec.smartHost.port: 65536 is too large; write 65535 or less (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, smartHost: { host: 'h', port: '65536' } }),
      'error: EmailConfig/x: spec.smartHost.port: "65536" does not have the right form; write a value such as 587 or "587" (InvalidObject)',
    ],
    [
      object('EmailConfig', { ...emailConfig, tls: { clientCertificate: { key: { name: 's', key: 'k' } } } }),
      'error: EmailConfig/x: spec.tls.clientCertificate.cert: is required beside `key`; add the field cert: The certificate (PEM), with its chain (InvalidObject)',
    ],
    [
      object('EmailReceiver'),
      'error: EmailReceiver/x: spec.to: is required; add the field to: Addresses to mail, at least one (InvalidObject)',
    ],
    [
      object('EmailReceiver', { to: 'a@b.c' }),
      'error: EmailReceiver/x: spec.to: is a string; write a list (InvalidObject)',
    ],
    [
      object('EmailReceiver', { to: [] }),
      'error: EmailReceiver/x: spec.to: holds too few items; give at least 1 (InvalidObject)',
    ],
    [
      object('EmailReceiver', { to: Array(1001).fill('a@b.c') }),
      'error: EmailReceiver/x: spec.to: holds too many items; give at most 1000 (InvalidObject)',
    ],
    [
      object('EmailReceiver', { to: ['a@b.c', 'a@b.c, d@e.f'] }),
      'error: EmailReceiver/x: spec.to[1]: "a@b.c, d@e.f" does not have the right form; write text such as "oncall@example.com" (InvalidObject)',
    ],
    [
      object('EmailReceiver', { to: ['a@b.c\n'] }),
      String.raw`error: EmailReceiver/x: spec.to[0]: "a@b.c\n" does not have the right form; write text such as "oncall@example.com" (InvalidObject)`,
    ],
    [
      object('WechatConfig', { wechatApiCorpId: 'c', wechatApiAgentId: 1, wechatApiSecret: { name: 's', key: 'k' } }),
      'error: WechatConfig/x: spec.wechatApiAgentId: is an integer; write text: put quotes around it (InvalidObject)',
    ],
    [
      object('WechatReceiver', { toUser: ' | ' }),
      'error: WechatReceiver/x: spec: names nobody to tell; give at least one of `toUser`, `toParty` and `toTag`, each a list separated by | (InvalidObject)',
    ],
    [
      object('SlackConfig'),
      'error: SlackConfig/x: spec.slackTokenSecret: is required; add an object with `name` and `key`: the Secret that holds the OAuth token of the Slack app (InvalidObject)',
    ],
    [
      object('SlackReceiver', {}),
      'error: SlackReceiver/x: spec.channel: is required; add the field channel: Channel to post to, by name or id; the app or its bot must be a member (InvalidObject)',
    ],
    [
      object('WebhookReceiver', { url: 'ftp://user:secret@h/' }),
      'error: WebhookReceiver/x: spec.url: the address does not have the right form; write text such as "https://example.com/path" (InvalidObject)',
    ],
    ...[
      'http://',
      'http:///x',
      'http://h:65536/',
      'http://[::1',
      'http://a b/',
      'http://h\\x',
      '//h/',
      'http://u@/',
    ].map((url): readonly [unknown, string] => [
      object('WebhookReceiver', { url }),
      'error: WebhookReceiver/x: spec.url: the address does not have the right form; write text such as "https://example.com/path" (InvalidObject)',
    ]),
    [
      object('WebhookReceiver', { service: { name: 's', path: '/a b?token=secret' } }),
      'error: WebhookReceiver/x: spec.service.path: the address does not have the right form; write text such as "/alerts" (InvalidObject)',
    ],
    [
      object('DingTalkConfig', { conversation: { appkey: { name: 's', key: 'k' } } }),
      "error: DingTalkConfig/x: spec.conversation.appsecret: is required; add an object with `name` and `key`: the Secret that holds the application's appsecret (InvalidObject)",
    ],
    [
      object('DingTalkReceiver'),
      'error: DingTalkReceiver/x: spec: names nowhere to post; give `chatbot`, `conversation` or both (InvalidObject)',
    ],
  ])
})
