import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { type Part, type SenderDeps, type Sender } from '../../../src/channels/channel.ts'
import { dingtalk } from '../../../src/channels/dingtalk/dingtalk.ts'
import { type DingTalkRequest } from '../../../src/channels/dingtalk/plan.ts'
import { type DingTalkConfigSpec, type DingTalkReceiverSpec } from '../../../src/channels/dingtalk/schema.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createRig, planInput, type Rig } from '../../support/channel-rig.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { startDingTalk, type DingTalkVendor, type Robot } from '../../support/vendors/dingtalk.ts'
import { manyAlerts, mixedSummary, renderLines } from '../chat-notifications.ts'

const signedRobot: Robot = { accessToken: 's1gned-t0ken', secret: 'SEC+/=s3cret', keywords: ['kubesphere'] }
const openRobot: Robot = { accessToken: '0pen-t0ken' }

/** A robot that asks for a signature and a keyword. */
export const robot: NonNullable<DingTalkReceiverSpec['chatbot']> = {
  webhook: { name: 'robot', key: 'webhook' },
  secret: { name: 'robot', key: 'secret' },
  keywords: ['kubesphere'],
}
/** A robot that asks for nothing. */
export const open: NonNullable<DingTalkReceiverSpec['chatbot']> = { webhook: { name: 'robot', key: 'open' } }
export const conversation: NonNullable<DingTalkReceiverSpec['conversation']> = { chatid: 'chat1' }

const withApplication: DingTalkConfigSpec = {
  conversation: { appkey: { name: 'app', key: 'appkey' }, appsecret: { name: 'app', key: 'appsecret' } },
}

/** A sender and the vendor that it sends to, on one clock. */
export interface DingTalkBench {
  readonly clock: FakeClock
  readonly vendor: DingTalkVendor
  readonly rig: Rig
  readonly secrets: Record<string, string>
  sender: Sender<DingTalkRequest>
  /** A new sender, which has no token, with other surroundings. */
  reopen(deps?: Partial<SenderDeps>): Promise<void>
  planOf(receiver: DingTalkReceiverSpec, alerts?: number, config?: DingTalkConfigSpec): readonly Part<DingTalkRequest>[]
  /** Sends parts one after another; nothing that comes of it may show a credential. */
  send(receiver: DingTalkReceiverSpec, alerts?: number): Promise<readonly Delivery[]>
  assertNothingShown(seen: unknown): void
  /** Paths that the vendor was asked for, without queries. */
  paths(): readonly string[]
  close(): Promise<void>
}

export async function openBench(): Promise<DingTalkBench> {
  const clock = createFakeClock()
  const vendor = await startDingTalk({ clock, robots: [signedRobot, openRobot], chats: ['chat1'] })
  const rig = createRig()
  const surroundings: SenderDeps = { ...rig.deps, clock, apis: { dingtalk: vendor.apiUrl } }
  const openSender = (deps: Partial<SenderDeps> = {}): Sender<DingTalkRequest> =>
    dingtalk.open?.({ ...surroundings, ...deps }) ?? assert.fail()
  const secrets: Record<string, string> = {
    'robot/webhook': `${vendor.webhookOf(signedRobot)}\n`,
    'robot/secret': `${signedRobot.secret ?? ''}\n`,
    'robot/open': vendor.webhookOf(openRobot),
    'app/appkey': 'd1ng-appkey',
    'app/appsecret': 'd1ng+/=s3cret\n',
  }

  function assertNothingShown(seen: unknown): void {
    const text = JSON.stringify(seen) + inspect(seen, { depth: null }) + rig.log.text()
    const values = [...Object.values(secrets).map((value) => value.trim()), ...vendor.tokens.issued]
    for (const value of [...values, signedRobot.accessToken, openRobot.accessToken]) {
      for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]) {
        assert.ok(!text.includes(form), `${value} is shown`)
      }
    }
  }

  const bench: DingTalkBench = {
    clock,
    vendor,
    rig,
    secrets,
    sender: openSender(),
    async reopen(deps) {
      await bench.sender.close()
      bench.sender = openSender(deps)
    },
    planOf(receiver, alerts = 1, config = withApplication) {
      const notification = manyAlerts(alerts, mixedSummary)
      const render = renderLines(notification)
      return dingtalk.plan(planInput({ receiver, config, options: {}, notification, render }))
    },
    async send(receiver, alerts) {
      const parts = bench.planOf(receiver, alerts)
      const deliveries: Delivery[] = []
      for (const part of parts) deliveries.push(await bench.sender.send(part, rig.context(secrets)))
      assertNothingShown({ parts, deliveries })
      return deliveries
    },
    assertNothingShown,
    paths: () => vendor.peer.requests.map(({ path }) => path.split('?')[0] ?? ''),
    async close() {
      await bench.sender.close()
      await rig.close()
      await vendor.stop()
    },
  }
  return bench
}
