import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { type Part, type Sender } from '../../../src/channels/channel.ts'
import { type WechatRequest } from '../../../src/channels/wechat/plan.ts'
import { type WechatConfigSpec, type WechatOptions } from '../../../src/channels/wechat/schema.ts'
import { wechat } from '../../../src/channels/wechat/wechat.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createRig, planInput, type Rig } from '../../support/channel-rig.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { startWechat, type WechatVendor } from '../../support/vendors/wechat.ts'
import { manyAlerts, mixedSummary, renderLines } from '../chat-notifications.ts'

const secret = 'c0rp+/=s3cret'

/** A sender and the vendor that it sends to, on one clock. */
export interface WechatBench {
  readonly clock: FakeClock
  readonly vendor: WechatVendor
  readonly rig: Rig
  readonly secrets: Readonly<Record<string, string>>
  sender: Sender<WechatRequest>
  /** A new sender, which has no token. */
  reopen(): Promise<void>
  planOf(options?: {
    readonly config?: Partial<WechatConfigSpec>
    readonly toUser?: string
    readonly alerts?: number
    readonly options?: WechatOptions
  }): readonly Part<WechatRequest>[]
  /** Sends parts one after another; nothing that comes of it may show a credential. */
  send(parts?: readonly Part<WechatRequest>[]): Promise<readonly Delivery[]>
  assertNothingShown(seen: unknown): void
  /** Methods and paths that the vendor was asked for, without queries. */
  paths(): readonly string[]
  close(): Promise<void>
}

/** Members are Ann, Bob and Cem, who has no licence. */
export async function openBench(): Promise<WechatBench> {
  const clock = createFakeClock()
  const vendor = await startWechat({ clock, secret, members: ['ann', 'bob', 'cem'], unlicensed: ['cem'] })
  const rig = createRig()
  const secrets = { 'wechat/secret': `${secret}\n` }
  const open = (): Sender<WechatRequest> => wechat.open?.({ ...rig.deps, clock }) ?? assert.fail()

  function assertNothingShown(seen: unknown): void {
    const text = JSON.stringify(seen) + inspect(seen, { depth: null }) + rig.log.text()
    for (const value of [secret, ...vendor.tokens.issued]) {
      for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]) {
        assert.ok(!text.includes(form), `${value} is shown`)
      }
    }
  }

  const bench: WechatBench = {
    clock,
    vendor,
    rig,
    secrets,
    sender: open(),
    async reopen() {
      await bench.sender.close()
      bench.sender = open()
    },
    planOf({ config, toUser = 'Ann', alerts = 1, options = {} } = {}) {
      const notification = manyAlerts(alerts, mixedSummary)
      const whole: WechatConfigSpec = {
        wechatApiUrl: vendor.apiUrl,
        wechatApiCorpId: 'corp',
        wechatApiAgentId: '1000002',
        wechatApiSecret: { name: 'wechat', key: 'secret' },
        ...config,
      }
      const render = renderLines(notification)
      return wechat.plan(planInput({ receiver: { toUser }, config: whole, options, notification, render }))
    },
    async send(parts = bench.planOf()) {
      const deliveries: Delivery[] = []
      for (const part of parts) deliveries.push(await bench.sender.send(part, rig.context(secrets)))
      assertNothingShown({ parts, deliveries })
      return deliveries
    },
    assertNothingShown,
    paths: () => vendor.peer.requests.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`),
    async close() {
      await bench.sender.close()
      await rig.close()
      await vendor.stop()
    },
  }
  return bench
}
