import { writeSync } from 'node:fs'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createSqliteOutbox } from '../../src/notify/sqlite-outbox.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics } from '../support/memory-metrics.ts'
import { aGroup, anAlert, aPost } from './builders.ts'

/**
 * A program for the crash test: puts until it is killed, and writes the id of every notification whose put was acknowledged
 * to standard output, synchronously, one a line. Arguments: the folder of the outbox, and a prefix for its ids.
 */
const [directory = '', prefix = ''] = process.argv.slice(2)
const outbox = createSqliteOutbox({
  directory,
  clock: systemClock,
  random: systemRandom,
  logger: createLogCapture(),
  metrics: createMemoryMetrics(),
})
let count = 0
for (;;) {
  const puts = Array.from({ length: 4 }, async () => {
    count += 1
    const ids = [`${prefix}-${count}-a`, `${prefix}-${count}-b`]
    const group = aGroup([anAlert(`${prefix}-${count}`)])
    await outbox.put(aPost({ at: systemClock.now(), receivers: [`r${count % 7}`, 'all'], group, ids }))
    for (const id of ids) writeSync(1, `${id}\n`)
  })
  await Promise.all(puts)
}
