import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

describe('the pipeline and credentials', () => {
  it('survives a bug of a sender or of a plan, and keeps credentials out of log and history', async (context) => {
    const sender = memorySender(async (_, { secret }) => {
      const password = await secret({ name: 'smtp', key: 'password' })
      throw new TypeError(`cannot use hunter2 or ${Buffer.from(password.reveal()).toString('base64')}`)
    })
    const broken = compiled('bob', {
      resource: { kind: 'EmailReceiver', metadata: { name: 'bob', labels: {} }, spec: null },
    })
    const { post, outbox, secrets, logger } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: [compiled('ann'), broken] }),
    })
    secrets.set('monitoring/smtp/password', 'hunter2')
    await post('A', 'ann', 'bob')
    assert.deepEqual(
      outbox.pending({ limit: 2 }).map(({ reason }) => reason),
      ['other', 'other'],
    )
    assert.equal(logger.messages('error').length, 2)
    const everything = logger.text() + JSON.stringify(outbox.history({ limit: 10 }))
    assert.match(everything, /TypeError: cannot use <redacted>/u)
    assert.doesNotMatch(everything, /hunter2|aHVudGVyMg/u)
  })

  it('keeps a credential that the far side repeats out of the history', async (context) => {
    const sender = memorySender(async (_, { secret }) => {
      await secret({ name: 'smtp', key: 'password' })
      return { outcome: 'failed', reason: 'authError', detail: 'wrong password: p@ss word', refusals: [] }
    })
    const { post, outbox, secrets } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: [compiled('ann', {}, { to: ['a'] })] }),
    })
    secrets.set('monitoring/smtp/password', 'p@ss word')
    await post('A', 'ann')
    assert.equal(outbox.deadLetters({ limit: 1 })[0]?.detail, '1 message to a: wrong password: <redacted> (authError)')
  })

  it('keeps it out of what the far side says of single targets, their names included', async (context) => {
    const sender = memorySender(async (_, { secret }) => {
      await secret({ name: 'smtp', key: 'password' })
      const refusals = [{ target: 'user p@ss word', reason: 'clientError', detail: 'unknown: P@SS WORD' } as const]
      return { outcome: 'sent', refusals }
    })
    const { post, outbox, secrets } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: [compiled('ann', {}, { to: ['a'] })] }),
    })
    secrets.set('monitoring/smtp/password', 'p@ss word')
    await post('A', 'ann')
    assert.match(
      outbox.history({ limit: 1 })[0]?.detail ?? '',
      /user <redacted> refused \(clientError: unknown: <redacted>\)/u,
    )
  })
})
