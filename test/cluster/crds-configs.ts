import { managerRows } from './crds-managers.ts'
import { bad, celBad, good, offlineBad, onlyParsed, ref, type Rows } from './crds-rows.ts'

const smartHost = { host: 'smtp.example.com', port: '25' }
const email = { from: 'alerts@example.com', smartHost }
const wechat = { wechatApiCorpId: 'corp', wechatApiAgentId: '1', wechatApiSecret: ref }
const slack = { slackTokenSecret: ref }
const needsToken = { path: 'spec.slackTokenSecret', at: 'spec', says: 'slackTokenSecret must be given' }
const needsBoth = { at: 'spec', says: 'conversation needs both appkey and appsecret' }

const emails: Rows = {
  good: [
    good('the shortest', email),
    good('the port as a number', { ...email, smartHost: { host: '10.0.0.1', port: 65_535 } }),
    good('a sender with a display name', { ...email, from: 'Ünï Cödé 🔥 <alerts@example.com>' }),
    good('all ways to authenticate', {
      ...email,
      authUsername: 'u',
      authIdentify: 'i',
      authPassword: ref,
      authSecret: { ...ref, namespace: 'n' },
    }),
    good('TLS with a client certificate', {
      ...email,
      requireTLS: true,
      tls: { rootCA: ref, clientCertificate: { cert: ref, key: ref }, serverName: 's', insecureSkipVerify: false },
    }),
    good('a name to introduce itself with', { ...email, hello: 'notifications.example.com' }),
  ],
  bad: [
    bad('no sender', 'spec.from', { smartHost }),
    bad('no server', 'spec.smartHost', { from: 'a@example.com' }),
    bad('a header smuggled into the sender', 'spec.from', { ...email, from: 'a@b.c\r\nBcc: d@e.f' }),
    bad('port 0', 'spec.smartHost.port', { ...email, smartHost: { host: 'h', port: 0 } }),
    bad('port 65536', 'spec.smartHost.port', { ...email, smartHost: { host: 'h', port: 65_536 } }),
    bad('port "65536"', 'spec.smartHost.port', { ...email, smartHost: { host: 'h', port: '65536' } }),
    bad('a port that is true', 'spec.smartHost.port', { ...email, smartHost: { host: 'h', port: true } }),
    bad('a host with its port', 'spec.smartHost.host', { ...email, smartHost: { host: 'smtp://h/', port: 25 } }),
    bad('a host of 254 characters', 'spec.smartHost.host', {
      ...email,
      smartHost: { host: 'h'.repeat(254), port: 25 },
    }),
    bad('a password in the clear', 'spec.authPassword', { ...email, authPassword: 'hunter2' }),
    bad('a reference without a name', 'spec.authPassword.name', { ...email, authPassword: { key: 'k' } }),
    bad('a reference with an empty key', 'spec.authSecret.key', { ...email, authSecret: { name: 's', key: '' } }),
    bad('requireTLS as text', 'spec.requireTLS', { ...email, requireTLS: 'yes' }),
    celBad(
      'a certificate without its key',
      { path: 'spec.tls.clientCertificate.key', at: 'spec.tls.clientCertificate', says: 'key is required beside cert' },
      { ...email, tls: { clientCertificate: { cert: ref } } },
    ),
    celBad(
      'a key without its certificate',
      {
        path: 'spec.tls.clientCertificate.cert',
        at: 'spec.tls.clientCertificate',
        says: 'cert is required beside key',
      },
      { ...email, tls: { clientCertificate: { key: ref } } },
    ),
  ],
}

const wechats: Rows = {
  good: [
    good('the shortest', wechat),
    good('an API of its own', {
      ...wechat,
      wechatApiUrl: 'https://user:p%40ss@wechat.example.com:8443/cgi-bin/?a=b#c',
    }),
    good('an API at an IPv6 address', { ...wechat, wechatApiUrl: 'HTTP://[2001:db8::1]:80' }),
    good('an API under a name beyond ASCII', { ...wechat, wechatApiUrl: 'https://exämple.com/ü' }),
    good('a Secret of a namespace', { ...wechat, wechatApiSecret: { ...ref, namespace: 'monitoring' } }),
    good('ids of 256 characters', { ...wechat, wechatApiCorpId: 'é'.repeat(256), wechatApiAgentId: '🔥'.repeat(256) }),
  ],
  bad: [
    bad('no corporation', 'spec.wechatApiCorpId', { ...wechat, wechatApiCorpId: undefined }),
    bad('an agent as a number', 'spec.wechatApiAgentId', { ...wechat, wechatApiAgentId: 1 }),
    bad('an agent of 257 characters', 'spec.wechatApiAgentId', { ...wechat, wechatApiAgentId: '🔥'.repeat(257) }),
    bad('no secret', 'spec.wechatApiSecret', { ...wechat, wechatApiSecret: undefined }),
    bad('a secret in the clear', 'spec.wechatApiSecret', { ...wechat, wechatApiSecret: 'hunter2' }),
    bad('another scheme', 'spec.wechatApiUrl', { ...wechat, wechatApiUrl: 'ftp://example.com/' }),
    bad('addresses in a list', 'spec.wechatApiUrl', { ...wechat, wechatApiUrl: ['https://example.com/'] }),
    bad('an address without a host', 'spec.wechatApiUrl', { ...wechat, wechatApiUrl: 'https:///cgi-bin/' }),
    bad('an address with port 65536', 'spec.wechatApiUrl', { ...wechat, wechatApiUrl: 'https://example.com:65536/' }),
    offlineBad('an address that is none', 'spec.wechatApiUrl', {
      spec: { ...wechat, wechatApiUrl: 'http://999.1.1.1/' },
      why: onlyParsed,
    }),
  ],
}

