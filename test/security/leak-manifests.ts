import { tlsFixture } from '../support/tls.ts'
import { proven, sent, type FarSides } from './leak-far-sides.ts'
import { plant, spellings, type Planted } from './planted.ts'

const apiVersion = 'notification.kubesphere.io/v2alpha1'

/** Credentials that cannot be used as they are written. */
export const malformed = {
  robotNoUrl: plant('robot webhook that is no URL', ' '),
  robotSignTwoLines: plant('robot secret of two lines', '\r\n'),
  tokenTwoLines: plant('slack token of two lines', '\n'),
  wechatNul: plant('wechat secret with a NUL', '\0'),
  mailTwoLines: plant('mail password of two lines', '\r\n'),
  bearerBeyondAscii: plant('bearer beyond ASCII', 'ü'),
  keyNoPem: plant('key that is no PEM'),
  caNoPem: plant('CA that is no PEM'),
} satisfies Planted

/** An object as `kubectl apply` takes it. */
export type Manifest = Readonly<Record<string, unknown>>

interface Draft {
  readonly kind: string
  readonly name: string
  readonly spec: object
  readonly labels?: Readonly<Record<string, string>>
}

/** Receivers of all channels for every way in which their far sides repeat credentials, with their configs and Secrets. */
export function manifestsFor(farSides: FarSides, namespace: string): readonly Manifest[] {
  return [
    secretObject(namespace, farSides),
    ...[...mails(farSides), ...slacks(), ...wechats(farSides), ...dingtalks(), ...webhooks(farSides)].map(
      ({ kind, name, spec, labels = {} }) => ({
        apiVersion,
        kind,
        metadata: { name, labels: { ...(kind.endsWith('Receiver') ? { type: 'global' } : {}), ...labels } },
        spec,
      }),
    ),
  ]
}

/** For folders: a cluster that is installed as shipped has one. */
export function managerObject(namespace: string): Manifest {
  const receivers = {
    globalReceiverSelector: { matchLabels: { type: 'global' } },
    tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
    tenantKey: 'namespace',
  }
  const spec = { receivers, defaultConfigSelector: { matchLabels: { type: 'default' } } }
  return {
    apiVersion,
    kind: 'NotificationManager',
    metadata: { name: 'notification-manager' },
    spec: { ...spec, defaultSecretNamespace: namespace },
  }
}

function secretObject(namespace: string, { http }: FarSides): Manifest {
  const { ca, client, foreign } = tlsFixture()
  const robot = `${http.origin}/robot/send?access_token=${sent.robotToken}`
  const pem = { ca, cert: client.cert, foreignKey: foreign.key }
  const stringData = { ...sent, ...malformed, ...proven, ...pem, robot }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted', namespace }, stringData }
}

const ref = (key: string): object => ({ name: 'planted', key })
const only = (channel: string, name: string): object => ({ [`${channel}ConfigSelector`]: { matchLabels: { name } } })

function mails({ mail, refusedPort }: FarSides): readonly Draft[] {
  const pair = (name: string, port: number, more: object): readonly Draft[] => {
    const smartHost = { host: '127.0.0.1', port }
    const account = { from: 'a@x.test', authUsername: 'ann', authPassword: ref('mailPassword'), requireTLS: false }
    return [
      { kind: 'EmailConfig', name: `mail-${name}`, labels: { name }, spec: { smartHost, ...account, ...more } },
      { kind: 'EmailReceiver', name: `mail-${name}`, spec: { to: ['b@x.test'], ...only('email', name) } },
    ]
  }
  return [
    ...[...mail].flatMap(([name, { port }]) =>
      pair(name, port, name === 'cram' ? { authSecret: ref('mailSecret') } : {}),
    ),
    ...pair('refused', refusedPort, {}),
    ...pair('twolines', refusedPort, { authPassword: ref('mailTwoLines') }),
    ...pair('nopem', mail.get('raw')?.port ?? 0, { requireTLS: true, tls: { rootCA: ref('caNoPem') } }),
  ]
}

/** `taken` is a success that repeats credentials all the same. */
const echoes = [...Object.keys(spellings), 'taken']

function slacks(): readonly Draft[] {
  const config = (name: string, key: string): Draft => {
    return { kind: 'SlackConfig', name, labels: { name }, spec: { slackTokenSecret: ref(key) } }
  }
  const receiver = (config: string, channel: string): Draft => {
    return { kind: 'SlackReceiver', name: `slack-${channel}`, spec: { channel, ...only('slack', config) } }
  }
  return [
    config('slack', 'slackToken'),
    config('slack-twolines', 'tokenTwoLines'),
    ...echoes.map((echo) => receiver('slack', `echo-${echo}`)),
    receiver('slack-twolines', 'twolines'),
  ]
}

