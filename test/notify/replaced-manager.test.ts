import assert from 'node:assert/strict'
import { it } from 'node:test'
import { settle } from '../support/fake-clock.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const rules = inForce({ receivers: [compiled('ann')] })

it('tries what it had claimed when the NotificationManager went as soon as there is one again', async (context) => {
  const sender = memorySender(() => ({ outcome: 'sent' }))
  let claims = 0
  const { post, outbox, use, dispatcher } = await dispatchRig(context, {
    sender,
    inForce: rules,
    wrap: (real) => ({
      ...real,
      claim: async (request) => {
        const claimed = await real.claim(request)
        claims += claimed.length
        if (claims === 1) use(undefined)
        return claimed
      },
    }),
  })
  await post('A', 'ann')
  assert.deepEqual([claims, sender.requests.length, outbox.counts().pending], [1, 0, 1])
  use(rules)
  dispatcher.rulesetChanged()
  await settle()
  assert.deepEqual(sender.requests, ['ann: A'])
  assert.deepEqual(
    outbox.history({ limit: 10 }).map(({ outcome, attempt }) => `${outcome} ${attempt}`),
    ['sent 1', 'deferred 0'],
  )
})
