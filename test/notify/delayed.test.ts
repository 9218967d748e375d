import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { builtInTemplates } from '../../src/assets.ts'
import { type Delivery } from '../../src/model/delivery.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { aGroup, anAlert } from './builders.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const { library } = createTemplates({ builtin: builtInTemplates() }).load([])
const unavailable: Delivery = {
  outcome: 'retry',
  reason: 'serverError',
  detail: 'the server answered 503',
  afterMs: 598_000,
}

describe('a message that comes late', () => {
  for (const [name, template] of Object.entries({ text: 'nm.default.text', subject: 'nm.default.subject' })) {
    it(`says how late it is in its ${name}, and one that is in time does not`, async (context) => {
      const answers = [unavailable, unavailable]
      const sender = memorySender(() => answers.shift() ?? { outcome: 'sent' })
      const receivers = [compiled('ann', {}, { to: ['ann'], template })]
      const rules = { ...inForce({ receivers }), templates: library }
      const { post, clock, outbox } = await dispatchRig(context, { sender, inForce: rules })
      await post('A', 'ann')
      await clock.advance(600_000)
      await clock.advance(700_000)
      assert.deepEqual(
        sender.requests.map((request) => /\[.*?\]/u.exec(request)?.[0]),
        ['[FIRING:1]', '[FIRING:1]', '[FIRING:1, delayed 19m]'],
      )
      assert.equal(outbox.counts().pending, 0)
    })
  }

  it('is not made late by a clock that is set ahead', async (context) => {
    const answers = [unavailable]
    const sender = memorySender(() => answers.shift() ?? { outcome: 'sent' })
    const receivers = [compiled('ann', {}, { to: ['ann'], template: 'nm.default.subject' })]
    const rules = { ...inForce({ receivers }), templates: library }
    const { post, clock } = await dispatchRig(context, { sender, inForce: rules })
    await post('A', 'ann')
    clock.jump(86_400_000)
    await clock.advance(599_000)
    assert.deepEqual(
      sender.requests.map((request) => /\[.*?\]/u.exec(request)?.[0]),
      ['[FIRING:1]', '[FIRING:1]'],
    )
  })

  it('says so in HTML, too', () => {
    const notification = {
      id: 'one',
      receiver: 'EmailReceiver/ann',
      group: aGroup([anAlert('A')]),
      acceptedAt: 0,
    } as const
    const render = (delayedMs: number): string =>
      library.render({
        ...{ name: 'nm.default.html', format: 'html', fallback: 'nm.default.html' },
        notification: { ...notification, delayedMs },
      }).text
    assert.match(render(3 * 3_600_000 + 5_000), /Delayed 3h: it could not be delivered before/u)
  })
})
