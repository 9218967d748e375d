import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { type AnyChannel, type Sender, type SenderDeps } from '../../../src/channels/channel.ts'
import { dingtalk } from '../../../src/channels/dingtalk/dingtalk.ts'
import { webhook } from '../../../src/channels/webhook/webhook.ts'
import { type InForce } from '../../../src/notify/in-force.ts'
import { createRig } from '../../support/channel-rig.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { startHttpPeer } from '../../support/http-peer.ts'
import { startDingTalk } from '../../support/vendors/dingtalk.ts'
import { receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { compiled, inForce } from '../rulesets.ts'
import { createSocketTime } from './sockets.ts'
import { busiest, names } from './vendor.ts'

const minuteMs = 60_000

/** Receivers of a real channel. */
function receivers(channel: unknown, specs: Readonly<Record<string, unknown>>): InForce {
  return inForce({
    receivers: Object.entries(specs).map(([name, spec]) =>
      compiled(name, {
        channel: channel as AnyChannel,
        resource: { kind: 'EmailReceiver', metadata: { name, labels: {} }, spec },
      }),
    ),
  })
}

/** Real sockets and real senders on a test's own clock. */
function socketRig(context: TestContext) {
  const clock = createFakeClock()
  const rig = createRig()
  context.after(() => rig.close())
  const { deps, advance } = createSocketTime(rig, clock)
  const open = (channel: { open?(deps: SenderDeps): unknown }): Sender => {
    const sender = channel.open?.(deps) as Sender
    context.after(() => sender.close())
    return sender
  }
  return { clock, deps, advance, open }
}

it('a DingTalk robot gets 100 notifications at its 20 a minute, none refused, and another robot is not slowed', async (context) => {
  const { clock, advance, open } = socketRig(context)
  const busy = { accessToken: 'busy-t0ken', secret: 'SECbusy' }
  const quiet = { accessToken: 'quiet-t0ken' }
  const vendor = await startDingTalk({ clock, robots: [busy, quiet] })
  context.after(() => vendor.stop())
  const times: number[] = []
  const { answer } = vendor.peer
  vendor.peer.answer = (request) => {
    if (request.path.includes(busy.accessToken)) times.push(clock.now())
    return typeof answer === 'function' ? answer(request) : answer
  }
  const team = names('r', 100)
  const robot = (name: string): unknown => ({
    chatbot: {
      webhook: { name, key: 'webhook' },
      ...(name === 'busy' ? { secret: { name, key: 'secret' } } : {}),
    },
  })
  const rules = receivers(dingtalk, {
    ...Object.fromEntries(team.map((name) => [name, robot('busy')])),
    bob: robot('quiet'),
  })
  const senders = { dingtalk: open(dingtalk) }
  const { post, outbox, secrets, metrics, logger } = await dispatchRig(context, { clock, senders, inForce: rules })
  secrets.set('monitoring/busy/webhook', vendor.webhookOf(busy))
  secrets.set('monitoring/busy/secret', busy.secret)
  secrets.set('monitoring/quiet/webhook', vendor.webhookOf(quiet))
  await post('A', ...team)
  for (let count = 1; count <= 15; count += 1) {
    await post(`B${count}`, 'bob')
    const before = clock.now()
    await advance(0)
    const told = vendor.messages.filter(({ to }) => to === quiet.accessToken).length
    assert.deepEqual([told, clock.now()], [count, before], 'told in the moment in which it was posted')
    await advance(20_000)
  }
  assert.equal(vendor.messages.filter(({ to }) => to === busy.accessToken).length, 100)
  assert.deepEqual([times.length, busiest(times, minuteMs)], [100, 20])
  assert.deepEqual([outbox.counts().pending, outbox.counts().dead], [0, 0])
  assert.equal(metrics.counted('deliveries_total', { outcome: 'sent' }), 115)
  assert.equal(metrics.counted('deliveries_total'), 115)
  const shown = logger.text() + JSON.stringify(outbox.history({ limit: 1_000 }))
  assert.doesNotMatch(shown, /busy-t0ken|quiet-t0ken|SECbusy/u)
})

it('a thousand webhooks of a server that is not there cost one connection a period, and all are told when it is', async (context) => {
  const { clock, deps, advance, open } = socketRig(context)
  const peer = await startHttpPeer()
  context.after(() => peer.stop())
  const connections = { tried: 0, refused: true }
  const { request } = deps.http
  Object.assign(deps.http, {
    request: (call: Parameters<typeof request>[0]) => {
      connections.tried += 1
      return request({ ...call, url: connections.refused ? call.url.replace(`:${peer.port}`, ':1') : call.url })
    },
  })
  const team = names('r', 1_000)
  const rules = receivers(webhook, Object.fromEntries(team.map((name) => [name, { url: `${peer.origin}/${name}` }])))
  const senders = { webhook: open(webhook) }
  const { post, outbox } = await dispatchRig(context, { clock, senders, inForce: rules })
  await post('A', ...team)
  await advance(5 * minuteMs)
  assert.ok(connections.tried <= 64 + 10, `${connections.tried} connections`)
  const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('r999') })
  assert.equal(waiting?.reason, 'connectionError')
  assert.match(waiting.detail, /: connection refused; next probe at 2026-01-01T00:0\d:\d\d/u)
  connections.refused = false
  await advance(2 * minuteMs + 5_000)
  assert.equal(outbox.counts().pending, 0)
  assert.equal(new Set(peer.requests.map(({ path }) => path)).size, 1_000)
})

it('one webhook that answers 503 waits alone: others of the same server are told', async (context) => {
  const { clock, advance, open } = socketRig(context)
  const peer = await startHttpPeer()
  context.after(() => peer.stop())
  peer.answer = ({ path }) => ({ status: path === '/bad' ? 503 : 200 })
  const bad = Object.fromEntries(names('bad', 20).map((name) => [name, { url: `${peer.origin}/bad` }]))
  const rules = receivers(webhook, { ...bad, good: { url: `${peer.origin}/good` } })
  const senders = { webhook: open(webhook) }
  const { post, outbox, metrics } = await dispatchRig(context, { clock, senders, inForce: rules })
  await post('A', ...Object.keys(bad))
  await advance(3 * minuteMs)
  assert.equal(metrics.level('destinations_open'), 1)
  await post('B', 'good')
  await advance(0)
  assert.equal(outbox.history({ limit: 1, receiver: receiverKey('good') })[0]?.outcome, 'sent')
  assert.ok(peer.requests.filter(({ path }) => path === '/bad').length <= 20 + 8)
})
