import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { builtInTemplates } from '../../src/assets.ts'
import { type Sender } from '../../src/channels/channel.ts'
import { channels } from '../../src/channels/index.ts'
import { type AlertGroup } from '../../src/model/alert.ts'
import { createAccept } from '../../src/notify/accept.ts'
import { Dispatcher } from '../../src/notify/dispatcher.ts'
import { type InForce } from '../../src/notify/in-force.ts'
import { createThreadedPlanner } from '../../src/notify/threaded-planner.ts'
import { load } from '../../src/offline.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { aGroup, anAlert, openSqlite } from '../notify/builders.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics } from '../support/memory-metrics.ts'

type Print = (line: string) => void

const seed = [
  ...['01-notification-manager-kubesphere', '02-email-default-and-global', '04-wechat-default-and-global'],
  ...['05-slack-default-and-global', '06-dingtalk-default-and-global', 'webhook-default-mended'],
].map((name) => `test/fixtures/seed/${name}.yaml`)

/** The largest post that the door takes, from its acceptance to the last message: how long it keeps the event loop at one time. */
export async function benchLoop(print: Print): Promise<void> {
  print('The event loop under one post of 10,000 alerts (16 MB) to every channel, twice')
  print('                          longest turn (CPU)   longest delay   took')
  const { ruleset } = await load(seed, { namespace: 'kubesphere-monitoring-system' }, {})
  const sources = { builtin: builtInTemplates(), files: [] }
  const { library } = createTemplates({ builtin: sources.builtin }).load([])
  const groups = ['first', 'second'].map(largeGroup)
  const plain: InForce = { ruleset, templates: library }
  await run(print, { title: 'all in one thread', inForce: plain, threaded: false }, groups)
  await run(print, { title: 'with threads', inForce: { ...plain, templateSources: sources }, threaded: true }, groups)
}

interface Setup {
  readonly title: string
  readonly inForce: InForce
  readonly threaded: boolean
}

async function run(print: Print, { title, inForce, threaded }: Setup, groups: readonly AlertGroup[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'notification-manager-bench-'))
  const surroundings = {
    clock: systemClock,
    random: systemRandom,
    metrics: createMemoryMetrics(),
    logger: createLogCapture(),
  }
  const outbox = openSqlite({ directory, clock: systemClock, threaded })
  const program = new URL('../../src/planning-thread.ts', import.meta.url)
  const planner = createThreadedPlanner({ program, clock: systemClock, logger: surroundings.logger })
  const current = (): InForce => inForce
  const sent = new Map<string, number>()
  const senders = new Map(channels.map(({ name }) => [name, countingSender(name, sent)]))
  const secrets = { read: () => Promise.reject(new Error('nothing is read')) }
  const dispatcher = new Dispatcher({ ...surroundings, current, outbox, senders, secrets, planner })
  const accept = createAccept({ ...surroundings, current, outbox, stored: () => dispatcher.notify() })
  dispatcher.start()
  await pause(500)
  const measured = watchLoop()
  for (const group of groups) await accept(group)
  while (outbox.counts().pending > 0) await pause(20)
  const { cpuMs, delayMs, tookMs } = await measured()
  print(`  ${title.padEnd(22)} ${ms(cpuMs)} ${ms(delayMs)} ${ms(tookMs)}`)
  print(`    messages: ${[...sent].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  await dispatcher.drain(0)
  await planner.close()
  await outbox.close()
  rmSync(directory, { recursive: true, force: true })
}

/** Takes every message in the next turn of the event loop, as no far side is faster. */
function countingSender(name: string, sent: Map<string, number>): Sender {
  return {
    send: async () => {
      sent.set(name, (sent.get(name) ?? 0) + 1)
      await nextTurn()
      return { outcome: 'sent' }
    },
    close: () => Promise.resolve(),
  }
}

interface Measured {
  /** The most that this thread worked between two turns of its loop: what a busy machine does not change. */
  readonly cpuMs: number
  /** The longest that a timer was late: this holds what other programs took, too. */
  readonly delayMs: number
  readonly tookMs: number
}

function watchLoop(): () => Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const startedAt = performance.now()
  let isOver = false
  let last = process.threadCpuUsage()
  let most = 0
  function look(): void {
    const now = process.threadCpuUsage()
    most = Math.max(most, now.user + now.system - last.user - last.system)
    last = now
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  return async () => {
    const tookMs = performance.now() - startedAt
    await pause(20)
    isOver = true
    delay.disable()
    return { cpuMs: most / 1_000, delayMs: delay.max / 1e6, tookMs }
  }
}

function largeGroup(name: string): AlertGroup {
  const alerts = Array.from({ length: 10_000 }, (_, place) =>
    anAlert(place.toString(16).padStart(16, '0'), {
      labels: new Map(Object.entries({ ...labels, pod: `ledger-${place}`, uid: `${place}-aaaa-bbbb-cccc` })),
      annotations: new Map(Object.entries({ ...annotations, summary: `${place} ${'x'.repeat(200)}` })),
    }),
  )
  return aGroup(alerts, { groupKey: name })
}

const labels = {
  ...{ alertname: 'KubePodCrashLooping', namespace: 'payments', severity: 'critical', container: 'main' },
  ...{ job: 'kube-state-metrics', prometheus: 'monitoring/k8s' },
}
const annotations = { description: 'y'.repeat(900), runbook_url: `https://example.com/${'z'.repeat(100)}` }

function ms(value: number): string {
  return `${value.toFixed(0).padStart(10)} ms  `
}
