import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { systemClock } from '../../src/system.ts'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { startExim, type Exim } from '../support/programs/exim.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startDingTalk, type DingTalkVendor } from '../support/vendors/dingtalk.ts'
import { startSlack, type SlackVendor } from '../support/vendors/slack.ts'
import { startWechat, type WechatVendor } from '../support/vendors/wechat.ts'
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts'

const seed = join(import.meta.dirname, '..', 'fixtures', 'seed')

/** Credentials that the story plants; none may be seen anywhere. */
export const planted = {
  mail: 'pl4nted-mail-password',
  wechat: 'pl4nted-wechat-secret',
  slack: 'xoxb-pl4nted-slack-token',
  bearer: 'pl4nted-bearer-token',
  appkey: 'pl4nted-appkey',
  appsecret: 'pl4nted-appsecret',
  robot: 'pl4nted-robot-access-token',
  sign: 'SECpl4nted-robot-secret',
}

/** The predecessor's documentation brought to life: its manifests, with far sides on loopback in the vendors' place. */
export interface SeedWorld {
  readonly app: AppProcess
  readonly manifests: string
  readonly exim: Exim
  readonly webhook: WebhookSink
  readonly slack: SlackVendor
  readonly wechat: WechatVendor
  readonly dingtalk: DingTalkVendor
}

/** Starts them all. The DingTalk robot takes as many messages as come: its limit has tests of its own. */
export async function startSeedWorld(context: TestContext): Promise<SeedWorld> {
  const folder = await temporaryFolder(context)
  const data = join(folder, 'data')
  const manifests = join(folder, 'manifests.yaml')
  await mkdir(join(folder, 'exim'))
  const exim = await startExim(join(folder, 'exim'), { user: 'sender1', password: planted.mail })
  const webhook = await startWebhookSink()
  const slack = await startSlack({ token: planted.slack, channels: { alerts: 'open' } })
  const wechat = await startWechat({ clock: systemClock, corpId: 'ww1234567890abcdef', secret: planted.wechat })
  const robot = { accessToken: planted.robot, secret: planted.sign, keywords: ['kubesphere'] }
  const dingtalk = await startDingTalk({
    clock: systemClock,
    robots: [robot],
    appkey: planted.appkey,
    appsecret: planted.appsecret,
    chats: ['chat894f9f4d634eb283933af6c7102977b2'],
    perMinute: 1_000,
  })
  for (const peer of [exim, webhook, slack, wechat, dingtalk]) context.after(() => peer.stop())
  await writeFile(manifests, await resources({ exim, webhook, wechat, robot: dingtalk.webhookOf(robot) }))
  const app = await startApp({
    args: [
      ...['--manifests', manifests, '--data', data, '--egress-allow', '127.0.0.0/8', '--log-level', 'debug'],
      ...['--namespace', 'kubesphere-monitoring-system'],
      ...['--slack-api-url', slack.apiUrl, '--dingtalk-api-url', dingtalk.apiUrl],
    ],
  })
  context.after(() => app.stop())
  return { app, manifests, exim, webhook, slack, wechat, dingtalk }
}

interface Addresses {
  readonly exim: Exim
  readonly webhook: WebhookSink
  readonly wechat: WechatVendor
  readonly robot: string
}

/** The documentation's manifests as they are, but for addresses and the Secrets' values. */
async function resources({ exim, webhook, wechat, robot }: Addresses): Promise<string> {
  const names = (await readdir(seed)).filter((name) => /^0[1-6].*yaml$|^webhook-default-mended/u.test(name))
  const texts = await Promise.all(names.map((name) => readFile(join(seed, name), 'utf8')))
  const documents = texts
    .flatMap((text) => text.split(/^---$/mu))
    .filter((document) => !/^kind: Secret$/mu.test(document))
    .map((document) =>
      document
        .replace('imap.xyz.com', '127.0.0.1')
        .replace('"25"', `"${exim.port}"`)
        .replace('requireTLS: true', 'requireTLS: false')
        .replace('https://qyapi.weixin.qq.com/cgi-bin/', wechat.apiUrl)
        .replace('http://127.0.0.1:8080/', `${webhook.url}/hook`)
        .replace(/^ {4}tlsConfig:[^]*$/mu, ''),
    )
  const throttle = '      dingtalk:\n        chatBotThrottle:\n          threshold: 1000\n          unit: 1m\n'
  const generous = documents.map((document) => document.replace('      slack:\n', `${throttle}      slack:\n`))
  return [
    ...generous,
    secret('default-email-secret', { password: planted.mail }),
    secret('default-wechat-secret', { wechat: planted.wechat }),
    secret('default-slack-secret', { token: planted.slack }),
    secret('default-webhook-secret', { password: planted.bearer }),
    secret('default-dingtalk-secret', {
      appkey: planted.appkey,
      appsecret: planted.appsecret,
      webhook: robot,
      secret: planted.sign,
    }),
  ].join('\n---\n')
}

function secret(name: string, stringData: Readonly<Record<string, string>>): string {
  const metadata = { name, namespace: 'kubesphere-monitoring-system' }
  return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
}