function wechats({ http }: FarSides): readonly Draft[] {
  const config = (name: string, corpId: string, key: string): Draft => {
    const wechatApiUrl = `${http.origin}/relay/${sent.wechatRelayKey}/`
    const spec = { wechatApiUrl, wechatApiCorpId: corpId, wechatApiAgentId: '7', wechatApiSecret: ref(key) }
    return { kind: 'WechatConfig', name, labels: { name }, spec }
  }
  const receiver = (config: string, toUser: string): Draft => {
    return { kind: 'WechatReceiver', name: `${config}-${toUser}`, spec: { toUser, ...only('wechat', config) } }
  }
  return [
    config('wechat', 'corp', 'wechatSecret'),
    config('wechat-nul', 'corp', 'wechatNul'),
    ...echoes.map((echo) => receiver('wechat', `echo-${echo}`)),
    ...echoes.flatMap((echo) => [
      config(`wechat-${echo}`, `echo-${echo}`, 'wechatSecret'),
      receiver(`wechat-${echo}`, 'user'),
    ]),
    receiver('wechat-nul', 'user'),
  ]
}

function dingtalks(): readonly Draft[] {
  const conversation = { appkey: ref('dingtalkAppkey'), appsecret: ref('dingtalkAppsecret') }
  const robot = (name: string, chatbot: object): Draft => {
    return { kind: 'DingTalkReceiver', name: `robot-${name}`, spec: { chatbot } }
  }
  return [
    { kind: 'DingTalkConfig', name: 'dingtalk', labels: { type: 'default' }, spec: { conversation } },
    ...echoes.flatMap((echo): readonly Draft[] => [
      robot(echo, { webhook: ref('robot'), secret: ref('robotSign'), keywords: [`echo-${echo}`] }),
      { kind: 'DingTalkReceiver', name: `chat-${echo}`, spec: { conversation: { chatid: `echo-${echo}` } } },
    ]),
    robot('nourl', { webhook: ref('robotNoUrl') }),
    robot('twolines', { webhook: ref('robot'), secret: ref('robotSignTwoLines') }),
  ]
}

function webhooks({ http, tls, proxyPort, refusedPort }: FarSides): readonly Draft[] {
  const hook = (name: string, url: string, httpConfig: object): Draft => {
    return { kind: 'WebhookReceiver', name: `hook-${name}`, spec: { url, httpConfig } }
  }
  const at = (echo: string): string => `${http.origin}/hook/${sent.urlPath}/echo-${echo}?key=${sent.urlQuery}`
  const proxyUrl = `http://ann:${sent.proxyPassword}@127.0.0.1:${proxyPort}`
  const client = { cert: ref('cert'), key: ref('tlsKey') }
  const secure = `${tls.origin}/hook/${sent.urlPath}`
  return [
    ...[...echoes, 'reset', 'garbage'].flatMap((echo) => [
      hook(`bearer-${echo}`, at(echo), { bearerToken: ref('bearer') }),
      hook(`scheme-${echo}`, at(echo), { bearerToken: ref('schemeToken') }),
      hook(`basic-${echo}`, at(echo), { basicAuth: { username: 'ann', password: ref('basicPassword') } }),
      hook(`url-${echo}`, at(echo).replace('http://', `http://ann:${sent.urlPassword}@`), {}),
    ]),
    hook('refused', at('raw').replace(http.origin, `http://127.0.0.1:${refusedPort}`), { bearerToken: ref('bearer') }),
    hook('proxy', at('raw'), { proxyUrl }),
    hook('ascii', at('raw'), { bearerToken: ref('bearerBeyondAscii') }),
    hook('client', secure, { tlsConfig: { rootCA: ref('ca'), clientCertificate: client } }),
    hook('untrusted', secure, { tlsConfig: { clientCertificate: client } }),
    hook('nokey', secure, { tlsConfig: { rootCA: ref('ca'), clientCertificate: { ...client, key: ref('keyNoPem') } } }),
    hook('other', secure, {
      tlsConfig: { rootCA: ref('ca'), clientCertificate: { ...client, key: ref('foreignKey') } },
    }),
    hook('noca', secure, { tlsConfig: { rootCA: ref('caNoPem') } }),
  ]
}
