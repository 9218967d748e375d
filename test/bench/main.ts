import { benchCluster } from './cluster.ts'
import { benchDoor } from './door.ts'
import { benchLoop } from './loop.ts'
import { benchOutbox } from './outbox.ts'
import { benchRouting } from './routing.ts'
import { benchSplit } from './split.ts'

/** `npm run bench [routing|outbox|split|loop|door|cluster]`: ratios measured side by side in one run. */
const parts: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  routing: benchRouting,
  outbox: benchOutbox,
  split: benchSplit,
  loop: benchLoop,
  door: benchDoor,
  cluster: benchCluster,
}
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exitCode = 2
} else {
  for (const [name, bench] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await bench((line) => console.log(line))
  }
}
