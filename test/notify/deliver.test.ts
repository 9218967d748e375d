import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { AddressRefusedError } from '../../src/model/errors.ts'
import { type Problem } from '../../src/model/problem.ts'
import { type CompiledReceiver } from '../../src/rules/ruleset.ts'
import { settle } from '../support/fake-clock.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender, type MemoryReceiver } from './rulesets.ts'

const sent: Delivery = { outcome: 'sent' }
const unavailable: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'the server answered 503' }

function team(spec: MemoryReceiver, overrides: Partial<CompiledReceiver> = {}): ReturnType<typeof inForce> {
  return inForce({ receivers: [compiled('ann', overrides, spec)] })
}

const noConfig: Problem = {
  severity: 'error',
  reason: 'ConfigNotFound',
  path: 'spec',
  message: 'no EmailConfig can be used',
  remedy: 'create a default one',
}

describe('a delivery', () => {
  it('leaves out what has arrived when it is tried again', async (context) => {
    const answers = new Map<string, Delivery[]>([['b: A', [unavailable]]])
    const sender = memorySender((request) => answers.get(request)?.shift() ?? sent)
    const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: team({ to: ['a', 'b', 'c'] }) })
    await post('A', 'ann')
    assert.deepEqual(sender.requests, ['a: A', 'b: A'])
    await clock.advance(750)
    assert.deepEqual(sender.requests.slice(2), ['b: A', 'c: A'])
    assert.equal(outbox.history({ limit: 1 })[0]?.detail, '1 message to b; 1 message to c')
  })

  it('leaves out the marks that a part has settled although it is to be tried again', async (context) => {
    const answers: Delivery[] = [{ ...unavailable, done: ['to:a', 'to:c'] }]
    const sender = memorySender(() => answers.shift() ?? sent)
    const { clock, post } = await dispatchRig(context, { sender, inForce: team({ to: ['a', 'b', 'c'] }) })
    await post('A', 'ann')
    await clock.advance(750)
    assert.deepEqual(sender.requests, ['a: A', 'b: A'])
  })

  it('goes on after a part that is refused for good, and ends as a dead letter whose replay tries that part alone', async (context) => {
    const refused: Delivery = { outcome: 'failed', reason: 'clientError', detail: 'no such user' }
    const answers = new Map<string, Delivery[]>([
      ['a: A', [refused]],
      ['b: A', [unavailable]],
    ])
    const sender = memorySender((request) => answers.get(request)?.shift() ?? sent)
    const { clock, post, outbox, dispatcher } = await dispatchRig(context, {
      sender,
      inForce: team({ to: ['a', 'b', 'c'] }),
    })
    await post('A', 'ann')
    await clock.advance(750)
    assert.deepEqual(sender.requests, ['a: A', 'b: A', 'b: A', 'c: A'])
    const [letter] = outbox.deadLetters({ limit: 1 })
    assert.deepEqual([letter?.reason, letter?.detail], ['clientError', '1 message to a: no such user (clientError)'])
    await outbox.replay(letter?.notification ?? '', clock.now())
    dispatcher.notify()
    await settle()
    assert.deepEqual(sender.requests.slice(4), ['a: A'])
    assert.deepEqual([outbox.counts().pending, outbox.counts().dead], [0, 0])
  })

  it('writes refused targets into the history of a message that was sent', async (context) => {
    const refusals = [{ target: 'x@example.com', reason: 'clientError', detail: 'mailbox unknown' }] as const
    const sender = memorySender(() => ({ outcome: 'sent', refusals }))
    const { post, outbox } = await dispatchRig(context, { sender, inForce: team({ to: ['a'] }) })
    await post('A', 'ann')
    assert.match(
      outbox.history({ limit: 1 })[0]?.detail ?? '',
      /x@example\.com refused \(clientError: mailbox unknown\)/u,
    )
  })

  it('is sent when nothing is left to send', async (context) => {
    const sender = memorySender(() => sent)
    const { post, outbox } = await dispatchRig(context, { sender, inForce: team({ to: [] }) })
    await post('A', 'ann')
    assert.deepEqual([outbox.history({ limit: 1 })[0]?.outcome, sender.requests], ['sent', []])
  })

  it('goes on in a next attempt, at once, when its parts take long together', async (context) => {
    const names = Array.from({ length: 5 }, (_, index) => `n${index}`)
    const sender = memorySender(async () => {
      await new Promise<void>((resolve) => waits.push(resolve))
      return sent
    })
    const waits: (() => void)[] = []
    const { clock, post, outbox } = await dispatchRig(context, {
      sender,
      inForce: team({ to: names }, { options: { timeoutMs: 60_000 } }),
      limits: { maxAttemptMs: 90_000 },
    })
    await post('A', 'ann')
    for (let count = 0; count < names.length; count += 1) {
      await clock.advance(50_000)
      waits.shift()?.()
      await settle()
    }
    assert.deepEqual(
      sender.requests,
      names.map((name) => `${name}: A`),
      'each once',
    )
    assert.deepEqual(
      outbox.history({ limit: 5 }).map(({ outcome }) => outcome),
      ['sent', 'retry', 'retry'],
    )
    assert.equal(outbox.history({ limit: 5 })[2]?.detail, '2 of 5 parts sent; the rest follows at once')
  })

  it('waits for its config, and goes the moment that it is there', async (context) => {
    const sender = memorySender(() => sent)
    const { clock, post, outbox, use, dispatcher } = await dispatchRig(context, {
      sender,
      inForce: team({ to: ['a'] }, { undeliverable: [noConfig] }),
    })
    await post('A', 'ann')
    await clock.advance(600_000)
    const [waiting] = outbox.pending({ limit: 1 })
    assert.deepEqual(
      [waiting?.reason, waiting?.detail],
      ['configNotFound', 'no EmailConfig can be used; create a default one'],
    )
    assert.ok((waiting?.nextAttemptAt ?? 0) > clock.now())
    use(team({ to: ['a'] }))
    dispatcher.rulesetChanged()
    await settle()
    assert.deepEqual(sender.requests, ['a: A'])
  })

  it('does not try a failing far side sooner because an unrelated ruleset came', async (context) => {
    const sender = memorySender(() => unavailable)
    const rules = team({ to: ['a'] })
    const { post, dispatcher } = await dispatchRig(context, { sender, inForce: rules })
    await post('A', 'ann')
    dispatcher.rulesetChanged()
    dispatcher.secretsChanged()
    await settle()
    assert.equal(sender.requests.length, 1)
  })

  it('waits for its secret, in the namespace that the reference or the receiver names, and goes when it is there', async (context) => {
    const sender = memorySender(async (_, { secret }) => {
      const own = await secret({ name: 'smtp', key: 'password' })
      const empty = await secret({ name: 'smtp', key: 'password', namespace: '' })
      const other = await secret({ name: 'smtp', key: 'password', namespace: 'shared' })
      assert.deepEqual(
        [own, empty, other].map((value) => value.reveal()),
        ['one', 'one', 'two'],
      )
      return sent
    })
    const { post, outbox, secrets, dispatcher } = await dispatchRig(context, { sender, inForce: team({ to: ['a'] }) })
    secrets.set('shared/smtp/password', 'two')
    await post('A', 'ann')
    const [waiting] = outbox.pending({ limit: 1 })
    assert.equal(waiting?.reason, 'secretNotFound')
    assert.equal(waiting.detail, 'Secret monitoring/smtp/password is not there; create it')
    secrets.set('monitoring/smtp/password', 'one')
    dispatcher.secretsChanged()
    await settle()
    assert.equal(outbox.counts().pending, 0)
  })

  it('hears a change that comes while it is being tried', async (context) => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const sender = memorySender(async (_, { secret }) => {
      if (sender.requests.length > 1) return sent
      const missing = await secret({ name: 'smtp', key: 'password' }).catch((error: unknown) => error)
      await promise
      throw missing
    })
    const { post, dispatcher } = await dispatchRig(context, { sender, inForce: team({ to: ['a'] }) })
    const posted = post('A', 'ann')
    await settle()
    dispatcher.secretsChanged()
    resolve(undefined)
    await posted
    await settle()
    assert.equal(sender.requests.length, 2, 'tried again without any wait')
  })

  it('waits, visibly, for a channel that cannot send yet', async (context) => {
    const { post, outbox } = await dispatchRig(context, { inForce: team({ to: ['a'] }) })
    await post('A', 'ann')
    const [waiting] = outbox.pending({ limit: 1 })
    assert.equal(waiting?.reason, 'channelUnavailable')
    assert.match(waiting.detail, /cannot send over the channel memory yet/u)
  })

  it('takes a refused address for something that can be mended', async (context) => {
    const sender = memorySender(() => {
      throw new AddressRefusedError('169.254.169.254 is a metadata address')
    })
    const { post, outbox } = await dispatchRig(context, { sender, inForce: team({ to: ['a'] }) })
    await post('A', 'ann')
    assert.equal(outbox.pending({ limit: 1 })[0]?.reason, 'addressRefused')
  })

  it('says and counts that a template was replaced', async (context) => {
    const sender = memorySender(() => sent)
    const { post, outbox, metrics } = await dispatchRig(context, {
      sender,
      inForce: team({ to: ['a'], template: 'broken' }, { templates: { body: 'broken' } }),
    })
    await post('A', 'ann')
    assert.equal(
      outbox.history({ limit: 1 })[0]?.detail,
      '1 message to a; template broken was replaced: line 1 is wrong, used nm.default.text',
    )
    assert.equal(metrics.counted('template_fallbacks_total', { channel: 'memory' }), 1)
  })
})
