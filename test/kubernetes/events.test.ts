import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createEventBook, eventLimits, type EventBook } from '../../src/kubernetes/events-book.ts'
import { createEvents, type EventFact, type EventRecorder } from '../../src/kubernetes/events.ts'
import { type ConnectOptions } from '../../src/kubernetes/client.ts'
import { eventName } from '../../src/kubernetes/events-fact.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { waitFor } from '../support/programs/process.ts'
import { startClientWorld, type ClientWorld } from './client-world.ts'

function fact(name: string, message = 'the Secret is not there', namespace?: string): EventFact {
  const object = {
    kind: 'EmailReceiver',
    name,
    uid: `uid-of-${name}`,
    ...(namespace === undefined ? {} : { namespace }),
  }
  return { object, type: 'Warning', reason: 'NotReady', message }
}

interface CoreEvent {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly involvedObject: Readonly<Record<string, string>>
  readonly message: string
  readonly count: number
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly source: { readonly component: string }
}

describe('events on a real API server', () => {
  let world: ClientWorld

  before(async () => {
    world = await startClientWorld({ users: ['nobody'] })
  })
  after(() => world.stop())

  function recorder(
    context: TestContext,
    connection: ConnectOptions = {},
  ): { readonly events: EventRecorder; readonly metrics: MemoryMetrics; readonly logger: LogCapture } {
    const metrics = createMemoryMetrics()
    const logger = createLogCapture()
    const source = { component: 'notification-manager-server', instance: 'server-0' }
    const deps = { clock: systemClock, random: systemRandom, logger, metrics }
    const events = createEvents(source, { cluster: world.connect(connection), ...deps })
    const stop = new AbortController()
    const running = events.run(stop.signal)
    context.after(async () => {
      stop.abort()
      await running
    })
    return { events, metrics, logger }
  }

  async function eventsOf(name: string, namespace = 'default'): Promise<readonly CoreEvent[]> {
    const selector = `--field-selector=involvedObject.name=${name}`
    const printed = await world.kube.kubectl(['get', 'events', `--namespace=${namespace}`, selector, '--output=json'])
    return (JSON.parse(printed) as { readonly items: readonly CoreEvent[] }).items
  }

  const counted = (name: string, count: number) =>
    waitFor(`${count} counted`, async () => (await eventsOf(name)).find((event) => event.count === count))

  it('are written for an object without a namespace into the default one, as kubectl shows them', async (context) => {
    const { events, metrics } = recorder(context)

    events.record(fact('shown'))
    const event = await counted('shown', 1)

    assert.deepEqual(event.involvedObject, {
      apiVersion: 'notification.kubesphere.io/v2alpha1',
      kind: 'EmailReceiver',
      name: 'shown',
      uid: 'uid-of-shown',
    })
    assert.equal(event.source.component, 'notification-manager-server')
    assert.equal(metrics.counted('kubernetes_events_total', { outcome: 'written' }), 1)
    const table = await world.kube.kubectl(['get', 'events', '--field-selector=involvedObject.name=shown'])
    assert.match(table, /Warning\s+NotReady\s+emailreceiver\/shown\s+the Secret is not there/u)
  })

  it('live in the namespace of an object that has one', async (context) => {
    const { events } = recorder(context)

    events.record({ ...fact('deployed', 'ready', 'kube-system'), type: 'Normal', reason: 'Ready' })

    const found = await waitFor('the event', async () => (await eventsOf('deployed', 'kube-system'))[0])
    assert.equal(found.involvedObject['namespace'], 'kube-system')
  })

  it('raise the count of the one that is there when the same happens again', async (context) => {
    const { events } = recorder(context)
    events.record(fact('again'))
    const first = await counted('again', 1)
    events.record(fact('again'))
    await counted('again', 2)
    for (let count = 0; count < 5; count += 1) events.record(fact('again'))
    const last = await counted('again', 7)

    events.record(fact('again', 'another message'))
    await waitFor('the second event', async () => ((await eventsOf('again')).length === 2 ? true : undefined))
    assert.equal(last.metadata.name, first.metadata.name)
    assert.equal(last.firstTimestamp, first.firstTimestamp)
    assert.ok(last.lastTimestamp >= first.lastTimestamp)
  })

  it('are cut to what Kubernetes takes', async (context) => {
    const { events } = recorder(context)

    events.record(fact('long', 'ü'.repeat(2_000)))

    const { message } = await counted('long', 1)
    assert.ok(Buffer.byteLength(message) <= 1_024)
    assert.match(message, /^ü+…$/u)
  })

  it('wait, folded, while the API server is away', async (context) => {
    const { events, logger } = recorder(context, { requestTimeoutMs: 500 })
    world.kube.freeze()
    context.after(() => world.kube.thaw())
    events.record(fact('away', 'first'))
    await waitFor('a failed attempt', () => (logger.messages('warn').length > 0 ? true : undefined))
    for (let count = 0; count < 9; count += 1) events.record(fact('away', 'later'))
    world.kube.thaw()

    await counted('away', 9)
    assert.equal((await eventsOf('away')).length, 2)
    assert.deepEqual(logger.messages('warn'), ['a Kubernetes Event cannot be written'], 'said once')
  })

  it('that the account may not write are counted and said once', async (context) => {
    const { events, logger, metrics } = recorder(context, { kubeconfigs: [world.kube.kubeconfig('nobody')] })

    for (let count = 0; count < 3; count += 1) events.record(fact('forbidden', `message ${count}`))

    await waitFor('three refusals', () =>
      metrics.counted('kubernetes_events_total', { outcome: 'refused' }) === 3 ? true : undefined,
    )
    assert.equal(logger.messages('warn').length, 1)
    assert.deepEqual(await eventsOf('forbidden'), [])
  })
})

