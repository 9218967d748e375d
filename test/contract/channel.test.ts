import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { after, before, describe, test } from 'node:test'
import {
  type AnyChannel,
  type Destination,
  type Part,
  type SendContext,
  type Sender,
  type SenderDeps,
} from '../../src/channels/channel.ts'
import { channels } from '../../src/channels/index.ts'
import { type Deferred, type Delivery } from '../../src/model/delivery.ts'
import { type Notification } from '../../src/model/notification.ts'
import { aNotification, createRig, notificationKinds, planInput, renderOf, type Rig } from '../support/channel-rig.ts'
import { type ChannelDriver, type StartDriver } from './drivers/driver.ts'

const later: Deferred = {
  outcome: 'deferred',
  cause: 'throttle',
  reason: 'rateLimited',
  detail: 'later',
  afterMs: 5_000,
}

/** The driver of a channel: `drivers/<name>.ts` with an exported `start`. */
async function startDriver(name: string): Promise<ChannelDriver> {
  const driver = (await import(`./drivers/${name}.ts`)) as { readonly start: StartDriver }
  return driver.start()
}

function holds(channel: AnyChannel, open: NonNullable<AnyChannel['open']>): void {
  let driver: ChannelDriver
  let rig: Rig
  let sender: Sender
  before(async () => {
    driver = await startDriver(channel.name)
    rig = createRig()
    sender = open(depsOf(rig))
  })
  after(async () => {
    await sender.close()
    await rig.close()
    await driver.stop()
  })

  function depsOf({ deps }: Rig): SenderDeps {
    return driver.apis === undefined ? deps : { ...deps, apis: driver.apis }
  }

  function planOf(notification: Notification): readonly Part[] {
    const { receiver, config } = driver
    const input = planInput({ receiver, config, options: {}, notification, render: renderOf(notification) })
    return channel.plan(input as never)
  }

  async function send(
    options: {
      readonly notification?: Notification
      readonly signal?: AbortSignal
      readonly secrets?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Delivery> {
    const { notification = aNotification(), signal, secrets = driver.secrets } = options
    const parts = planOf(notification)
    const [part] = parts
    assert.equal(parts.length, 1)
    const delivery = await sender.send(part ?? assert.fail(), rig.context(secrets, signal))
    assertNoCredential({ parts, delivery, log: rig.log.text(), shown: inspect(parts, { depth: null }) })
    return delivery
  }

  function assertNoCredential(seen: unknown): void {
    const text = JSON.stringify(seen)
    for (const secret of Object.values(driver.secrets)) {
      for (const form of [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)]) {
        assert.ok(!text.includes(form), `a credential is shown: ${text}`)
      }
    }
  }

  function assertRetry(delivery: Delivery, reasons: readonly string[]): void {
    assert.equal(delivery.outcome, 'retry', delivery.detail)
    assert.ok(reasons.includes(delivery.reason), `${delivery.reason}: ${delivery.detail}`)
    assert.notEqual(delivery.detail, '')
  }

  for (const [kind, notification] of Object.entries(notificationKinds())) {
    test(`a ${kind} notification arrives`, async () => {
      driver.mood('accept')
      const before = driver.taken().length
      assert.equal((await send({ notification })).outcome, 'sent')
      assert.equal(driver.taken().length, before + 1)
      assert.match(driver.taken().at(-1) ?? '', new RegExp(notification.group.status, 'u'))
    })
  }

  test('without admission nothing is sent; what is asked for it with names no credential to people', async () => {
    driver.mood('accept')
    const before = driver.taken().length
    const asked: Destination[] = []
    const context: SendContext = {
      ...rig.context(driver.secrets),
      admit(...destinations) {
        asked.push(...destinations)
        return Promise.resolve(later)
      },
    }
    const [part] = planOf(aNotification())
    assert.deepEqual(await sender.send(part ?? assert.fail(), context), later)
    assert.equal(driver.taken().length, before)
    assert.notEqual(asked.length, 0)
    assertNoCredential(asked.map((destination) => ({ ...destination, key: undefined })))
  })

  test('a refused credential is final', async () => {
    driver.mood('refuseCredential')
    const delivery = await send()
    assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['failed', 'authError'])
  })

  test('a rate limit is retried, after the wait that was asked for', async () => {
    driver.mood('rateLimit')
    const delivery = await send()
    assertRetry(delivery, ['rateLimited', 'serverError'])
    assert.equal((delivery as { afterMs?: number }).afterMs, driver.rateLimitAfterMs)
  })

  test("the server's own trouble is retried", async () => {
    driver.mood('serverError')
    assertRetry(await send(), ['serverError'])
  })

  test('a refused message is final', async () => {
    driver.mood('clientError')
    const delivery = await send()
    assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['failed', 'clientError'])
  })

  test('a reset is retried', async () => {
    driver.mood('reset')
    assertRetry(await send(), ['connectionError'])
  })

  test('an abort and a deadline end an attempt that hangs, as a retry', async () => {
    driver.mood('hang')
    const controller = new AbortController()
    const sending = send({ signal: controller.signal })
    await driver.hanging()
    controller.abort()
    assertRetry(await sending, ['contextDeadlineExceeded'])
    assertRetry(await send({ signal: AbortSignal.timeout(100) }), ['contextDeadlineExceeded'])
    assertRetry(await send({ signal: AbortSignal.abort() }), ['contextDeadlineExceeded'])
  })

  test('a peer that repeats what it was told gives no credential away', async () => {
    driver.mood('echo')
    assert.equal((await send()).outcome, 'failed')
  })

  test('a missing Secret is retried', async () => {
    driver.mood('accept')
    assertRetry(await send({ secrets: {} }), ['secretNotFound'])
  })

  test('after trouble the next notification arrives', async () => {
    driver.mood('accept')
    assert.equal((await send()).outcome, 'sent')
  })

  test('what has arrived is not planned again', () => {
    const marks = planOf(aNotification()).flatMap((part) => part.marks)
    assert.notEqual(marks.length, 0)
    const { receiver, config } = driver
    assert.deepEqual(channel.plan(planInput({ receiver, config, options: {}, done: new Set(marks) }) as never), [])
  })

  test('a refused connection is retried, and a refused address with the remedy', async () => {
    await driver.stop()
    assertRetry(await send(), ['connectionError'])
    const strict = createRig({ egress: { allow: [] } })
    const [part] = planOf(aNotification())
    const delivery = await open(depsOf(strict)).send(part ?? assert.fail(), strict.context(driver.secrets))
    assertRetry(delivery, ['addressRefused'])
    assert.match(delivery.detail ?? '', /--egress-allow/u)
    await strict.close()
    driver = await startDriver(channel.name)
  })
}

for (const channel of channels) {
  const { open } = channel
  if (open !== undefined) describe(channel.name, () => holds(channel, open))
}
