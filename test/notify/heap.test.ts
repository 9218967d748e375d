import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Heap } from '../../src/notify/heap.ts'

interface Item {
  key: number
}

const action = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key: fc.nat({ max: 50 }) }),
  fc.record({ do: fc.constant('move' as const), pick: fc.nat({ max: 30 }), key: fc.nat({ max: 50 }) }),
  fc.record({ do: fc.constant('remove' as const), pick: fc.nat({ max: 30 }) }),
)

it('a heap always has its smallest item on top, whatever was put, moved and removed', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const heap = new Heap<Item>((a, b) => a.key < b.key)
      let items: Item[] = []
      for (const step of actions) {
        const item = step.do === 'put' ? { key: step.key } : items[step.pick % Math.max(1, items.length)]
        if (item === undefined) continue
        if (step.do === 'put') items.push(item)
        if (step.do === 'move') item.key = step.key
        if (step.do === 'remove') {
          items = items.filter((other) => other !== item)
          heap.remove(item)
          heap.remove(item)
        } else heap.put(item)
        assert.equal(heap.peek()?.key, items.length === 0 ? undefined : Math.min(...items.map(({ key }) => key)))
      }
      const drained: number[] = []
      for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
        drained.push(top.key)
        heap.remove(top)
      }
      assert.deepEqual(
        drained,
        items.map(({ key }) => key).sort((a, b) => a - b),
      )
    }),
    { numRuns: 300 },
  )
})
