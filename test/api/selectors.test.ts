import { describe } from 'node:test'
import { accepts, object, refuses } from './objects.ts'

function selecting(alertSelector: unknown): Record<string, unknown> {
  return object('SlackReceiver', { channel: 'alerts', alertSelector })
}

describe('a label selector', () => {
  accepts({
    'a selector over hostile label names': selecting({
      matchLabels: JSON.parse('{"__proto__":"x","constructor":"y","a.b/c d":"🔥"}') as unknown,
      matchExpressions: [{ key: 'ä/ö', operator: 'In', values: [''] }],
    }),
    'an empty selector': selecting({}),
  })

  refuses([
    [
      selecting({ matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] }),
      'error: SlackReceiver/x: spec.alertSelector.matchExpressions[0].operator: "in" is not allowed; use one of "In", "NotIn", "Exists", "DoesNotExist" (InvalidSelector)',
    ],
    [
      selecting({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
      'error: SlackReceiver/x: spec.alertSelector.matchExpressions[0]: operator In needs at least one value; list the values, or use operator Exists or DoesNotExist (InvalidSelector)',
    ],
    [
      selecting({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
      'error: SlackReceiver/x: spec.alertSelector.matchExpressions[0]: operator Exists takes no values; remove the values, or use operator In or NotIn (InvalidSelector)',
    ],
    [
      selecting({ matchLabels: { a: 1 } }),
      'error: SlackReceiver/x: spec.alertSelector.matchLabels.a: is an integer; write text: put quotes around it (InvalidSelector)',
    ],
    [selecting(null), 'error: SlackReceiver/x: spec.alertSelector: is null; write an object (InvalidSelector)'],
  ])
})