describe('the limits of events', () => {
  function book(limits: Partial<typeof eventLimits> = {}): { readonly book: EventBook; advance(ms: number): void } {
    let now = Date.UTC(2026, 0, 1)
    const made = createEventBook({
      limits: { ...eventLimits, ...limits },
      now: () => now,
      uuid: () => systemRandom.uuid(),
    })
    return { book: made, advance: (ms) => (now += ms) }
  }

  function drain(from: EventBook): readonly string[] {
    const drained: string[] = []
    for (let event = from.next(); event !== undefined; event = from.next()) {
      drained.push(`${event.fact.object.name} ${event.fact.message} ${event.count}`)
    }
    return drained
  }

  it('let an object have 25 at once and one more every five minutes, and leave others alone', () => {
    const { book: of, advance } = book()
    const taken = Array.from({ length: 40 }, (_, index) => of.note(fact('noisy', String(index))))

    assert.equal(taken.filter(Boolean).length, 25)
    assert.equal(of.note(fact('calm')), true)
    advance(300_000)
    assert.deepEqual([of.note(fact('noisy', 'a')), of.note(fact('noisy', 'b'))], [true, false])
  })

  it('count what they do not write, and tell it with the next that is written', () => {
    const { book: of, advance } = book({ burst: 1, refillMs: 60_000 })
    of.note(fact('one', 'm'))
    assert.deepEqual(drain(of), ['one m 1'])
    assert.equal(of.note(fact('one', 'm')), false)
    assert.equal(of.note(fact('one', 'm')), false)
    advance(60_000)

    assert.equal(of.note(fact('one', 'm')), true)

    assert.deepEqual(drain(of), ['one m 4'])
  })

  it('begin a new event when the same happens after ten minutes', () => {
    const { book: of, advance } = book()
    of.note(fact('one', 'm'))
    const first = of.next()
    advance(599_999)
    of.note(fact('one', 'm'))
    const second = of.next()
    advance(600_000)
    of.note(fact('one', 'm'))
    const third = of.next()

    assert.deepEqual([first?.count, second?.count, third?.count], [1, 2, 1])
    assert.equal(second?.name, first?.name)
    assert.notEqual(third?.name, first?.name)
  })

  it('bound what waits and what is remembered', () => {
    const { book: of } = book({ maxWaiting: 3, maxRemembered: 5 })
    const taken = Array.from({ length: 10 }, (_, index) => of.note(fact(`object-${index}`)))
    assert.deepEqual(taken.filter(Boolean).length, 3)
    assert.equal(drain(of).length, 3)

    of.note(fact('object-0'))
    of.note(fact('object-9'))
    assert.deepEqual(drain(of), ['object-0 the Secret is not there 1', 'object-9 the Secret is not there 2'])
  })

  it('keep the name of an event a name that Kubernetes takes', () => {
    const name = eventName({ kind: 'EmailReceiver', name: `${'a'.repeat(199)}-b` }, '0c0ffee0')

    assert.equal(name, `${'a'.repeat(199)}.0c0ffee0`)
  })
})
