import { ref } from './crds-rows.ts'

const secret = { ...ref, namespace: 'kubesphere-monitoring-system' }
const tls = {
  rootCA: secret,
  clientCertificate: { cert: secret, key: secret },
  serverName: 'example.com',
  insecureSkipVerify: true,
}
const selector = {
  matchLabels: { type: 'tenant' },
  matchExpressions: [
    { key: 'severity', operator: 'In', values: ['critical', 'warning'] },
    { key: 'silent', operator: 'DoesNotExist' },
  ],
}

const pods = {
  resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m', memory: '20Mi' } },
  image: 'kubesphere/notification-manager:v0.8.0',
  imagePullPolicy: 'Always',
  replicas: 2,
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
      },
    },
  },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'ops', effect: 'NoExecute', tolerationSeconds: 60 }],
  serviceAccountName: 'notification-manager-sa',
  portName: 'webhook',
  volumes: [
    { name: 'host-time', hostPath: { path: '/etc/localtime', type: '' } },
    { name: 'template', configMap: { name: 'template', defaultMode: 420 } },
  ],
  volumeMounts: [
    { name: 'host-time', mountPath: '/etc/localtime', readOnly: true },
    { name: 'template', mountPath: '/etc/notification-manager/', subPath: 'a', mountPropagation: 'None' },
  ],
  args: ['--log.level=debug'],
  defaultSecretNamespace: 'kubesphere-monitoring-system',
}

/** Go's `time.Duration` counts nanoseconds; the timeouts count seconds. */
const options = {
  global: { templateFile: ['/etc/notification-manager/template'], template: 'nm.default.text', cluster: 'host' },
  email: {
    notificationTimeout: 5,
    deliveryType: 'Bulk',
    maxEmailReceivers: 200,
    template: 'nm.default.html',
    subjectTemplate: 'nm.default.subject',
  },
  wechat: {
    notificationTimeout: 5,
    template: '{{ template "nm.default.text" . }}',
    messageMaxSize: 2048,
    tokenExpires: 7_200_000_000_000,
  },
  slack: { notificationTimeout: 5, template: 'nm.default.text' },
  webhook: { notificationTimeout: 5, template: 'webhook.default.message' },
  dingtalk: {
    notificationTimeout: 5,
    template: 'nm.default.text',
    tokenExpires: 7_200_000_000_000,
    conversationMessageMaxSize: 5_000,
    chatbotMessageMaxSize: 19_960,
    chatBotThrottle: { threshold: 20, unit: 60_000_000_000, maxWaitTime: 10_000_000_000 },
    conversationThrottle: { threshold: 25, unit: 1_000_000_000, maxWaitTime: 1_000_000_000 },
  },
}

/** A spec of each kind with every field that the predecessor's version of this API had, as its users write them. */
export const predecessorSpecs: Readonly<Record<string, object>> = {
  NotificationManager: {
    ...pods,
    defaultConfigSelector: selector,
    receivers: {
      tenantKey: 'user',
      globalReceiverSelector: { matchLabels: { type: 'global' } },
      tenantReceiverSelector: selector,
      options,
    },
  },
  EmailConfig: {
    from: 'sender1@xyz.com',
    smartHost: { host: 'imap.xyz.com', port: '25' },
    hello: 'localhost',
    authUsername: 'sender1',
    authIdentify: 'sender1',
    authPassword: secret,
    authSecret: secret,
    requireTLS: true,
    tls,
  },
  EmailReceiver: { to: ['a@xyz.com', 'b@xyz.com'], emailConfigSelector: selector, alertSelector: selector },
  WechatConfig: {
    wechatApiUrl: 'https://qyapi.weixin.qq.com/cgi-bin/',
    wechatApiSecret: secret,
    wechatApiCorpId: 'ww1234567890',
    wechatApiAgentId: '1000002',
  },
  WechatReceiver: {
    toUser: 'user1|user2',
    toParty: '1|2',
    toTag: 'oncall',
    wechatConfigSelector: selector,
    alertSelector: selector,
  },
  SlackConfig: { slackTokenSecret: secret },
  SlackReceiver: { channel: '#alerts', slackConfigSelector: selector, alertSelector: selector },
  WebhookConfig: {},
  WebhookReceiver: {
    url: 'https://example.com/alerts',
    service: { namespace: 'ops', name: 'audit', path: '/alerts', port: 443, scheme: 'https' },
    httpConfig: {
      basicAuth: { username: 'user', password: secret },
      bearerToken: secret,
      proxyUrl: 'http://egress.example.com:3128',
      tlsConfig: tls,
    },
    webhookConfigSelector: selector,
    alertSelector: selector,
  },
  DingTalkConfig: { conversation: { appkey: secret, appsecret: secret } },
  DingTalkReceiver: {
    chatbot: { webhook: secret, keywords: ['alert', '告警'], secret },
    conversation: { chatid: 'chat0123456789' },
    dingtalkConfigSelector: selector,
    alertSelector: selector,
  },
}
