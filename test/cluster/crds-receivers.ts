import { bad, celBad, good, joined, many, offlineBad, onlyParsed, ref, selectorRows, type Rows } from './crds-rows.ts'

const mail = { to: ['oncall@example.com'] }
const nobody = { path: 'spec', says: 'at least one of toUser, toParty and toTag must be given' }
const nowhere = { path: 'spec', says: 'url or service must be given' }
const nothing = { path: 'spec', says: 'chatbot, conversation or both must be given' }
const service = { service: { name: 'audit' } }
const chatbot = { webhook: ref }

const emails: Rows = {
  good: [
    good('one address', mail),
    good('a thousand addresses', { to: many(1_000, (place) => `receiver-${place}@example.com`) }),
    good('addresses beyond ASCII', { to: ['jürgen@exämple.com', '🔥@example.com'] }),
    good('an address of 320 characters', { to: [`${'a'.repeat(64)}@${'b'.repeat(255)}`] }),
    good('the same address twice', { to: ['a@b.c', 'a@b.c'] }),
    good('a template', { ...mail, template: '{{ template "nm.default.text" . }}' }),
    good('a template of 512 characters', { ...mail, template: '🔥'.repeat(512) }),
  ],
  bad: [
    bad('no spec', 'spec'),
    bad('no addresses', 'spec.to', {}),
    bad('addresses that are null', 'spec.to', { to: null }),
    bad('an address that is no list', 'spec.to', { to: 'a@b.c' }),
    bad('an empty list', 'spec.to', { to: [] }),
    bad('1,001 addresses', 'spec.to', { to: many(1_001, () => 'a@b.c') }),
    bad('10,000 addresses', 'spec.to', { to: many(10_000, () => 'a@b.c') }),
    bad('two addresses in one', 'spec.to[1]', { to: ['a@b.c', 'a@b.c, d@e.f'] }),
    bad('a line break', 'spec.to[0]', { to: ['a@b.c\n'] }),
    bad('a null among them', 'spec.to[0]', { to: [null] }),
    bad('a number among them', 'spec.to[0]', { to: [1] }),
    bad('an address of 321 characters', 'spec.to[0]', { to: [`${'a'.repeat(65)}@${'b'.repeat(255)}`] }),
    bad('a template of 513 characters', 'spec.template', { ...mail, template: '🔥'.repeat(513) }),
    bad('a template that is an object', 'spec.template', { ...mail, template: { name: 'x' } }),
  ],
}

const wechats: Rows = {
  good: [
    good('users', { toUser: 'one|two' }),
    good('departments', { toParty: '1|2' }),
    good('tags', { toTag: 'oncall' }),
    good('everyone', { toUser: '@all' }),
    good('all three', { toUser: ' a | b ', toParty: '|1|', toTag: '乐' }),
    good('ten thousand users', {
      toUser: many(10_000, (place) => `u${place}`)
        .join('|')
        .slice(0, 65_536),
    }),
  ],
  bad: [
    bad('no spec', 'spec'),
    celBad('nobody', nobody, {}),
    celBad('separators only', nobody, { toUser: ' | ', toTag: '|' }),
    celBad('white space of other alphabets only', nobody, { toParty: '\u3000\u00A0\uFEFF\v' }),
    celBad('a template only', nobody, { template: 'x' }),
    bad('users in a list', 'spec.toUser', { toUser: ['one'] }),
    bad('a department as a number', 'spec.toParty', { toParty: 1 }),
    bad('65,537 characters', 'spec.toTag', { toTag: 'x'.repeat(65_537) }),
    bad('tags that are true', 'spec.toTag', { toUser: 'a', toTag: true }),
  ],
}

const slacks: Rows = {
  good: [
    good('a channel by its name', { channel: 'alerts' }),
    good('a channel with its mark', { channel: '#alerts' }),
    good('a channel by its id', { channel: 'C012AB3CD' }),
    good('a channel of 256 characters', { channel: '乐'.repeat(256) }),
    good('a channel that looks like a number', { channel: '123' }),
    good('a template', { channel: 'a', template: 'nm.default.text' }),
  ],
  bad: [
    bad('no spec', 'spec'),
    bad('no channel', 'spec.channel', {}),
    bad('a channel that is null', 'spec.channel', { channel: null }),
    bad('an empty channel', 'spec.channel', { channel: '' }),
    bad('a channel of 257 characters', 'spec.channel', { channel: '乐'.repeat(257) }),
    bad('a channel that is a number', 'spec.channel', { channel: 123 }),
    bad('channels in a list', 'spec.channel', { channel: ['a', 'b'] }),
    bad('a channel that is an object', 'spec.channel', { channel: { name: 'a' } }),
  ],
}