const slacks: Rows = {
  good: [
    good('the shortest', slack),
    good('a Secret of a namespace', { slackTokenSecret: { ...ref, namespace: 'monitoring' } }),
    good('a Secret with dots in its name', { slackTokenSecret: { name: 'a.b.c', key: 'k' } }),
    good('a key with dots and dashes', { slackTokenSecret: { name: 's', key: '.slack_token-1.txt' } }),
    good('labels', slack, { labels: { 'example.com/team': 'payments', type: 'tenant', empty: '' } }),
    good('annotations', slack, { annotations: { 'Example.com/note': '🔥 '.repeat(1_000) } }),
  ],
  bad: [
    celBad('no token', needsToken, {}),
    bad('no spec', 'spec'),
    bad('a token in the clear', 'spec.slackTokenSecret', { slackTokenSecret: 'xoxb-1' }),
    bad('tokens in a list', 'spec.slackTokenSecret', { slackTokenSecret: [ref] }),
    bad('a reference without a key', 'spec.slackTokenSecret.key', { slackTokenSecret: { name: 's' } }),
    bad('a reference without a name', 'spec.slackTokenSecret.name', { slackTokenSecret: { key: 'k' } }),
    bad('a reference with an empty name', 'spec.slackTokenSecret.name', { slackTokenSecret: { name: '', key: 'k' } }),
    bad('a key that is a number', 'spec.slackTokenSecret.key', { slackTokenSecret: { name: 's', key: 1 } }),
    bad('a key that is null', 'spec.slackTokenSecret.key', { slackTokenSecret: { name: 's', key: null } }),
    bad('a namespace that is an object', 'spec.slackTokenSecret.namespace', {
      slackTokenSecret: { ...ref, namespace: {} },
    }),
  ],
}

const webhooks: Rows = {
  good: [
    good('an empty spec', {}),
    good('no spec'),
    good('a spec that is null', null),
    good('a namespace, which means nothing', {}, { namespace: 'monitoring' }),
    good('labels and annotations that are null', {}, { labels: null, annotations: null }),
    good('a label of 63 characters', {}, { labels: { ['k'.repeat(63)]: 'v'.repeat(63) } }),
    good('a label whose name is __proto', {}, { labels: JSON.parse('{"x__proto__x":"constructor"}') as object }),
  ],
  bad: [
    bad('a spec that is a list', 'spec', []),
    bad('a spec that is text', 'spec', 'x'),
    bad('a spec that is a number', 'spec', 1),
    bad('a spec that is true', 'spec', true),
    bad('a label of 64 characters', 'metadata.labels.a', {}, { labels: { a: 'v'.repeat(64) } }),
    bad('a label with a blank', 'metadata.labels.a', {}, { labels: { a: 'x y' } }),
    bad('a label that is a number', 'metadata.labels.a', {}, { labels: { a: 1 } }),
    bad('a label whose name has a blank', 'metadata.labels["a b"]', {}, { labels: { 'a b': 'x' } }),
    bad('a label whose prefix has capitals', 'metadata.labels["A.b/c"]', {}, { labels: { 'A.b/c': 'x' } }),
    bad(
      'a label named __proto__',
      'metadata.labels.__proto__',
      {},
      { labels: JSON.parse('{"__proto__":"x"}') as object },
    ),
    bad(
      'an annotation whose name has two slashes',
      'metadata.annotations["a/b/c"]',
      {},
      { annotations: { 'a/b/c': 'x' } },
    ),
    bad('a name with capitals', 'metadata.name', {}, { name: 'Webhook' }),
  ],
}

const dingtalks: Rows = {
  good: [
    good('an empty spec', {}),
    good('no spec'),
    good('a spec that is null', null),
    good('an application', { conversation: { appkey: ref, appsecret: ref } }),
    good('Secrets of other namespaces', {
      conversation: { appkey: { ...ref, namespace: 'a' }, appsecret: { ...ref, namespace: 'b' } },
    }),
    good('labels', {}, { labels: { type: 'default', priority: '1' } }),
  ],
  bad: [
    celBad(
      'a key without a secret',
      { ...needsBoth, path: 'spec.conversation.appsecret' },
      { conversation: { appkey: ref } },
    ),
    celBad(
      'a secret without a key',
      { ...needsBoth, path: 'spec.conversation.appkey' },
      { conversation: { appsecret: ref } },
    ),
    celBad('a conversation of nothing', { ...needsBoth, path: 'spec.conversation.appkey' }, { conversation: {} }),
    bad('a conversation that is text', 'spec.conversation', { conversation: 'x' }),
    bad('a conversation that is a list', 'spec.conversation', { conversation: [] }),
    bad('a key in the clear', 'spec.conversation.appkey', { conversation: { appkey: 'k', appsecret: ref } }),
    bad('a reference without a key', 'spec.conversation.appkey.key', {
      conversation: { appkey: { name: 's' }, appsecret: ref },
    }),
    bad('a namespace that is a number', 'spec.conversation.appsecret.namespace', {
      conversation: { appkey: ref, appsecret: { ...ref, namespace: 1 } },
    }),
    bad('a spec that is a list', 'spec', []),
  ],
}

/** The rows of the kinds that say how to send. */
export const configRows: Readonly<Record<string, Rows>> = {
  NotificationManager: managerRows,
  EmailConfig: emails,
  WechatConfig: wechats,
  SlackConfig: slacks,
  WebhookConfig: webhooks,
  DingTalkConfig: dingtalks,
}