const webhooks: Rows = {
  good: [
    good('an address', { url: 'https://example.com/' }),
    good('an address in capitals', { url: 'HTTP://EXAMPLE.COM:65535' }),
    good('an IPv6 address', { url: 'http://[::1]:8080/x?y=z#w' }),
    good('an address with a user', { url: 'https://user:p@ss:word@example.com/%zz' }),
    good('a Service', service),
    good('a Service with everything', {
      service: { name: 'audit', namespace: 'ops', path: 'a/b?c=d', port: '8080', scheme: 'https' },
    }),
    good('both, of which the address wins', { ...service, url: 'https://example.com/' }),
    good('everything about HTTP', {
      url: 'https://example.com/',
      httpConfig: {
        basicAuth: { username: 'u', password: ref },
        bearerToken: { ...ref, namespace: 'n' },
        proxyUrl: 'http://egress.example.com:3128',
        tlsConfig: {
          rootCA: ref,
          clientCertificate: { cert: ref, key: ref },
          serverName: 's',
          insecureSkipVerify: true,
        },
      },
    }),
  ],
  bad: [
    bad('no spec', 'spec'),
    celBad('neither address nor Service', nowhere, {}),
    celBad('HTTP settings only', nowhere, { httpConfig: { proxyUrl: 'http://egress.example.com' } }),
    bad('another scheme', 'spec.url', { url: 'ftp://user:secret@example.com/' }),
    bad('an address with a blank', 'spec.url', { url: 'https://example.com/a b' }),
    bad('addresses in a list', 'spec.url', { url: ['https://example.com/'] }),
    bad('a host with an open bracket', 'spec.url', { url: 'http://[::1' }),
    bad('an address of 4,097 characters', 'spec.url', { url: `https://example.com/${'x'.repeat(4_077)}` }),
    bad('a proxy that is none', 'spec.httpConfig.proxyUrl', { ...service, httpConfig: { proxyUrl: 'socks5://h' } }),
    bad('a Service without a name', 'spec.service.name', { service: { namespace: 'ops' } }),
    bad('a Service with a path in its name', 'spec.service.name', { service: { name: 'audit/../x' } }),
    bad('a Service at port 0', 'spec.service.port', { service: { name: 'audit', port: 0 } }),
    bad('a Service with an unknown scheme', 'spec.service.scheme', { service: { name: 'audit', scheme: 'HTTPS' } }),
    bad('a line break in the path', 'spec.service.path', { service: { name: 'audit', path: '/a\r\nHost: b' } }),
    bad('basic authentication without a user', 'spec.httpConfig.basicAuth.username', {
      ...service,
      httpConfig: { basicAuth: {} },
    }),
    bad('a token in the clear', 'spec.httpConfig.bearerToken', { ...service, httpConfig: { bearerToken: 'secret' } }),
    celBad(
      'a certificate without its key',
      {
        path: 'spec.httpConfig.tlsConfig.clientCertificate.key',
        at: 'spec.httpConfig.tlsConfig.clientCertificate',
        says: 'key is required beside cert',
      },
      { ...service, httpConfig: { tlsConfig: { clientCertificate: { cert: ref } } } },
    ),
    offlineBad('an address that is none', 'spec.url', { spec: { url: 'http://999.1.1.1/' }, why: onlyParsed }),
  ],
}

const dingtalks: Rows = {
  good: [
    good('a chatbot', { chatbot }),
    good('a conversation', { conversation: { chatid: 'chat1' } }),
    good('both', { chatbot, conversation: { chatid: 'chat1' } }),
    good('a hundred keywords', { chatbot: { ...chatbot, keywords: many(100, (place) => `告警${place}`) } }),
    good('no keywords', { chatbot: { ...chatbot, keywords: [] } }),
    good('a signing secret', { chatbot: { ...chatbot, secret: { ...ref, namespace: 'n' } } }),
  ],
  bad: [
    bad('no spec', 'spec'),
    celBad('nowhere to post', nothing, {}),
    celBad('a template only', nothing, { template: 'x' }),
    bad('a chatbot without its address', 'spec.chatbot.webhook', { chatbot: {} }),
    bad('an address in the clear', 'spec.chatbot.webhook', {
      chatbot: { webhook: 'https://example.com?access_token=s' },
    }),
    bad('101 keywords', 'spec.chatbot.keywords', { chatbot: { ...chatbot, keywords: many(101, String) } }),
    bad('10,000 keywords', 'spec.chatbot.keywords', { chatbot: { ...chatbot, keywords: many(10_000, String) } }),
    bad('an empty keyword', 'spec.chatbot.keywords[0]', { chatbot: { ...chatbot, keywords: [''] } }),
    bad('a keyword of 257 characters', 'spec.chatbot.keywords[0]', {
      chatbot: { ...chatbot, keywords: ['警'.repeat(257)] },
    }),
    bad('a conversation without its id', 'spec.conversation.chatid', { conversation: {} }),
    bad('a conversation with an empty id', 'spec.conversation.chatid', { conversation: { chatid: '' } }),
    bad('a conversation that is text', 'spec.conversation', { conversation: 'chat1' }),
  ],
}

/** The rows of the kinds that say whom to tell. */
export const receiverRows: Readonly<Record<string, Rows>> = {
  EmailReceiver: joined(emails, selectorRows('alertSelector', mail), selectorRows('emailConfigSelector', mail)),
  WechatReceiver: joined(wechats, selectorRows('wechatConfigSelector', { toUser: 'a' })),
  SlackReceiver: joined(slacks, selectorRows('alertSelector', { channel: 'a' })),
  WebhookReceiver: joined(webhooks, selectorRows('alertSelector', service)),
  DingTalkReceiver: joined(dingtalks, selectorRows('dingtalkConfigSelector', { chatbot })),
}
